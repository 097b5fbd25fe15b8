// The pacer: when a collection cycle starts, and how fast it must mark to be done in time.
//
//        marked           trigger              goal
//   -------|-----------------|-------------------|-----------> live bytes: marked by the last cycle, and
//          |  mutator alone  |  runway: marking  |            allocated since
//
// Goal. Of two the lower one:
//   by percent   max(marked + (marked + roots) * percent / 100, 4 MiB * percent / 100);
//                then at least live at the last commit + 1 MiB while a sweep was running, so that it has
//                room, and at least trigger + 64 KiB while a cycle runs
//   by limit     limit - (other + overage) - 1 MiB, where other = committed - free - objects is memory
//                that is no object and cannot become one, and overage = committed - limit; at least 1 MiB,
//                and at least `marked`; `marked` if other + overage reaches the limit
// Trigger. goal - runway, within marked + (goal - marked) * [45/64, 61/64], where the upper bound is
//   goal - 4 MiB if that is higher. No goal lies below `marked`.
// Runway. What the mutator allocates while the collector, on 25 % of the time, scans what it scanned last:
//   cons_mark * (1 - 0.25) / 0.25 * scanned.
// cons_mark. Bytes allocated per time of the mutator over bytes scanned per time of the collector, measured
//   at the end of each cycle and smoothed by a PI controller.
// Assist ratio. Scan work left over bytes left to the goal (revise()).
//
// Whoever has the numbers brings them in PacerFacts and CycleTime, in any unit of time; nothing here knows
// heap or clock, and simulations may claim any rates. Sums and products saturate, quotients of whole numbers
// stay whole numbers with divisors of at least 1, and the two real numbers are finite whatever comes in.
//
// Invariants (G6). trigger <= goal. Goals rise with `marked`, all else equal. The goal is the formula above
// (pacing_verifier.cc computes it a second time). cons_mark is finite.
//
// Two differences from Go. Its least distances for sweep and runway may lift a goal above the limit's, here
// the limit's is the upper bound, or goals would fall where the live heap rises. And Go divides by the scan
// work expected and the time passed as they are, here a cycle without either is left out.
//
// Protocol. set_gogc, set_memory_limit: then commit, at any time. Per cycle: start_cycle when marking begins;
// revise whenever a ratio is wanted; end_cycle when it ends, then reset_live, then commit.
//
// Source: Go 1.19, runtime/mgcpacer.go, gcControllerState; design: golang.org/design/44167-gc-pacer-redesign
// and 48409-soft-memory-limit. Stacks and globals of Go are the roots here.
#pragma once

#include <cstdint>

#include "base/saturating.h"
#include "gc/pacing/pi_controller.h"

namespace gcmap {

// The heap as the pacer sees it. In parentheses Go's names.
struct PacerFacts {
  uint64_t live_bytes = 0;       // marked by the last cycle, and allocated since (heapLive)
  uint64_t scannable_bytes = 0;  // of these in objects that may hold pointers (heapScan)
  uint64_t root_bytes = 0;       // roots there are (maxStackScan + globalsScan)
  uint64_t scan_work = 0;  // bytes scanned or allocated black in this cycle, roots too (heapScanWork ...)
  uint64_t committed_bytes = 0;  // memory taken from the system (mappedReady)
  uint64_t free_bytes = 0;       // of it in no span (heapFree)
  uint64_t object_bytes = 0;     // of it in slots allocated, garbage too (totalAlloc - totalFree)
};

// How a mark phase has spent its time. All of it is mutator + collector; what the collector did while the
// mutator had nothing to do is apart.
struct CycleTime {
  uint64_t mutator = 0;
  uint64_t collector = 0;  // background share and assists
  uint64_t idle = 0;
};

// Scan work that so many allocated bytes pay for. Both are at least 1.
struct AssistRatio {
  uint64_t work = 1;
  uint64_t bytes = 1;

