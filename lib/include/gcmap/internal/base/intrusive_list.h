// A doubly linked list through its elements: no allocation, O(1) removal, insertion order kept.
//
// T derives from ListLink<T> and is on at most one list at a time. An all-zero list is empty, so arrays
// of lists cost one memset.
#pragma once

#include "gcmap/internal/base/check.h"

namespace gcmap {

template <typename T>
struct ListLink {
  T* list_next = nullptr;
  T* list_previous = nullptr;
};

template <typename T>
class IntrusiveList {
 public:
  bool empty() const { return first_ == nullptr; }
  T* front() const { return first_; }

  void push_back(T& element) {
    GCMAP_DCHECK(element.list_next == nullptr && element.list_previous == nullptr && first_ != &element,
                 "element %p is on a list already", static_cast<const void*>(&element));
    element.list_previous = last_;
    element.list_next = nullptr;
    (last_ != nullptr ? last_->list_next : first_) = &element;
    last_ = &element;
  }

  void remove(T& element) {
    (element.list_previous != nullptr ? element.list_previous->list_next : first_) = element.list_next;
    (element.list_next != nullptr ? element.list_next->list_previous : last_) = element.list_previous;
    element.list_next = element.list_previous = nullptr;
  }

  // Returns the oldest element, unlinked; null when empty.
  T* pop_front() {
    T* const element = first_;
    if (element != nullptr) remove(*element);
    return element;
  }

  // Calls visit(T&) in insertion order. `visit` must not change the list.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (T* element = first_; element != nullptr; element = element->list_next) visit(*element);
  }

 private:
  T* first_ = nullptr;
  T* last_ = nullptr;
};

}  // namespace gcmap
