// G9: while marking, every pointer slot that changes was announced to the write barrier, with its old and its
// new value.
//
// A naive copy of every pointer slot of every live object is taken when marking begins; each barrier record
// updates the copy, and from time to time all slots are compared with it. While marking nothing is freed, so
// a slot's address is its identity, and slots of objects made meanwhile begin as null. A missing barrier is
// seen here at the store that lacks it, not three steps later when the object it hid is missed.
//
// Handles outside the heap have no slot: what they take must have been shaded (was_shaded).
//
// Not verified: slots of pointer-free objects, which nobody marks through.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gc/inspector.h"
#include "gcmap/heap.h"
#include "harness/failure.h"

namespace gcmap::harness {

class BarrierOracle {
 public:
  explicit BarrierOracle(const Heap& heap) : heap_(heap) {}

  // Marking begins: watches from now on.
  void begin();
  void on_barrier(const void* slot, const void* old_value, const void* new_value);
  void on_shade(const void* value) { shaded_.push_back(value); }
  // Marking ends: compares a last time.
  void end();

  // Compares all slots, if watching. Cost: O(slots).
  void check();
  // The same unless there are more than `slots_max`.
  void check_if_small(size_t slots_max) {
    if (slots_.size() <= slots_max) check();
  }

  bool watching() const { return watching_; }

  // Did a handle take this value since the last forget_shades()?
  bool was_shaded(const void* value) const;
  void forget_shades() { shaded_.clear(); }

  // The first complaint since the last call.
  std::optional<Failure> take_failure();

 private:
  struct Slot {
    const void* address;
    const void* value;  // as announced
  };

  // Slots by address, read from front to back.
  struct Reader {
    const Slot* next;
    const Slot* end;
    size_t met = 0;

    // The one at `address`, or null. Requires: addresses asked for ascend.
    const Slot* find(const void* address);
  };

  Slot* find(const void* address);
  void sort_younger();
  void compare(const ObjectView& object, Reader& known, Reader& younger);
  void complain(const void* slot, const std::string& what);
  std::string in_words(const void* value) const;

  const Heap& heap_;
  bool watching_ = false;
  std::vector<Slot> slots_;    // of objects from before, by address
  std::vector<Slot> younger_;  // of younger objects: as announced, or by address with the last word on each
  std::vector<const void*> shaded_;
  std::optional<Failure> failure_;
};

}  // namespace gcmap::harness
