#include "gc/pacing.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "gcmap/handles.h"
#include "gcmap/step.h"

namespace gcmap {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;

TEST(GogcPacing, GoalIsGos) {
  EXPECT_EQ(GogcPacing::goal_bytes(100, 0), 4 * kMiB);
  EXPECT_EQ(GogcPacing::goal_bytes(100, 3 * kMiB), 6 * kMiB);
  EXPECT_EQ(GogcPacing::goal_bytes(100, 100 * kMiB), 200 * kMiB);
  EXPECT_EQ(GogcPacing::goal_bytes(50, 0), 2 * kMiB);
  EXPECT_EQ(GogcPacing::goal_bytes(50, 100 * kMiB), 150 * kMiB);
  EXPECT_EQ(GogcPacing::goal_bytes(400, 0), 16 * kMiB);
  EXPECT_EQ(GogcPacing::goal_bytes(0, 7), 7u);
  EXPECT_EQ(GogcPacing::goal_bytes(-1, 7), UINT64_MAX);
}

TEST(GogcPacing, GoalIsMonotoneAndSaturates) {
  for (int percent : {0, 1, 33, 100, 1000, INT32_MAX}) {
    uint64_t last = 0;
    for (int shift = 0; shift < 64; ++shift) {
      const uint64_t goal = GogcPacing::goal_bytes(percent, uint64_t{1} << shift);
      EXPECT_GE(goal, last);
      EXPECT_GE(goal, uint64_t{1} << shift);
      last = goal;
    }
    EXPECT_GE(GogcPacing::goal_bytes(percent, UINT64_MAX), last);
  }
  EXPECT_EQ(GogcPacing::goal_bytes(INT32_MAX, UINT64_MAX), UINT64_MAX);
}

TEST(GogcPacing, ExtremeViewsNeverOverflow) {
  for (int percent : {-1, 0, 100, INT32_MAX}) {
    for (const Phase phase : {Phase::kIdle, Phase::kMark, Phase::kMarkTermination, Phase::kSweep}) {
      GogcPacing pacing(percent);
      for (uint64_t value : {uint64_t{0}, uint64_t{1}, UINT64_MAX / 2, UINT64_MAX}) {
        const PacingDecision decision =
            pacing.decide(DecisionPoint::kAllocationSlow, {phase, value, value, value, value});
        EXPECT_FALSE(decision.collect);
        EXPECT_LE(decision.sweep_spans, std::max<uint64_t>(value, 1));
      }
    }
  }
}

TEST(GogcPacing, AnswersOnlyWhereAllocationIsSlowAndAtSafepoints) {
  GogcPacing pacing(100);
  const PacingView due = {Phase::kIdle, 100 * kMiB, 0, 100 * kMiB, 0};
  EXPECT_FALSE(pacing.decide(DecisionPoint::kAllocationPublished, due).start);
  EXPECT_FALSE(pacing.decide(DecisionPoint::kMapChainEvacuated, due).start);
  EXPECT_TRUE(pacing.decide(DecisionPoint::kAllocationSlow, due).start);
  EXPECT_TRUE(pacing.decide(DecisionPoint::kSafepoint, due).start);
}

TEST(GogcPacing, WorkIsPaidInProportionAndDebtIsKept) {
  GogcPacing pacing(100);
  pacing.decide(DecisionPoint::kAllocationSlow, {Phase::kIdle, 4 * kMiB, 0, 4 * kMiB, 0});
  const auto units = [&](uint64_t allocated) {
    return pacing.decide(DecisionPoint::kAllocationSlow, {Phase::kMark, allocated, 0, allocated, 0})
        .mark_units;
  };
  EXPECT_EQ(units(4 * kMiB), 0u);
  const uint64_t small = units(4 * kMiB + 8192);
  EXPECT_EQ(small, 1024u);
  EXPECT_EQ(units(4 * kMiB + 3 * 8192), 2 * small);
  uint64_t paid = 0;
  for (int i = 0; i < 1000; ++i) paid += units(5 * kMiB);
  EXPECT_EQ(paid, (kMiB - 3 * 8192) / 8) << "a large allocation is paid off in bounded instalments";
}

// A heap in numbers: objects of one size, a share of which survives every cycle.
struct Simulation {
  uint64_t object_bytes;
  uint64_t live_target;
  uint64_t live = 0, marked_last = 0, allocated = 0, unmarked = 0, unswept = 0, peak = 0, cycles = 0;
  Phase phase = Phase::kIdle;

  void run(uint64_t bytes) {
    GogcPacing pacing(100);
    for (const uint64_t end = allocated + bytes; allocated < end;) {
      const PacingDecision d =
          pacing.decide(DecisionPoint::kAllocationSlow, {phase, live, marked_last, allocated, unswept});
      if (d.start && phase == Phase::kIdle) {
        phase = Phase::kMark;
        unmarked = std::min(live, live_target) / object_bytes;
      }
      if (phase == Phase::kMark) {
        unmarked -= std::min(unmarked, d.mark_units);
        if (d.terminate && unmarked == 0) {
          phase = Phase::kSweep;
          unswept = live / 8192;
          marked_last = std::min(live, live_target);
        }
      } else if (phase == Phase::kSweep) {
        unswept -= std::min(unswept, d.sweep_spans);
        if (unswept == 0) {
          phase = Phase::kIdle;
          live = marked_last + (live - marked_last) / 8;  // a little was allocated during the cycle
          ++cycles;
        }
      }
      peak = std::max(peak, live);
      live += 8192;
      allocated += 8192;
    }
  }
};

TEST(GogcPacing, ASteadyHeapStaysNearItsGoal) {
  for (const uint64_t object_bytes : {8, 64, 1024}) {
    Simulation heap{object_bytes, 64 * kMiB};
    heap.run(4096 * kMiB);
    EXPECT_GT(heap.cycles, 10u);
    EXPECT_LT(heap.peak, 4 * heap.live_target) << object_bytes;
  }
}

TEST(GogcPacing, AStepInTheLiveHeapIsFollowed) {
  Simulation heap{64, 8 * kMiB};
  heap.run(512 * kMiB);
  heap.live_target = 64 * kMiB;
  heap.run(1024 * kMiB);
  EXPECT_GT(heap.marked_last, 60 * kMiB);
  heap.live_target = 8 * kMiB;
  heap.peak = 0;
  heap.run(1024 * kMiB);
  EXPECT_LE(heap.marked_last, 8 * kMiB);
}

struct Link {
  Member<Link> next;
  uint64_t payload[7];
  void trace(Visitor& visitor) const { visitor.trace(next); }
};

TEST(GogcPacing, ARealHeapWithGarbageStaysBounded) {
  HeapOptions options;
  options.range_bytes = size_t{256} << 20;
  Heap heap(options);
  Root<Link> window(heap);
  for (int i = 0; i < 1000000; ++i) {
    Link* const link = make<Link>(heap);
    if (i % 1000 != 0) link->next = window.get();
    window = link;
  }
  EXPECT_GT(heap.stats().cycles, 5u);
  EXPECT_LT(heap.stats().pages_in_use * kPageBytes, 12 * kMiB);
  EXPECT_TRUE(heap.verify().empty());
}

}  // namespace
}  // namespace gcmap
