// How much collector work to do, and when: a strategy asked at every decision point.
//
// The heap asks at the points named in base/event.h and carries out the answer before the operation
// goes on. Whoever installs a strategy decides every interleaving of mutator and collector; the
// production strategy is GogcPacing. Strategies are arithmetic on the statistics they are shown: no
// clock, no address.
#pragma once

#include <cstdint>

#include "base/event.h"

namespace gcmap {

// What a strategy sees.
struct PacingView {
  Phase phase;
  uint64_t live_bytes;               // allocated now, garbage included
  uint64_t marked_bytes_last_cycle;  // what the last mark phase found alive
  uint64_t allocated_bytes;          // since creation
  uint64_t sweep_pages_left;         // pages of spans still to sweep; 0 outside kSweep
  uint64_t pages_in_use = 0;
  uint64_t pages_retained = 0;  // idle, and not returned to the system
};

// What it answers; carried out in this order, each only in the phase where it makes sense. At points that
// allow marking only (base/event.h) no more than start and mark_units is: what the operation holds is
// nobody's root.
struct PacingDecision {
  bool start = false;           // kIdle: begin a cycle
  uint64_t mark_units = 0;      // kMark: objects or pieces to scan
  bool terminate = false;       // kMark, when nothing grey is left: end marking
  uint64_t sweep_spans = 0;     // kSweep
  bool collect = false;         // a whole cycle, whatever the phase
  uint64_t scavenge_pages = 0;  // idle pages to return to the system, whatever the phase
};

// A strategy throws nothing: it is asked in the middle of what must not stop halfway.
class PacingStrategy {
 public:
  virtual ~PacingStrategy() = default;
  virtual PacingDecision decide(DecisionPoint point, const PacingView& view) = 0;
};

// Never does anything: the cycle moves only by Stepper and Heap::collect.
class ManualPacing final : public PacingStrategy {
 public:
  PacingDecision decide(DecisionPoint, const PacingView&) override { return {}; }
};

// Go's rule without its feedback terms: a cycle starts when live bytes reach
// goal = max(marked * (1 + percent / 100), 4 MiB * percent / 100); while it runs, every allocation slow
// path pays mark work in proportion to what was allocated since the last payment, so that marking ends
// before the goal is overrun by its own length, and sweeps in proportion. Negative percent: off.
// Source: golang.org/s/go15gcpacing, runtime/mgcpacer.go (heapMinimum, gcController.heapGoal).
class GogcPacing final : public PacingStrategy {
 public:
  explicit GogcPacing(int percent) : percent_(percent) {}
  PacingDecision decide(DecisionPoint point, const PacingView& view) override;

  // Bytes of live heap at which a cycle starts; UINT64_MAX when off. Saturates, never wraps.
  static uint64_t goal_bytes(int percent, uint64_t marked_bytes);

 private:
  int percent_;
  uint64_t paid_allocated_bytes_ = 0;  // allocated_bytes up to which work was done
};

}  // namespace gcmap
