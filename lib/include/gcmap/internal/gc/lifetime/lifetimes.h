// Lifetimes: everything about an object's death that its bytes do not say.
//
// Finalizers and weak cells of a heap, and what the collector needs of all specials: scan the roots among
// them, and clear dead specials. The sweeper does that for a span before it frees anything in it:
//
//   1. the weak cell is cleared, entries keyed by the object disappear     nobody can get at it any more
//   2. with a finalizer: it is queued, and the object marked               it lives on
//      without: watches fire                                               it is dead
//
// Invariant (G10): a watch fires once, as its object is freed; an entry under a weak key is there exactly
// while the key is.
//
// Dependents - reference queues, weak maps, arenas, pools - hang on objects of the heap and must be gone
// before it.
#pragma once

#include <cstdint>

#include "gcmap/internal/base/counter.h"
#include "gcmap/internal/gc/lifetime/arenas.h"
#include "gcmap/internal/gc/lifetime/finalizers.h"
#include "gcmap/internal/gc/lifetime/pools.h"
#include "gcmap/internal/gc/lifetime/root_marker.h"
#include "gcmap/internal/gc/lifetime/specials.h"
#include "gcmap/internal/gc/lifetime/weak_cells.h"
#include "gcmap/internal/gc/lifetime/weak_containers.h"

namespace gcmap {

struct HeapOptions;

class Lifetimes {
 public:
  Lifetimes(ObjectSpace& space, const HeapOptions& options);
  ~Lifetimes();
  Lifetimes(const Lifetimes&) = delete;
  Lifetimes& operator=(const Lifetimes&) = delete;

  // A cycle is about to start: pools age.
  void begin_cycle() noexcept { pools.begin_cycle(); }

  // Roots: weak cells, queued objects, what objects with finalizers lead to. A unit at a time; scan_one
  // returns false when everything is scanned.
  void begin_scan();
  bool scan_one(RootMarker& marker) noexcept;
  bool scan_done() const { return finalizers.scan_done() && weak_cells.scan_done(); }

  // Marking has ended: nothing is revived yet, and containers have entries of the dead.
  void begin_sweep() {
    revived_bytes_ = revived_scannable_bytes_ = 0;
    containers.marking_ended();
  }

  // Slot bytes of the objects that live on for their finalizers, found since begin_sweep; of these, in spans
  // of objects that may hold pointers.
  uint64_t revived_bytes() const { return revived_bytes_; }
  uint64_t revived_scannable_bytes() const { return revived_scannable_bytes_; }

  // An unswept span with specials is about to be swept.
  // Cost: O(slots + specials of the dead).
  void clear_dead_specials(Span& span) noexcept;

  // Is the object that was at `object` when marking ended still one?
  // Requires: sweeping.
  bool is_alive(const void* object) const;

  void add_dependent() { ++dependents_; }
  void remove_dependent() { take_off(dependents_, 1, "reference queues, weak maps, arenas and pools"); }

  Specials specials;
  Finalizers finalizers;
  WeakCells weak_cells;
  Arenas arenas;
  Pools pools;
  WeakContainers containers;

 private:
  void clear_dead_specials_of(Span& span, uint32_t slot) noexcept;

  ObjectSpace& space_;
  uint64_t dependents_ = 0;
  uint64_t revived_bytes_ = 0;
  uint64_t revived_scannable_bytes_ = 0;
};

}  // namespace gcmap
