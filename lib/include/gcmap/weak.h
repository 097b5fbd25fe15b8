// Weak references: they lead to an object and do not keep it alive.
//
//   Weak<T>        from outside the heap: copyable, movable, as Root<T>
//   WeakMember<T>  a field of a collected object; its trace method traces it like a Member
//
// get() returns the object, or null for ever once the object has become unreachable. When that is noticed is
// the collector's business, but all references to one object notice it at the same moment: when the marking
// that did not find it ends, and before its finalizer is queued. An object that its finalizer keeps is led to
// by new references only.
//
// What get() returns is a raw pointer: root it, store it, or be done with it before anything else. While
// marking it is shaded. Two references are equal if they were made for the same object, be it dead by now or
// not; null equals null.
//
// Cost: one word in the heap and one record for each object that is referred to weakly, whoever refers to it;
// get() one load and one predictable branch between collections.
#pragma once

#include <type_traits>

#include "gcmap/handles.h"
#include "gcmap/internal/gc/heap_door.h"

namespace gcmap {

template <typename T>
class WeakMember;

template <typename T>
class Weak {
 public:
  // Leads nowhere.
  explicit Weak(Heap& heap) : cell_(heap) {}

  // Leads to `object`; null: nowhere. May collect: whoever holds `object` by a raw pointer only holds it
  // until then.
  // Errors: std::invalid_argument unless it is the start of an object of `heap`; std::bad_alloc.
  Weak(Heap& heap, T* object)
      : cell_(heap, object != nullptr ? HeapDoor::weak_cell(heap, to_void(object)) : nullptr) {}

  Weak(Heap& heap, const WeakMember<T>& member) : cell_(heap, member.cell()) {}

  T* get() const { return cell_ ? static_cast<T*>(HeapDoor::target_of(*cell_)) : nullptr; }
  Heap& heap() const { return cell_.heap(); }
  WeakCell* cell() const { return cell_.get(); }

  friend bool operator==(const Weak& a, const Weak& b) { return a.cell() == b.cell(); }

 private:
  static void* to_void(T* object) { return const_cast<std::remove_const_t<T>*>(object); }
  Root<WeakCell> cell_;
};

// Requires: lies in a heap, as Member.
template <typename T>
class WeakMember {
 public:
  WeakMember() = default;
  WeakMember(const WeakMember&) = delete;
  WeakMember& operator=(const WeakMember& other) {
    cell_ = other.cell_;
    return *this;
  }
  WeakMember& operator=(const Weak<T>& weak) {
    cell_ = weak.cell();
    return *this;
  }
  void reset() { cell_ = nullptr; }

  T* get() const { return cell_ ? static_cast<T*>(HeapDoor::target_of(*cell_)) : nullptr; }
  WeakCell* cell() const { return cell_.get(); }
  void trace(Visitor& visitor) const { visitor.trace(cell_); }

  friend bool operator==(const WeakMember& a, const WeakMember& b) { return a.cell() == b.cell(); }

 private:
  Member<WeakCell> cell_;
};

}  // namespace gcmap
