// The controllers at their ends: whatever comes in, what comes out is finite, monotone, and in order.
#include "gc/pacing/pacer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "gc/pacing/cpu_limiter.h"
#include "gc/pacing/sweep_pacer.h"
#include "gcmap/internal/base/random.h"

namespace gcmap {
namespace {

constexpr uint64_t kMiB = 1 << 20;

const std::vector<uint64_t> kEnds = {0,
                                     1,
                                     999,
                                     1001,
                                     64 << 10,
                                     4 * kMiB - 1,
                                     4 * kMiB,
                                     uint64_t{1} << 40,
                                     uint64_t{1} << 62,
                                     (uint64_t{1} << 63) - 1,
                                     uint64_t{1} << 63,
                                     UINT64_MAX - kMiB,
                                     UINT64_MAX - 1,
                                     UINT64_MAX};
const std::vector<int> kPercents = {-1, 0, 1, 10, 99, 100, 101, 1000, INT32_MAX};

// Any number, the extreme and the small ones more often.
uint64_t any(Random& random) {
  switch (random.below(4)) {
    case 0:
      return kEnds[random.below(kEnds.size())];
    case 1:
      return random.next();
    default:
      return random.next() >> random.below(64);
  }
}

PacerFacts any_facts(Random& random) {
  PacerFacts facts;
  facts.live_bytes = any(random);
  facts.scannable_bytes = any(random);
  facts.root_bytes = any(random);
  facts.scan_work = any(random);
  facts.committed_bytes = any(random);
  facts.free_bytes = any(random);
  facts.object_bytes = any(random);
  return facts;
}

TEST(Saturating, StopsAtItsEnds) {
  for (const uint64_t a : kEnds) {
    for (const uint64_t b : kEnds) {
      EXPECT_EQ(saturating_add(a, b), a + b >= a ? a + b : UINT64_MAX);
      EXPECT_EQ(saturating_sub(a, b), a >= b ? a - b : 0);
      EXPECT_EQ(saturating_scale(a, b, UINT64_MAX), a == UINT64_MAX ? b : saturating_scale(b, a, UINT64_MAX));
      EXPECT_EQ(saturating_scale(a, b, std::max<uint64_t>(b, 1)), b == 0 ? 0 : a);
      const auto signed_a = static_cast<int64_t>(a);
      EXPECT_GE(saturating_rise(signed_a, b), signed_a);
      EXPECT_LE(saturating_fall(signed_a, b), signed_a);
    }
    EXPECT_EQ(saturating_rise(static_cast<int64_t>(a), 0), static_cast<int64_t>(a));
    EXPECT_EQ(saturating_fall(static_cast<int64_t>(a), 0), static_cast<int64_t>(a));
  }
  EXPECT_EQ(saturating_rise(-5, 7), 2);
  EXPECT_EQ(saturating_fall(5, 7), -2);
  EXPECT_EQ(saturating_rise(INT64_MIN, UINT64_MAX), INT64_MAX);
  EXPECT_EQ(saturating_fall(INT64_MAX, UINT64_MAX), INT64_MIN);
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(saturating_u64(std::nan("")), 0u);
  EXPECT_EQ(saturating_u64(-infinity), 0u);
  EXPECT_EQ(saturating_u64(infinity), UINT64_MAX);
  EXPECT_EQ(saturating_u64(0x1p64), UINT64_MAX);
  EXPECT_EQ(saturating_u64(0x1p63), uint64_t{1} << 63);
  EXPECT_EQ(saturating_u64(2.9), 2u);
}

// Goal and trigger ------------------------------------------------------------------------------------------

uint64_t goal_of(int percent, uint64_t marked_bytes, uint64_t root_bytes = 0) {
  Pacer pacer(percent, Pacer::kNoLimit);
  pacer.reset_live(marked_bytes, 0, root_bytes);
  pacer.commit({}, true);
  return pacer.goal({});
}

TEST(Pacer, GoalByPercentageIsGos) {
  EXPECT_EQ(goal_of(100, 0), 4 * kMiB);
  EXPECT_EQ(goal_of(100, 3 * kMiB), 6 * kMiB);
  EXPECT_EQ(goal_of(100, 100 * kMiB), 200 * kMiB);
  EXPECT_EQ(goal_of(100, 100 * kMiB, 10 * kMiB), 210 * kMiB) << "roots are work too";
  EXPECT_EQ(goal_of(50, 0), 2 * kMiB) << "the least goal scales";
  EXPECT_EQ(goal_of(50, 100 * kMiB), 150 * kMiB);
  EXPECT_EQ(goal_of(400, 0), 16 * kMiB);
  EXPECT_EQ(goal_of(0, 7), 7u);
  EXPECT_EQ(goal_of(-1, 7), Pacer::kNever);
}

TEST(Pacer, GoalByLimitIsGos) {
  Pacer pacer(-1, 100 * kMiB);
  pacer.reset_live(10 * kMiB, 0, 0);
  const auto goal = [&](uint64_t committed, uint64_t free, uint64_t objects) {
    PacerFacts facts;
    facts.committed_bytes = committed * kMiB;
    facts.free_bytes = free * kMiB;
    facts.object_bytes = objects * kMiB;
    return pacer.goal(facts) / kMiB;
  };
  EXPECT_EQ(goal(0, 0, 0), 99u) << "all but the headroom";
  EXPECT_EQ(goal(50, 20, 30), 99u) << "free memory and objects are the heap's";
  EXPECT_EQ(goal(50, 20, 20), 89u) << "what is neither is not";
  EXPECT_EQ(goal(120, 90, 30), 79u) << "what is above the limit is to be given back";
  EXPECT_EQ(goal(120, 0, 120), 79u);
  EXPECT_EQ(goal(120, 0, 50), 10u) << "no goal lies below what is alive";
  EXPECT_EQ(goal(200, 0, 0), 10u) << "nothing can be done but collect";
  EXPECT_EQ(goal(10, 20, 30), 99u) << "numbers that contradict each other do not wrap";
}

TEST(Pacer, ALimitThatIsSmallLeavesAMebibyte) {
  for (const uint64_t limit : {uint64_t{1}, kMiB, 2 * kMiB - 1, 2 * kMiB}) {
    Pacer pacer(100, limit);
    EXPECT_EQ(pacer.goal({}), kMiB) << limit;
  }
  Pacer pacer(100, 0);
  EXPECT_EQ(pacer.goal({}), 0u) << "as low as what is alive";
  pacer.reset_live(5, 0, 0);
  EXPECT_EQ(pacer.goal({}), 5u);
}

TEST(Pacer, TheLowerGoalCounts) {
  Pacer pacer(100, 100 * kMiB);
  pacer.reset_live(20 * kMiB, 0, 0);
  pacer.commit({}, true);
  EXPECT_EQ(pacer.goal({}), 40 * kMiB);
  pacer.reset_live(60 * kMiB, 0, 0);
  pacer.commit({}, true);
  EXPECT_EQ(pacer.goal({}), 99 * kMiB);
  EXPECT_EQ(pacer.set_memory_limit(Pacer::kNoLimit), 100 * kMiB);
  EXPECT_EQ(pacer.set_gogc(-7), 100);
  EXPECT_EQ(pacer.set_gogc(0), -1);
}

TEST(Pacer, ASweepHasAMebibyteUnlessTheLimitForbidsIt) {
  Pacer pacer(0, Pacer::kNoLimit);
  PacerFacts facts;
  facts.live_bytes = 10 * kMiB;
  pacer.reset_live(10 * kMiB, 0, 0);
  pacer.commit(facts, false);
  EXPECT_EQ(pacer.goal(facts), 11 * kMiB);
  EXPECT_EQ(pacer.bounds(facts).trigger, 11 * kMiB);
  pacer.commit(facts, true);
  EXPECT_EQ(pacer.goal(facts), 10 * kMiB);
  pacer.set_memory_limit(0);
  pacer.commit(facts, false);
  EXPECT_EQ(pacer.goal(facts), 10 * kMiB);
  EXPECT_EQ(pacer.bounds(facts).trigger, 10 * kMiB);
}

TEST(Pacer, ARunningCycleHasItsLeastRunway) {
  Pacer pacer(0, Pacer::kNoLimit);
  pacer.reset_live(10 * kMiB, 0, 0);
  pacer.commit({}, true);
  pacer.start_cycle({});
  EXPECT_EQ(pacer.triggered(), 10 * kMiB);
  EXPECT_EQ(pacer.goal({}), 10 * kMiB + (64 << 10));
  pacer.reset_live(10 * kMiB, 0, 0);
  EXPECT_EQ(pacer.goal({}), 10 * kMiB);
}

TEST(Pacer, TriggerLiesBetweenSevenAndNinetyFiveHundredthsOfTheWay) {
  Pacer pacer(100, Pacer::kNoLimit);
  const auto trigger = [&](uint64_t marked, uint64_t scanned, uint64_t allocated, uint64_t time) {
    Pacer fresh(100, Pacer::kNoLimit);
    fresh.reset_live(marked, scanned, 0);
    fresh.commit({}, true);
    fresh.start_cycle({});
    PacerFacts facts;
    facts.live_bytes = saturating_add(fresh.triggered(), allocated);
    facts.scan_work = scanned;
    fresh.end_cycle(facts, {time, time, 0});
    fresh.reset_live(marked, scanned, 0);
    fresh.commit({}, true);
    return fresh.bounds({}).trigger;
  };
  EXPECT_EQ(trigger(0, 0, 0, 0), 4 * kMiB / 64 * 61);
  EXPECT_EQ(trigger(8 * kMiB, 1, 1, 1), 8 * kMiB + 8 * kMiB / 64 * 61) << "no runway is needed";
  EXPECT_EQ(trigger(800 * kMiB, 1, 1, 1), 1596 * kMiB) << "4 MiB are room enough";
  EXPECT_EQ(trigger(800 * kMiB, kMiB, 100 * kMiB, 1), 800 * kMiB + 800 * kMiB / 64 * 45);
  // 0.9 of what was measured, three bytes for each scanned: 0.9 / 20 * 3 * 800 MiB.
  EXPECT_EQ(trigger(800 * kMiB, 800 * kMiB, 40 * kMiB, 1) / kMiB, 1600u - 108u);
}

TEST(Pacer, NothingIsDueWhileOff) {
  PacerFacts facts;
  for (const uint64_t live : kEnds) {
    facts.live_bytes = live;
    EXPECT_FALSE(Pacer(-1, Pacer::kNoLimit).due(facts));
    EXPECT_EQ(Pacer(100, Pacer::kNoLimit).due(facts), live >= 4 * kMiB / 64 * 61);
    EXPECT_TRUE(Pacer(0, Pacer::kNoLimit).due(facts));
  }
}

// Extremes --------------------------------------------------------------------------------------------------

TEST(PacerExtremes, GoalsRiseWithWhatIsAlive) {
  Random random(1);
  for (int i = 0; i < 20000; ++i) {
    const int percent = kPercents[random.below(kPercents.size())];
    const uint64_t limit = any(random);
    const PacerFacts facts = any_facts(random);
    const bool sweep_done = random.chance(1, 2);
    const uint64_t roots = any(random);
    const uint64_t a = any(random), b = any(random);
    const auto bounds = [&](uint64_t marked) {
      Pacer pacer(percent, limit);
      pacer.reset_live(marked, 0, roots);
      pacer.commit(facts, sweep_done);
      return pacer.bounds(facts);
    };
    const Pacer::Bounds low = bounds(std::min(a, b)), high = bounds(std::max(a, b));
    ASSERT_LE(low.goal, high.goal) << percent << " percent, limit " << limit << ", " << a << ", " << b;
    ASSERT_LE(low.trigger, low.goal);
    ASSERT_GE(low.trigger, std::min(a, b));
  }
}

// Any life of any pacer.
TEST(PacerExtremes, NothingWrapsAndEverythingIsFinite) {
  for (uint64_t seed = 0; seed < 400; ++seed) {
    Random random(seed);
    Pacer pacer(kPercents[random.below(kPercents.size())], any(random));
    bool marking = false;
    for (int i = 0; i < 200; ++i) {
      const PacerFacts facts = any_facts(random);
      switch (random.below(6)) {
        case 0:
          pacer.set_gogc(kPercents[random.below(kPercents.size())]);
          pacer.commit(facts, random.chance(1, 2));
          break;
        case 1:
          pacer.set_memory_limit(any(random));
          pacer.commit(facts, random.chance(1, 2));
          break;
        case 2:
          if (!marking) pacer.start_cycle(facts);
          marking = true;
          break;
        case 3:
          if (!marking) break;
          pacer.end_cycle(facts, {any(random), any(random), any(random)});
          pacer.reset_live(any(random), any(random), any(random));
          pacer.commit(facts, false);
          marking = false;
          break;
        default:
          break;
      }
      const Pacer::Bounds bounds = pacer.bounds(facts);
      ASSERT_LE(bounds.trigger, bounds.goal) << "seed " << seed;
      ASSERT_TRUE(std::isfinite(pacer.cons_mark())) << "seed " << seed;
      ASSERT_LE(std::abs(pacer.cons_mark()), 1000) << "seed " << seed;
      const AssistRatio ratio = pacer.revise(facts);
      ASSERT_GE(ratio.work, 1000u);
      ASSERT_GE(ratio.bytes, 1u);
      ASSERT_LE(ratio.work_for(1), ratio.work_for(UINT64_MAX));
      ASSERT_LE(ratio.bytes_for(1), ratio.bytes_for(UINT64_MAX));
    }
  }
}

// What a pacer knows after such a cycle; it had measured 1 before, if `before`.
double learnt(bool before, uint64_t allocated, uint64_t scanned, CycleTime time) {
  Pacer pacer(100, Pacer::kNoLimit);
  PacerFacts facts;
  pacer.start_cycle(facts);
  facts.live_bytes = pacer.triggered() + 100;
  facts.scan_work = 100;
  if (before) pacer.end_cycle(facts, {100, 100, 0});
  facts.live_bytes = pacer.triggered() + allocated;
  facts.scan_work = scanned;
  pacer.end_cycle(facts, time);
  return pacer.cons_mark();
}

TEST(PacerExtremes, ACycleThatSaysNothingTeachesNothing) {
  EXPECT_EQ(learnt(true, 0, 100, {100, 100, 0}), 0.9);
  EXPECT_EQ(learnt(true, UINT64_MAX, 100, {100, 100, 0}), 0.9) << "begun early and over before the trigger";
  EXPECT_EQ(learnt(true, 100, 0, {100, 100, 0}), 0.9) << "nothing scanned";
  EXPECT_EQ(learnt(true, 100, 100, {0, 100, 0}), 0.9) << "the collector had all the time";
  EXPECT_EQ(learnt(true, 100, 100, {0, 0, 0}), 0.9) << "no time at all";
}

TEST(Pacer, ConsMarkIsAQuotientOfRates) {
  EXPECT_EQ(learnt(false, 100, 100, {100, 100, 0}), 0.9);
  EXPECT_EQ(learnt(false, 100, 100, {300, 100, 0}), 0.9 / 3) << "allocation was slow";
  EXPECT_EQ(learnt(false, 100, 100, {300, 100, 200}), 0.9) << "scanning was slow, in part unnoticed";
}

TEST(PacerRevise, RatioIsWorkLeftOverBytesLeft) {
  Pacer pacer(100, Pacer::kNoLimit);
  pacer.reset_live(100 * kMiB, 50 * kMiB, kMiB);
  pacer.commit({}, true);
  PacerFacts facts;
  facts.live_bytes = 190 * kMiB;
  facts.scannable_bytes = 120 * kMiB;
  facts.root_bytes = kMiB;
  pacer.start_cycle(facts);
  AssistRatio ratio = pacer.revise(facts);
  EXPECT_EQ(ratio.work, 51 * kMiB) << "as much as last time";
  EXPECT_EQ(ratio.bytes, (100 + 101 - 90) * kMiB - 100 * kMiB);
  EXPECT_EQ(ratio.work_for(11 * kMiB), 51 * kMiB);
  EXPECT_EQ(ratio.bytes_for(51 * kMiB), 11 * kMiB);
  facts.scan_work = 51 * kMiB - 5;
  EXPECT_EQ(pacer.revise(facts).work, 1000u) << "never quite nothing";
  facts.scan_work = 60 * kMiB;
  const uint64_t goal = pacer.goal(facts);
  const uint64_t moved = saturating_scale(goal - pacer.triggered(), 121, 51) + pacer.triggered();
  ratio = pacer.revise(facts);
  EXPECT_EQ(ratio.work, 61 * kMiB) << "more than last time: everything may be alive";
  EXPECT_EQ(ratio.bytes, moved - 190 * kMiB) << "on a runway as much longer";
  facts.scan_work = 0;
  facts.live_bytes = 205 * kMiB;
  ratio = pacer.revise(facts);
  EXPECT_EQ(ratio.work, 121 * kMiB) << "beyond the goal: all of it";
  EXPECT_EQ(ratio.bytes, 201 * kMiB + 201 * kMiB / 10 - 205 * kMiB) << "within another tenth";
  facts.live_bytes = 300 * kMiB;
  EXPECT_EQ(pacer.revise(facts).bytes, 1u) << "and then at once";
}

TEST(PacerRevise, TheGoalGivesWayNoFurtherThanTheNextCyclesWould) {
  Pacer pacer(50, Pacer::kNoLimit);
  pacer.reset_live(100 * kMiB, 1, 0);
  pacer.commit({}, true);
  PacerFacts facts;
  facts.live_bytes = 150 * kMiB;
  facts.scannable_bytes = 10000 * kMiB;
  facts.scan_work = 2;
  pacer.start_cycle(facts);
  EXPECT_EQ(pacer.revise(facts).bytes, 75 * kMiB);
}

// Limiter ---------------------------------------------------------------------------------------------------

TEST(CpuLimiter, LimitsWhenTheBucketIsFullAndStopsAsSoonAsItIsNot) {
  CpuLimiter limiter(100);
  limiter.accumulate(0, 99);
  EXPECT_FALSE(limiter.limiting());
  limiter.accumulate(50, 50);
  EXPECT_EQ(limiter.fill(), 99u) << "half of the time each: as it was";
  limiter.accumulate(0, 1);
  EXPECT_TRUE(limiter.limiting());
  EXPECT_EQ(limiter.overflow(), 0u);
  limiter.accumulate(10, 10);
  EXPECT_TRUE(limiter.limiting());
  limiter.accumulate(0, 30);
  EXPECT_EQ(limiter.fill(), 100u);
  EXPECT_EQ(limiter.overflow(), 30u);
  limiter.accumulate(1, 0);
  EXPECT_FALSE(limiter.limiting());
  EXPECT_EQ(limiter.fill(), 99u);
}

TEST(CpuLimiter, IdleHoursBuyNoCredit) {
  CpuLimiter limiter(100);
  limiter.accumulate(UINT64_MAX, 0);
  EXPECT_EQ(limiter.fill(), 0u);
  limiter.accumulate(0, 100);
  EXPECT_TRUE(limiter.limiting());
}

TEST(CpuLimiter, NoMoreThanHalfOfAnyStretchAndTheCapacity) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    Random random(seed);
    const uint64_t capacity = 1 + random.below(1000);
    CpuLimiter limiter(capacity);
    uint64_t mutator = 0, collector = 0;
    for (int i = 0; i < 5000; ++i) {
      const uint64_t useful = random.below(50);
      const uint64_t spent = std::min<uint64_t>(random.below(200), useful + limiter.headroom());
      limiter.accumulate(useful, spent);
      mutator += useful;
      collector += spent;
      ASSERT_LE(limiter.fill(), capacity) << "seed " << seed;
      ASSERT_EQ(limiter.limiting() && limiter.fill() < capacity, false);
      ASSERT_LE(collector, mutator + capacity) << "seed " << seed;
    }
    EXPECT_GT(collector * 10, mutator * 9) << "seed " << seed << ": nor much less";
    EXPECT_EQ(limiter.overflow(), 0u);
  }
}

