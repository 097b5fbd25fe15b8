// How much idle memory to return to the system, and how fast: Go's two goals, without a clock.
//
// What is retained - in use, or idle and not released - is to come down to
//
//   by growth   pages in use when the last cycle ended * goal / last goal * 1.1
//   by limit    0.95 * the soft memory limit
//
// The first expects the heap to need as much more or less than at the end of the last cycle as its goal is
// larger or smaller than the last one, and leaves a tenth for what is scattered. The second lies below the
// limit, so that work is done before it is reached. Source: runtime/mgcscavenge.go of Go 1.19
// (gcPaceScavenger), where the goal by limit lacks its division by 100 (golang/go#62449).
//
// Go's rate is one per cent of the mutator's time. Here time is what allocation does: a page for every
// kPagesPerReleasedPage pages allocated. Above the goal by limit each allocated page pays for one, as in Go,
// where allocation then scavenges itself.
//
// Pure arithmetic: saturates, never wraps. Whoever decides when (a PacingStrategy) answers with what
// pages_due() returns as PacingDecision::scavenge_pages.
#pragma once

#include <cstdint>

namespace gcmap {

// Bytes to retain. UINT64_MAX: no goal.
struct ScavengeGoals {
  uint64_t growth_bytes = UINT64_MAX;
  uint64_t limit_bytes = UINT64_MAX;
};

class ScavengePacer {
 public:
  static constexpr uint64_t kRetainExtraPercent = 10;
  static constexpr uint64_t kReduceExtraPercent = 5;
  static constexpr uint64_t kPagesPerReleasedPage = 16;

  // `in_use_bytes`: pages in use when the last cycle ended. `goal_bytes`, `last_goal_bytes`: heap sizes at
  // which the next cycle starts, and this one did; UINT64_MAX: by no goal. `soft_limit_bytes`: UINT64_MAX for
  // none. There is no goal by growth before a cycle has ended (`last_goal_bytes` 0) that had a goal.
  static ScavengeGoals goals(uint64_t in_use_bytes, uint64_t goal_bytes, uint64_t last_goal_bytes,
                             uint64_t soft_limit_bytes);

  // A cycle is over, or a setting has changed.
  void set_goals(const ScavengeGoals& goals) { goals_ = goals; }

  // Pages to return now, for what was allocated since the last call. `retained_bytes` of the heap are in use,
  // or idle and not released. Fractions of a page are carried over; what exceeds the surplus is forgiven.
  uint64_t pages_due(uint64_t allocated_bytes, uint64_t retained_bytes);

  const ScavengeGoals& goals() const { return goals_; }

 private:
  ScavengeGoals goals_;
  uint64_t paid_allocated_bytes_ = 0;
};

}  // namespace gcmap
