// The step door: who holds a Stepper owns the collector's time.
//
//   gcmap::Stepper step(heap);
//   step.start(); while (!step.mark(10)) mutate(); step.terminate(); while (!step.sweep(1)) mutate();
//
// For fuzzers, debuggers and tests: drives the cycle one bounded step at a time, installs a pacing
// strategy, listens to events, and makes a chosen allocation fail. Heap::collect and the pacing
// strategies run the same steps. A step that makes no sense in the present phase does nothing and
// says so.
#pragma once

#include <cstdint>

#include "gcmap/heap.h"
#include "gcmap/internal/gc/pacing/pacing.h"

namespace gcmap {

class Stepper {
 public:
  explicit Stepper(Heap& heap) : heap_(heap) {}

  // idle -> mark: barrier on, roots become work.
  // Returns false in any other phase.
  bool start();

  // Does up to `units` units of mark work (a unit: one object, one piece of a large object, one piece of a
  // root list, or a step of the search for objects that fell off the mark stack).
  // Returns true when nothing grey is left: no object on the mark stack or off it, no pointer in a barrier
  // buffer, no root unscanned. False outside mark.
  bool mark(uint64_t units);

  // mark -> mark termination -> sweep.
  // Returns false, changing nothing, unless nothing grey is left.
  bool terminate();

  // Sweeps up to `spans` spans; sweep -> idle when none is left.
  // Returns true once the phase is idle.
  bool sweep(uint64_t spans);

  // Returns up to `pages` idle pages to the operating system, the highest first, in any phase.
  // Returns how many it took: fewer when no more are idle and still hold memory, or when it refuses, which
  // changes nothing else.
  uint64_t scavenge(uint64_t pages);

  Phase phase() const { return heap_.phase(); }

  // The strategy asked at every decision point, not owned; null restores the heap's own.
  void set_pacing(PacingStrategy* strategy);

  // The heap's own strategy, which follows the cycle whoever is installed: for strategies that ask it and say
  // more. Not for others to change (Heap::set_gogc, Heap::set_memory_limit).
  PacingStrategy& own_pacing();

  // The sink, not owned; null: nobody listens.
  void set_event_sink(EventSink* sink);

  // The n-th allocation from now throws OutOfMemory (1: the next one); 0 cancels. Once.
  // Returns how many allocations were left to the one armed before; 0: it has failed, or none was armed.
  uint64_t fail_allocation(uint64_t nth);

 private:
  Heap& heap_;
};

}  // namespace gcmap