TEST(CpuLimiter, AnyTimesKeepTheFillInTheBucket) {
  for (const uint64_t capacity : {uint64_t{1}, uint64_t{1} << 32, UINT64_MAX}) {
    Random random(capacity);
    CpuLimiter limiter(capacity);
    for (int i = 0; i < 10000; ++i) {
      const uint64_t overflow = limiter.overflow();
      limiter.accumulate(any(random), any(random));
      ASSERT_LE(limiter.fill(), capacity);
      ASSERT_GE(limiter.overflow(), overflow);
    }
  }
}

// Sweep -----------------------------------------------------------------------------------------------------

TEST(SweepPacer, PagesAreDueInProportionAndAllAMebibyteBeforeTheTrigger) {
  SweepPacer sweep;
  sweep.pace(100 * kMiB, 111 * kMiB, 1000);
  EXPECT_EQ(sweep.pages_due(100 * kMiB, 1000), 0u);
  EXPECT_EQ(sweep.pages_due(101 * kMiB, 1000), 100u);
  EXPECT_EQ(sweep.pages_due(101 * kMiB, 960), 60u) << "what others swept counts";
  EXPECT_EQ(sweep.pages_due(101 * kMiB, 800), 0u);
  EXPECT_EQ(sweep.pages_due(110 * kMiB, 1000), 1000u);
  EXPECT_EQ(sweep.pages_due(UINT64_MAX, 10), 10u);
  EXPECT_EQ(sweep.pages_due(50 * kMiB, 1000), 0u) << "live bytes below the first: nothing, not everything";
}

