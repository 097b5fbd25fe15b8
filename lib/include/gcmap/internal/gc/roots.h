// Roots: pointers from outside the heap, in a list the collector can scan a piece at a time.
//
// Layout: a doubly linked ring through RootSlot objects, newest at the front. Root scanning walks from
// front to back with a cursor; what is linked while it runs goes to the front, the side already
// scanned, and is shaded by its creation. The cursor is a node of the ring itself, between what is scanned
// and what is not, at the back outside scans: unlinking a slot never concerns it, and needs no list - a
// handle may be destroyed while another mutator than its own is the current one.
//
// Invariant: while marking, every slot before the cursor holds null or a shaded object.
//
// Relied on by: Root and Local (gcmap/handles.h), map iterators.
#pragma once

#include <cstddef>

#include "gcmap/internal/base/check.h"

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
  RootList() { insert_after(end_, cursor_); }
  ~RootList() {
    GCMAP_CHECK(empty(), "a root outlives its heap: destroy roots, maps and iterators before the heap");
  }
  RootList(const RootList&) = delete;
  RootList& operator=(const RootList&) = delete;

  bool empty() const { return end_.next_ == &cursor_ && scan_done(); }

  void link(RootSlot& slot) { insert_after(end_, slot); }

  // Takes the slot out of whichever list it is in.
  static void unlink(RootSlot& slot) {
    slot.previous_->next_ = slot.next_;
    slot.next_->previous_ = slot.previous_;
    slot.next_ = slot.previous_ = &slot;
  }

  // Stepped scan: begin_scan puts the cursor at the front; scan_next returns the next slot, null at the
  // end.
  void begin_scan() { move_cursor_behind(end_); }
  const RootSlot* scan_next() {
    if (scan_done()) return nullptr;
    RootSlot* const slot = cursor_.next_;
    move_cursor_behind(*slot);
    return slot;
  }
  bool scan_done() const { return cursor_.next_ == &end_; }

  // Calls visit(void* const* slot) for every root, for verifiers.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (const RootSlot* slot = end_.next_; slot != &end_; slot = slot->next_) {
      if (slot != &cursor_) visit(&slot->value_);
    }
  }

 private:
  static void insert_after(RootSlot& position, RootSlot& slot) {
    slot.next_ = position.next_;
    slot.previous_ = &position;
    position.next_->previous_ = &slot;
    position.next_ = &slot;
  }
  void move_cursor_behind(RootSlot& position) {
    unlink(cursor_);
    insert_after(position, cursor_);
  }

  RootSlot end_;
  RootSlot cursor_;
};

}  // namespace gcmap
