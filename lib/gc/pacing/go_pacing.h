// The production pacing strategy: Go's, for one thread and without a clock.
//
// The axis. Pacing compares what the mutator spends with what the collector spends. Here both are counted,
// not measured, on one axis of time units:
//
//   mutator     16 a byte it allocates
//   collector   1 a byte it scans, and 64 for getting to it (an object, a piece, a piece of roots)
//
// so that a unit is about half a nanosecond: scanning an object of 64 bytes costs some 60 ns, a program that
// churns a map some 8 ns for each byte it allocates. Sweeping counts as the mutator's, as in Go. The same
// program has the same times everywhere. What this axis cannot see is a mutator that works
// without allocating.
//
// One thread, which is Go with GOMAXPROCS=1. There is no background worker, so that its share is done where
// the strategy is asked (span refill, large object, safepoint), as Go's fractional worker does it:
//
//   background  a quarter of the time since marking began. Goes on whatever happens, so that a cycle ends.
//               What it scans is credit.
//   assist      the allocating mutator owes AssistRatio work for each byte; it takes credit first and scans
//               the rest, at least 64 KiB at a time; what is too much is its own credit. Off while the
//               limiter says so, and never more than it has room for: what is owed is paid later or, when the
//               cycle ends first, never.
//   idle        Heap::idle: the embedder's time, in which the mutator had nothing to do. Credit as well;
//               on no account of mutator or collector.
//
// Utilization of a mark phase is background + assist over mutator + background + assist.
//
// Bounds (G12). One decision marks at most 512 KiB, and sweeps at most 256 pages, plus four times what was
// allocated since the last decision; what is due beyond that is due at the next one. So no step is long
// unless the allocation before it was, and an allocation that jumps over the goal is caught up with by the
// next. A sweep goes on by at least a page a decision; a cycle is not begun before it is over. Another
// HeapOptions::pacing_step_bytes than 512 KiB changes these, and an assist's 64 KiB, in proportion.
//
// Idle memory goes back to the system at what scavenge_pacer.h calls due, whatever the phase.
//
// Not here: formulas (pacer.h, cpu_limiter.h, sweep_pacer.h). Source: Go 1.19, runtime/mgcmark.go
// (gcAssistAlloc, gcFlushBgCredit) and mgcpacer.go (startCycle, findRunnableGCWorker).
#pragma once

#include <cstdint>

#include "gc/pacing/cpu_limiter.h"
#include "gc/pacing/pacer.h"
#include "gc/pacing/scavenge_pacer.h"
#include "gc/pacing/sweep_pacer.h"
#include "gcmap/internal/gc/pacing/pacing.h"

namespace gcmap {

class GoPacing final : public PacingStrategy {
 public:
  static constexpr uint64_t kTimePerAllocatedByte = 16;
  static constexpr uint64_t kTimePerMarkUnit = 64;
  static constexpr uint64_t kStepBytes = 512 << 10;  // a step: what a decision marks at most
  static constexpr uint64_t kStepPerOverAssist = 8;  // bytes of a step for one that an assist scans at least
  static constexpr uint64_t kStepPerSweepPage = 2048;  // and for a page to sweep
  static constexpr uint64_t kWorkPerAllocated = 4;     // bytes for a byte, pages for a page

  // Requires: limiter_capacity > 0, in time units; step_bytes >= kStepPerSweepPage.
  GoPacing(int gogc_percent, uint64_t memory_limit_bytes, uint64_t limiter_capacity,
           uint64_t step_bytes = kStepBytes);

  // Answers at kAllocationSlow and kSafepoint; at kAllocationFails with a collection, unless it is off.
  PacingDecision decide(DecisionPoint point, const PacingView& view) override;

  // The cycle has moved on to view.phase. To be told of every phase, whoever moves it. At kMarkTermination
  // the view is the last of the mark phase, at kSweep its numbers are the new ones.
  void phase_changed(const PacingView& view);

  // As Heap's members of the same name.
  int set_gogc(int percent, const PacingView& view);
  uint64_t set_memory_limit(uint64_t bytes, const PacingView& view);

  // Can a cycle become due?
  bool enabled() const { return pacer_.gogc_percent() >= 0 || pacer_.memory_limit() != Pacer::kNoLimit; }

  Pacer::Bounds bounds(const PacingView& view) const { return pacer_.bounds(facts(view)); }
  // Work a byte allocated now would owe. Meaningful while marking.
  AssistRatio assist_ratio(const PacingView& view) const { return pacer_.revise(facts(view)); }

  const Pacer& pacer() const { return pacer_; }
  const CpuLimiter& limiter() const { return limiter_; }
  // Does the limiter hold assists back, or cut them short? As of the last one that was due, since assists
  // that take what room there is leave the bucket a little less than full.
  bool limiting() const { return limiter_.limiting() || held_back_; }
  const SweepPacer& sweep_pacer() const { return sweep_pacer_; }
  const ScavengeGoals& scavenge_goals() const { return scavenge_pacer_.goals(); }

 private:
  PacerFacts facts(const PacingView& view) const;
  CycleTime cycle_time(const PacingView& view) const;
  void settle(const PacingView& view);
  void commit(const PacingView& view);
  uint64_t background_due(const PacingView& view) const;
  uint64_t limiter_room(const PacingView& view) const;
  uint64_t assist_due(const PacingView& view, uint64_t background_bytes);

  const uint64_t step_bytes_;
  Pacer pacer_;
  CpuLimiter limiter_;
  SweepPacer sweep_pacer_;
  ScavengePacer scavenge_pacer_;
  uint64_t last_goal_ = 0;          // of the last cycle that ended; 0: there was none
  uint64_t last_in_use_bytes_ = 0;  // pages, when it ended
  PacingView start_{};              // when marking began
  PacingView seen_{};               // at the last decision or change of phase
  int64_t background_credit_ = 0;   // bytes of scan work; below zero until work that was counted on is done
  bool held_back_ = false;          // in this cycle or the last one
  int64_t assist_balance_ = 0;      // allocated bytes paid for in advance; negative: owed
};

}  // namespace gcmap