  uint64_t work_for(uint64_t allocated_bytes) const { return saturating_scale(allocated_bytes, work, bytes); }
  uint64_t bytes_for(uint64_t scan_work) const { return saturating_scale(scan_work, bytes, work); }
};

class Pacer {
 public:
  static constexpr double kGoalUtilization = 0.25;       // of the collector, while it marks
  static constexpr uint64_t kHeapMinimum = 4 << 20;      // bytes, at 100 percent
  static constexpr uint64_t kLimitHeadroom = 1 << 20;    // bytes
  static constexpr uint64_t kSweepDistance = 1 << 20;    // bytes
  static constexpr uint64_t kRunwayMin = 64 << 10;       // bytes, from trigger to goal while a cycle runs
  static constexpr uint64_t kScanWorkMin = 1000;         // bytes left to scan, whatever was scanned
  static constexpr uint64_t kTriggerParts = 64;          // of the way from `marked` to the goal:
  static constexpr uint64_t kTriggerPartsLeast = 45;     // about 0.7
  static constexpr uint64_t kTriggerPartsGreatest = 61;  // about 0.95
  static constexpr uint64_t kNoLimit = UINT64_MAX;
  static constexpr uint64_t kNever = UINT64_MAX;  // a goal that is never reached

  // Negative percent: off. Commits for an empty heap.
  Pacer(int gogc_percent, uint64_t memory_limit_bytes);

  // Return the old value; commit must follow. Any negative percent is -1.
  int set_gogc(int percent);
  uint64_t set_memory_limit(uint64_t bytes);

  // Takes over new settings, and what the last cycle has found. `sweep_done`: no sweep is running.
  void commit(const PacerFacts& facts, bool sweep_done);

  struct Bounds {
    uint64_t trigger;
    uint64_t goal;
  };
  // Of live bytes; kNever when nothing is to start a cycle.
  uint64_t goal(const PacerFacts& facts) const { return goal_and_floor(facts).goal; }
  Bounds bounds(const PacerFacts& facts) const;

  // Is a cycle due?
  bool due(const PacerFacts& facts) const;

  void start_cycle(const PacerFacts& facts) { triggered_ = bounds(facts).trigger; }

  // The ratio that from now on makes marking end at the goal. Steady heaps have as much to scan as last time;
  // one that turns out larger gets a goal moved out in proportion, at most as far as the next cycle would set
  // it; beyond the goal everything scannable must be done within another tenth.
  AssistRatio revise(const PacerFacts& facts) const;

  // Marking has ended, `facts` as they are just before. A cycle that allocated nothing past its trigger, or
  // scanned nothing, or took no time, says nothing and is left out.
  void end_cycle(const PacerFacts& facts, const CycleTime& time);

  // What the cycle has found: slot bytes alive, bytes scanned in objects (allocated black included)
  // and roots.
  void reset_live(uint64_t marked_bytes, uint64_t heap_scan_bytes, uint64_t root_scan_bytes);

  int gogc_percent() const { return gogc_percent_; }
  uint64_t memory_limit() const { return memory_limit_; }
  uint64_t marked_bytes() const { return marked_bytes_; }
  uint64_t root_scan_bytes() const { return last_root_scan_; }
  uint64_t sweep_floor() const { return sweep_floor_; }  // the goal by percent is no lower; 0: no such bound
  uint64_t triggered() const { return triggered_; }      // trigger of the running cycle; kNever: none runs
  uint64_t runway() const { return runway_; }
  double cons_mark() const { return cons_mark_; }

 private:
  struct GoalAndFloor {
    uint64_t goal;
    uint64_t trigger_floor;  // <= goal
  };
  GoalAndFloor goal_and_floor(const PacerFacts& facts) const;
  uint64_t limit_goal(const PacerFacts& facts) const;
  uint64_t expected_scan() const { return saturating_add(last_heap_scan_, last_root_scan_); }

  int gogc_percent_;
  uint64_t memory_limit_;
  uint64_t marked_bytes_ = 0;
  uint64_t last_heap_scan_ = 0;  // bytes, of the last cycle
  uint64_t last_root_scan_ = 0;
  uint64_t triggered_ = kNever;
  double cons_mark_ = 0;
  PiController smoothing_;
  // By commit:
  uint64_t percent_goal_ = 0;
  uint64_t sweep_floor_ = 0;
  uint64_t runway_ = 0;
};

}  // namespace gcmap
