#include "gc/pacing/scavenge_pacer.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "gcmap/internal/alloc/heap_range.h"

namespace gcmap {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr uint64_t kNone = UINT64_MAX;

// Numbers of Go's formulas, its missing division by 100 put back.
TEST(ScavengePacer, GoalsAreGos) {
  const auto growth = [](uint64_t in_use, uint64_t goal, uint64_t last_goal) {
    return ScavengePacer::goals(in_use, goal, last_goal, kNone).growth_bytes;
  };
  EXPECT_EQ(growth(100 * kMiB, 200 * kMiB, 200 * kMiB), 110 * kMiB);
  EXPECT_EQ(growth(100 * kMiB, 100 * kMiB, 200 * kMiB), 55 * kMiB) << "half the goal, half the pages";
  EXPECT_EQ(growth(100 * kMiB, 400 * kMiB, 200 * kMiB), 220 * kMiB);
  EXPECT_EQ(growth(0, 4 * kMiB, 4 * kMiB), 0u);
  const auto limit = [](uint64_t bytes) { return ScavengePacer::goals(1, 1, 1, bytes).limit_bytes; };
  EXPECT_EQ(limit(100 * kMiB), 95 * kMiB);
  EXPECT_EQ(limit(0), 0u);
}

TEST(ScavengePacer, ThereIsNoGoalWhereNothingIsKnown) {
  EXPECT_EQ(ScavengePacer::goals(1, 1, 0, kNone).growth_bytes, kNone) << "before the first cycle";
  EXPECT_EQ(ScavengePacer::goals(1, kNone, 1, kNone).growth_bytes, kNone) << "off";
  EXPECT_EQ(ScavengePacer::goals(1, 1, kNone, kNone).growth_bytes, kNone) << "just on";
  EXPECT_EQ(ScavengePacer::goals(1, 1, 1, kNone).limit_bytes, kNone);
  ScavengePacer pacer;
  EXPECT_EQ(pacer.pages_due(kNone, kNone - 1), 0u);
}

TEST(ScavengePacer, ExtremesSaturateAndGoalsAreMonotone) {
  const uint64_t values[] = {0, 1, 4095, kMiB, uint64_t{1} << 40, uint64_t{1} << 62, kNone - 1};
  for (const uint64_t goal : values) {
    for (const uint64_t last_goal : values) {
      uint64_t last = 0;
      for (const uint64_t in_use : values) {
        const ScavengeGoals goals = ScavengePacer::goals(in_use, goal, last_goal, in_use);
        EXPECT_GE(goals.growth_bytes, last) << in_use << " " << goal << " " << last_goal;
        EXPECT_LE(goals.limit_bytes, in_use);
        last = goals.growth_bytes;
      }
    }
  }
}

TEST(ScavengePacer, AllocationPaysAtItsRateAndFractionsAreKept) {
  ScavengePacer pacer;
  pacer.set_goals({10 * kMiB, kNone});
  pacer.pages_due(5000, 0);
  const uint64_t per_page = ScavengePacer::kPagesPerReleasedPage * kPageBytes;
  uint64_t allocated = 5000;
  uint64_t pages = 0;
  for (int i = 0; i < 7000; ++i) pages += pacer.pages_due(allocated += 777, 20 * kMiB);
  EXPECT_EQ(pages, 7000u * 777 / per_page);
  EXPECT_EQ(pacer.pages_due(allocated, 20 * kMiB), 0u) << "nothing was allocated";
}

TEST(ScavengePacer, AboveTheLimitEveryPageIsPaidFor) {
  ScavengePacer pacer;
  pacer.set_goals({kNone, 10 * kMiB});
  EXPECT_EQ(pacer.pages_due(5 * kPageBytes + 1, 20 * kMiB), 5u);
  EXPECT_EQ(pacer.pages_due(6 * kPageBytes, 20 * kMiB), 1u) << "the byte before counts";
  EXPECT_EQ(pacer.pages_due(kNone, 10 * kMiB + 3 * kPageBytes), 3u) << "no more than the surplus";
}

TEST(ScavengePacer, BelowTheGoalNothingIsOwedLater) {
  ScavengePacer pacer;
  pacer.set_goals({10 * kMiB, kNone});
  EXPECT_EQ(pacer.pages_due(1000 * kMiB, 10 * kMiB), 0u);
  EXPECT_EQ(pacer.pages_due(1000 * kMiB, 10 * kMiB + kPageBytes - 1), 0u) << "not a page above it";
  EXPECT_EQ(pacer.pages_due(1000 * kMiB + kPageBytes, 20 * kMiB), 0u);
}

// A heap in named shapes: what it has in use per cycle; what is not in use stays idle until it is returned.
struct Simulation {
  // Returns how many pages went back.
  uint64_t run(uint64_t in_use, uint64_t bytes_per_cycle) {
    uint64_t returned = 0;
    const uint64_t goal = 2 * in_use;
    pacer.set_goals(ScavengePacer::goals(in_use, goal, last_goal, soft_limit));
    last_goal = goal;
    retained = std::max(retained, in_use);
    for (const uint64_t end = allocated + bytes_per_cycle; allocated < end;) {
      allocated += 100 * kPageBytes;
      const uint64_t idle = retained - in_use;
      const uint64_t pages = std::min(pacer.pages_due(allocated, retained), idle / kPageBytes);
      retained -= pages * kPageBytes;
      returned += pages;
    }
    return returned;
  }
  ScavengePacer pacer;
  uint64_t soft_limit = kNone;
  uint64_t last_goal = 0;
  uint64_t allocated = 0;
  uint64_t retained = 0;
};

TEST(ScavengePacer, ASteadyHeapReturnsNothing) {
  Simulation heap;
  heap.retained = 105 * kMiB;
  for (int cycle = 0; cycle < 10; ++cycle) EXPECT_EQ(heap.run(100 * kMiB, 100 * kMiB), 0u);
}

TEST(ScavengePacer, AHeapThatShrankComesDownToATenthAboveItsUse) {
  Simulation heap;
  heap.run(100 * kMiB, 100 * kMiB);
  heap.run(20 * kMiB, 400 * kMiB);
  heap.run(20 * kMiB, 1600 * kMiB);
  EXPECT_GE(heap.retained, 22 * kMiB);
  EXPECT_LT(heap.retained, 22 * kMiB + kPageBytes);
  EXPECT_EQ(heap.run(20 * kMiB, 400 * kMiB), 0u) << "there it stays";
}

TEST(ScavengePacer, AnOscillatingHeapKeepsWhatItIsAboutToNeed) {
  Simulation heap;
  heap.run(40 * kMiB, 40 * kMiB);
  for (int cycle = 0; cycle < 20; ++cycle) {
    heap.run(20 * kMiB, 20 * kMiB);
    EXPECT_LT(heap.retained, 40 * kMiB);
    EXPECT_GE(heap.retained, 38 * kMiB) << "a page for every sixteen allocated";
    heap.run(40 * kMiB, 40 * kMiB);
  }
}

TEST(ScavengePacer, NearTheLimitTheSurplusIsGoneWithinItsOwnAllocation) {
  Simulation heap;
  heap.soft_limit = 100 * kMiB;
  heap.run(40 * kMiB, 40 * kMiB);
  heap.retained = 120 * kMiB;
  heap.run(40 * kMiB, 26 * kMiB);
  EXPECT_LT(heap.retained, 95 * kMiB + kPageBytes);
}

}  // namespace
}  // namespace gcmap
