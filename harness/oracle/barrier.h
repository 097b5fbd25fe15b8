// G9: while marking, every pointer slot that changes was announced to the write barrier, with its old and its
// new value.
//
// A naive copy of every pointer slot of every live object is taken when marking begins; each barrier record
// updates the copy, and from time to time all slots are compared with it. While marking nothing is freed, so
// a slot's address is its identity, and slots of objects made meanwhile begin as null: what is null is not
// kept, and most slots of a growing map are. Only an arena's slots
// may go while marking, all at once, when it is freed: they are forgotten. A missing barrier is
// seen here at the store that lacks it, not three steps later when the object it hid is missed.
//
// What the barrier is told of, old value or new, it promises to mark, and so it does what a handle takes:
// when marking ends each of them must be marked. This sees a barrier that announces and does not shade.
//
// Handles outside the heap have no slot: what they take must have been shaded (was_shaded).
//
// Not verified: slots of pointer-free objects, which nobody marks through.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gcmap/heap.h"
#include "gcmap/internal/gc/verify/inspector.h"
#include "harness/oracle/failure.h"

namespace gcmap::harness {

class BarrierOracle {
 public:
  explicit BarrierOracle(const Heap& heap) : heap_(heap) {}

  // Marking begins: watches from now on.
  void begin();
  void on_barrier(const void* slot, const void* old_value, const void* new_value);
  void on_shade(const void* value);
  void on_free(const void* object);
  // Marking ends: compares a last time, and looks whether all that was announced is marked.
  void end();

  // Compares all slots, if watching.
  // Cost: O(slots).
  void check();
  // The same unless there were more than `slots_max` when marking began.
  void check_if_small(size_t slots_max) {
    if (slots_at_begin_ <= slots_max) check();
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
    const void* value;  // as announced; other slots are null
  };

  // What was announced of a slot of an object made while marking.
  struct Store {
    const void* slot;
    const void* before;
    const void* after;
  };

  Slot* find(const void* address);
  void announce(Slot& slot, const void* before, const void* after);
  void settle_new_slots();
  void forget_retired_slots();
  void check_promises();
  void complain(const void* slot, const std::string& what);
  void complain_unannounced(const ObjectView& object, void* const* slot, const void* announced);
  std::string in_words(const void* value) const;

  const Heap& heap_;
  bool watching_ = false;
  std::vector<Slot> slots_;    // by address: those not null when marking began, and announced ones
  std::vector<Store> stores_;  // to slots not yet among them
  size_t slots_at_begin_ = 0;
  std::vector<const void*> shaded_;
  std::vector<const void*> promised_;
  std::optional<Failure> failure_;
};

}  // namespace gcmap::harness