TEST(SweepPacer, WithoutRoomEverythingIsDueWithinAPage) {
  for (const uint64_t trigger : {uint64_t{0}, 100 * kMiB, 101 * kMiB, 101 * kMiB + 8192}) {
    SweepPacer sweep;
    sweep.pace(100 * kMiB, trigger, 1000);
    EXPECT_EQ(sweep.pages_due(100 * kMiB + 4096, 1000), 500u) << trigger;
    EXPECT_EQ(sweep.pages_due(100 * kMiB + 8192, 1000), 1000u) << trigger;
  }
}

TEST(SweepPacer, NoMoreIsDueThanIsLeftAndMoreTheMoreIsAllocated) {
  Random random(3);
  for (int i = 0; i < 20000; ++i) {
    SweepPacer sweep;
    const uint64_t live = any(random), pages = any(random), left = any(random);
    sweep.pace(live, any(random), pages);
    const uint64_t a = any(random), b = any(random);
    ASSERT_LE(sweep.pages_due(std::min(a, b), left), sweep.pages_due(std::max(a, b), left));
    ASSERT_LE(sweep.pages_due(a, left), left);
    ASSERT_EQ(sweep.pages_due(std::min(a, live), left), 0u);
  }
}

TEST(PiController, ForgetsWhenNumbersLeaveTheirRange) {
  const double huge = std::numeric_limits<double>::max();
  PiController controller({.gain = 2, .integral_time = 1, .reset_time = 10, .least = -5, .greatest = 5});
  EXPECT_EQ(controller.next(0, 1, 1), 2);
  EXPECT_EQ(controller.next(0, 0, 1), 2) << "the integral";
  EXPECT_EQ(controller.next(0, 100, 1), 5) << "clipped";
  EXPECT_FALSE(controller.next(-huge, huge, 1).has_value());
  EXPECT_EQ(controller.next(0, 1, 1), 2) << "as new";
  EXPECT_FALSE(controller.next(std::nan(""), 0, 1).has_value());
  EXPECT_FALSE(controller.next(0, huge / 2, 1e300).has_value());
  EXPECT_EQ(controller.next(0, 1, 1), 2);
}

TEST(PiController, WhatIsClippedDoesNotWindUp) {
  PiController controller({.gain = 1, .integral_time = 10, .reset_time = 2, .least = -5, .greatest = 5});
  EXPECT_EQ(controller.next(0, 10, 1), 5);
  EXPECT_EQ(controller.next(0, 0, 1), 1 + (5 - 10) / 2.0);
}

TEST(PiController, SettlesOnASteadyNumber) {
  PiController controller(
      {.gain = 0.9, .integral_time = 4, .reset_time = 1000, .least = -1000, .greatest = 1000});
  double output = 0;
  for (int i = 0; i < 50; ++i) output = *controller.next(output, 3, 1);
  EXPECT_NEAR(output, 3, 0.01);
}

}  // namespace
}  // namespace gcmap
