// Roots: pointers from outside the heap, in a list the collector can scan a piece at a time.
//
// Layout: a doubly linked ring through RootSlot objects, newest at the front. Root scanning walks from
// front to back with a cursor; what is linked while it runs goes to the front, the side already
// scanned, and is shaded by its creation. Unlinking the slot under the cursor moves the cursor on.
//
// Invariant: while marking, every slot before the cursor holds null or a shaded object.
//
// Relied on by: Root and Local (gcmap/handles.h), map iterators.
#pragma once

#include <cstddef>

#include "base/check.h"

namespace gcmap {

class Heap;
class RootList;

// One registered pointer. Not copyable; handles build their semantics on it.
class RootSlot {
 public:
  RootSlot(const RootSlot&) = delete;
  RootSlot& operator=(const RootSlot&) = delete;

  void* get() const { return value_; }

 private:
  friend class RootList;
  friend class RootHandle;
  RootSlot() = default;

  RootSlot* next_ = this;
  RootSlot* previous_ = this;
  void* value_ = nullptr;
};

class RootList {
 public:
  RootList() = default;
  ~RootList() {
    GCMAP_CHECK(empty(), "a root outlives its heap: destroy roots, maps and iterators before the heap");
  }
  RootList(const RootList&) = delete;
  RootList& operator=(const RootList&) = delete;

  bool empty() const { return end_.next_ == &end_; }

  void link(RootSlot& slot) {
    slot.next_ = end_.next_;
    slot.previous_ = &end_;
    end_.next_->previous_ = &slot;
    end_.next_ = &slot;
  }

  void unlink(RootSlot& slot) {
    if (cursor_ == &slot) cursor_ = slot.next_;
    slot.previous_->next_ = slot.next_;
    slot.next_->previous_ = slot.previous_;
    slot.next_ = slot.previous_ = &slot;
  }

  // Stepped scan: begin_scan puts the cursor at the front; scan_next returns the next slot, null at the
  // end.
  void begin_scan() { cursor_ = end_.next_; }
  const RootSlot* scan_next() {
    if (cursor_ == &end_) return nullptr;
    const RootSlot* const slot = cursor_;
    cursor_ = cursor_->next_;
    return slot;
  }
  bool scan_done() const { return cursor_ == &end_; }

  // Calls visit(void* const* slot) for every root, for verifiers.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (const RootSlot* slot = end_.next_; slot != &end_; slot = slot->next_) visit(&slot->value_);
  }

 private:
  RootSlot end_;
  RootSlot* cursor_ = &end_;
};

}  // namespace gcmap
