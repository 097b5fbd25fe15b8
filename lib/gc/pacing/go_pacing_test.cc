#include "gc/pacing/go_pacing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <vector>

#include "gc/cycle/collector.h"
#include "gc/test_objects.h"
#include "gcmap/handles.h"
#include "gcmap/internal/base/random.h"
#include "gcmap/step.h"

namespace gcmap {
namespace {

constexpr uint64_t kMiB = 1 << 20;

struct Link {
  Member<Link> next;
  uint64_t payload[7];
  void trace(Visitor& visitor) const { visitor.trace(next); }
};
static_assert(sizeof(Link) == 64);

constexpr Type kBytes{.name = "bytes", .size = 1};

void expect_sound(const Heap& heap) {
  for (const Violation& v : heap.verify()) ADD_FAILURE() << v.id << " " << v.path << ": " << v.detail;
}

// Remembers the greatest numbers, phase by phase.
class Peaks final : public EventSink {
 public:
  explicit Peaks(const Heap& heap) : heap_(heap) {}
  void on_phase(Phase from, Phase to) override {
    const HeapStats stats = heap_.stats();
    if (to == Phase::kMark) {
      at_start.push_back(stats);
    } else if (from == Phase::kMark) {
      at_mark_end.push_back(stats);
    } else if (to == Phase::kIdle) {
      at_end.push_back(stats);
    }
  }
  std::vector<HeapStats> at_start, at_mark_end, at_end;

 private:
  const Heap& heap_;
};

// A ring of live links of which the oldest is replaced at every allocation, in a heap whose cycles are noted.
class Churn {
 public:
  Churn(const HeapOptions& options, size_t live_links)
      : heap_(options), peaks_(heap_), table_(heap_, make_table(live_links)), live_links_(live_links) {
    Stepper(heap_).set_event_sink(&peaks_);
  }
  ~Churn() { Stepper(heap_).set_event_sink(nullptr); }

  void run(uint64_t links) {
    for (uint64_t i = 0; i < links; ++i, ++next_) {
      Link* const link = make<Link>(heap_);
      Heap::store(slots() + next_ % live_links_, link);
    }
  }

  Heap& heap() { return heap_; }
  const Peaks& peaks() const { return peaks_; }
  void** slots() const { return reinterpret_cast<void**>(table_.get()); }

 private:
  Link* make_table(size_t links) { return static_cast<Link*>(heap_.allocate(kArray, links)); }

  Heap heap_;
  Peaks peaks_;
  Root<Link> table_;
  size_t live_links_;
  uint64_t next_ = 0;
};

HeapOptions roomy() {
  HeapOptions options;
  options.range_bytes = size_t{1} << 30;
  return options;
}

TEST(GoPacing, TheGoalIsKeptAndGrowthIsPaidFor) {
  Churn churn(roomy(), 100000);  // 6 MiB, and one of table
  churn.run(1000000);
  const Peaks& peaks = churn.peaks();
  ASSERT_GT(peaks.at_mark_end.size(), 6u);
  for (size_t i = 3; i < peaks.at_mark_end.size(); ++i) {
    const HeapStats& end = peaks.at_mark_end[i];
    const HeapStats& start = peaks.at_start[i];
    EXPECT_GE(start.retained_bytes, start.trigger_bytes);
    EXPECT_LT(start.retained_bytes, start.trigger_bytes + 64 * 1024) << "begun at once";
    EXPECT_LE(end.retained_bytes, end.goal_bytes + end.goal_bytes / 20) << "as Go: 1.05, cycle " << i;
    EXPECT_GT(end.goal_bytes, 12 * kMiB);
    EXPECT_LT(end.goal_bytes, 24 * kMiB);
    EXPECT_GT(end.background_work_bytes, start.background_work_bytes);
  }
  expect_sound(churn.heap());
}

// Where the goal is near the share of the background is not enough.
TEST(GoPacing, AssistsMakeUpForWhatTheBackgroundCannotDo) {
  HeapOptions options = roomy();
  options.gogc_percent = 15;
  Churn churn(options, 100000);
  churn.run(500000);
  const Peaks& peaks = churn.peaks();
  ASSERT_GT(peaks.at_mark_end.size(), 10u);
  for (size_t i = 8; i < peaks.at_mark_end.size(); ++i) {
    const HeapStats& end = peaks.at_mark_end[i];
    EXPECT_GT(end.assist_work_bytes, peaks.at_start[i].assist_work_bytes);
    EXPECT_LE(end.retained_bytes, end.goal_bytes + end.goal_bytes / 10) << "as Go: 1.1, cycle " << i;
  }
}

// A quarter of the time of marking is the background's; assists are what it takes beyond that.
TEST(GoPacing, TheBackgroundHasItsShareOfTheTime) {
  Churn churn(roomy(), 100000);
  churn.run(1000000);
  const size_t last = churn.peaks().at_mark_end.size() - 1;
  const HeapStats& start = churn.peaks().at_start[last];
  const HeapStats& end = churn.peaks().at_mark_end[last];
  const double mutator = 16.0 * static_cast<double>(end.allocated_bytes - start.allocated_bytes);
  const auto background =
      static_cast<double>(end.background_work_bytes - start.background_work_bytes) * (64 + 64) / 64;
  const auto assist = static_cast<double>(end.assist_work_bytes - start.assist_work_bytes) * (64 + 64) / 64;
  EXPECT_NEAR(background / (mutator + background + assist), 0.25, 0.05);
}

TEST(GoPacing, AssistsStopWhenTheCycleEnds) {
  Churn churn(roomy(), 100000);
  churn.run(1000000);
  const Peaks& peaks = churn.peaks();
  ASSERT_GT(peaks.at_start.size(), 4u);
  for (size_t i = 0; i + 1 < peaks.at_start.size(); ++i) {
    EXPECT_EQ(peaks.at_start[i + 1].assist_work_bytes, peaks.at_mark_end[i].assist_work_bytes);
    EXPECT_EQ(peaks.at_start[i + 1].background_work_bytes, peaks.at_mark_end[i].background_work_bytes);
    EXPECT_EQ(peaks.at_start[i + 1].assist_ratio_bytes, 0u);
    EXPECT_GT(peaks.at_mark_end[i].assist_ratio_bytes, 0u);
  }
}

// Sweeping is over before the next trigger: never is a cycle late because of it.
TEST(GoPacing, TheSweepEndsBeforeTheNextTrigger) {
  for (const uint32_t refill_sweeps : {1u, 100u}) {
    HeapOptions options = roomy();
    options.refill_sweep_spans = refill_sweeps;
    Churn churn(options, 100000);
    churn.run(800000);
    ASSERT_GT(churn.peaks().at_end.size(), 4u);
    for (const HeapStats& end : churn.peaks().at_end) EXPECT_LE(end.retained_bytes, end.trigger_bytes);
  }
}

TEST(GoPacing, IdleTimeTakesWorkOffAssistsAndBackground) {
  uint64_t paid[2] = {0, 0};
  for (const bool idle : {false, true}) {
    HeapOptions options = roomy();
    options.gogc_percent = 25;
    Churn churn(options, 100000);
    for (int i = 0; i < 1000; ++i) {
      churn.run(500);
      if (idle) churn.heap().idle(5000);
    }
    const HeapStats stats = churn.heap().stats();
    EXPECT_EQ(stats.idle_work_bytes > 0, idle);
    EXPECT_GT(stats.cycles, 4u);
    paid[idle ? 1 : 0] = stats.assist_work_bytes + stats.background_work_bytes;
    expect_sound(churn.heap());
  }
  EXPECT_LT(paid[1], paid[0] / 2);
}

// Credit is used up before anybody assists.
TEST(GoPacing, CreditComesFirst) {
  HeapOptions options = roomy();
  options.gogc_percent = 25;
  Churn churn(options, 250000);
  churn.run(600000);
  while (churn.heap().phase() != Phase::kMark) churn.run(1);
  const HeapStats before = churn.heap().stats();
  churn.heap().idle(40000);
  churn.run(128 * 20);
  ASSERT_EQ(churn.heap().phase(), Phase::kMark);
  EXPECT_EQ(churn.heap().stats().assist_work_bytes, before.assist_work_bytes);
}

TEST(GoPacing, IdleMovesACycleToItsEndAndStartsNone) {
  Heap heap(roomy());
  EXPECT_EQ(heap.idle(100), 0u);
  Stepper step(heap);
  Root<Pair> root(heap, make<Pair>(heap));
  root->left = make<Pair>(heap);
  make<Pair>(heap);
  step.start();
  EXPECT_EQ(heap.idle(0), 0u);
  EXPECT_EQ(heap.idle(1), 1u) << "the root";
  EXPECT_EQ(heap.idle(1), 1u);
  EXPECT_EQ(heap.phase(), Phase::kMark);
  EXPECT_EQ(heap.idle(100), 3u) << "the second object, the end of marking, the span";
  EXPECT_EQ(heap.phase(), Phase::kIdle);
  EXPECT_EQ(heap.stats().cycles, 1u);
  EXPECT_EQ(heap.stats().live_objects, 2u);
  EXPECT_EQ(heap.stats().idle_work_bytes, 8u + 2 * sizeof(Pair));
  EXPECT_EQ(heap.idle(100), 0u);
  expect_sound(heap);
}

TEST(GoPacing, WhatIsAllocatedBlackCountsAsScanned) {
  Collector collector(roomy());
  ManualPacing manual;
  collector.set_pacing(&manual);
  collector.start();
  const uint64_t before = collector.view().heap_scan_bytes;
  collector.allocate(collector.mutator(), kBytes, 40);
  EXPECT_EQ(collector.view().heap_scan_bytes, before);
  collector.allocate(collector.mutator(), kArray, 40);
  EXPECT_EQ(collector.view().heap_scan_bytes, before + 40);
}

TEST(GoPacing, OneHugeAllocationIsCaughtUpWith) {
  Churn churn(roomy(), 100000);
  churn.run(300000);
  for (int i = 0; i < 60; ++i) {
    churn.heap().allocate(kBytes, 64 * kMiB);
    ASSERT_LT(churn.heap().stats().live_bytes, 400 * kMiB) << i;
  }
  EXPECT_GT(churn.heap().stats().cycles, 10u);
  expect_sound(churn.heap());
}

// Many links are alive, and only large objects are allocated: a cycle ends although there are few occasions.
TEST(GoPacing, LargeObjectsAloneDriveTheCycle) {
  Churn churn(roomy(), 400000);  // 26 MiB
  churn.run(400000);
  const uint64_t cycles = churn.heap().stats().cycles;
  uint64_t peak = 0;
  for (int i = 0; i < 3000; ++i) {
    churn.heap().allocate(kBytes, 100 << 10);
    peak = std::max(peak, churn.heap().stats().live_bytes);
  }
  EXPECT_GT(churn.heap().stats().cycles, cycles + 5);
  EXPECT_LT(peak, 80 * kMiB);
}

TEST(GoPacing, ALimitBoundsTheHeapWhenWhatIsAliveFits) {
  HeapOptions options = roomy();
  options.gogc_percent = -1;
  options.memory_limit_bytes = 32 * kMiB;
  Churn churn(options, 200000);  // 14 MiB
  churn.run(600000);             // the first cycle does not know yet how much there is to scan
  EXPECT_LE(churn.heap().stats().committed_bytes, 40 * kMiB);
  EXPECT_GT(churn.heap().stats().cycles, 0u);
  uint64_t peak = 0;
  for (int i = 0; i < 150; ++i) {
    churn.run(10000);
    peak = std::max(peak, churn.heap().stats().pages_in_use * kPageBytes);
  }
  EXPECT_LE(peak, 32 * kMiB);
  EXPECT_LE(churn.heap().stats().committed_bytes, 40 * kMiB);
  EXPECT_GT(churn.heap().stats().cycles, 4u);
  EXPECT_LT(churn.heap().stats().cycles, 40u);
  EXPECT_FALSE(churn.heap().stats().limiting);
  expect_sound(churn.heap());
}

// What is alive does not fit: collection would take all the time. It takes half of it, and a little.
TEST(GoPacing, ALimitThatCannotBeKeptTakesNoMoreThanHalfOfTheTime) {
  HeapOptions options = roomy();
  options.memory_limit_bytes = 4 * kMiB;
  options.limiter_capacity = 4 * kMiB;
  Churn churn(options, 200000);
  churn.run(400000);
  const HeapStats before = churn.heap().stats();
  uint64_t limited = 0;
  for (int i = 0; i < 400; ++i) {
    churn.run(1000);
    limited += churn.heap().stats().limiting ? 1 : 0;
  }
  const HeapStats after = churn.heap().stats();
  const uint64_t mutator = 16 * (after.allocated_bytes - before.allocated_bytes);
  const uint64_t collector = 2 * (after.assist_work_bytes - before.assist_work_bytes +
                                  after.background_work_bytes - before.background_work_bytes);
  EXPECT_GT(after.cycles, before.cycles + 5) << "over and over";
  EXPECT_LE(collector, mutator + options.limiter_capacity + mutator / 10);
  EXPECT_GE(collector, mutator / 2) << "and it does try";
  EXPECT_GT(limited, 0u);
  EXPECT_GT(after.limiter_fill, options.limiter_capacity / 2);
  EXPECT_EQ(churn.heap().set_memory_limit(UINT64_MAX), 4 * kMiB);
  churn.run(1000000);
  EXPECT_FALSE(churn.heap().stats().limiting) << "it recovers";
  EXPECT_LT(churn.heap().stats().limiter_fill, after.limiter_fill);
}

TEST(GoPacing, SettingsCountAtOnceAndReturnTheOldOnes) {
  Heap heap(roomy());
  EXPECT_EQ(heap.stats().goal_bytes, 4 * kMiB);
  EXPECT_EQ(heap.set_gogc(50), 100);
  EXPECT_EQ(heap.stats().goal_bytes, 2 * kMiB);
  EXPECT_EQ(heap.set_gogc(-12), 50);
  EXPECT_EQ(heap.stats().goal_bytes, UINT64_MAX);
  EXPECT_EQ(heap.stats().gogc_percent, -1);
  EXPECT_EQ(heap.set_memory_limit(10 * kMiB), UINT64_MAX);
  EXPECT_EQ(heap.stats().goal_bytes, 9 * kMiB);
  EXPECT_EQ(heap.stats().memory_limit_bytes, 10 * kMiB);
  EXPECT_EQ(heap.set_gogc(0), -1);
  EXPECT_EQ(heap.stats().goal_bytes, 0u);
  expect_sound(heap);
}

// At every step of a cycle, with what the heap says checked after each.
TEST(GoPacing, SettingsMayChangeAtAnyMoment) {
  for (uint64_t seed = 0; seed < 8; ++seed) {
    Random random(seed);
    HeapOptions options;
    options.range_bytes = size_t{256} << 20;
    options.refill_sweep_spans = 1;
    options.limiter_capacity = 1 + random.below(100000);
    Churn churn(options, 2000);
    Heap& heap = churn.heap();
    Stepper step(heap);
    for (int i = 0; i < 120; ++i) {
      const int percents[] = {-1, 0, 1, 100, 1000, INT32_MAX};
      const uint64_t limits[] = {0, 1, kMiB, 2 * kMiB, 5 * kMiB, UINT64_MAX / 2, UINT64_MAX};
      switch (random.below(8)) {
        case 0:
          heap.set_gogc(percents[random.below(std::size(percents))]);
          break;
        case 1:
          heap.set_memory_limit(limits[random.below(std::size(limits))]);
          break;
        case 2:
          heap.idle(random.below(2000));
          break;
        case 3:
          step.start();
          break;
        case 4:
          heap.allocate(kBytes, random.below(200) << 10);
          break;
        default:
          churn.run(random.below(3000));
      }
      expect_sound(heap);
      ASSERT_FALSE(HasFailure()) << "seed " << seed << ", step " << i;
    }
    heap.set_gogc(-1);
    heap.set_memory_limit(UINT64_MAX);
    heap.collect();
    const uint64_t cycles = heap.stats().cycles;
    churn.run(20000);
    EXPECT_EQ(heap.stats().cycles, cycles) << "off is off, seed " << seed;
  }
}

TEST(GoPacing, ACycleThatRunsWhenCollectionIsTurnedOffEnds) {
  Churn churn(roomy(), 100000);
  churn.run(200000);
  while (churn.heap().phase() != Phase::kMark) churn.run(1);
  const uint64_t cycles = churn.heap().stats().cycles;
  churn.heap().set_gogc(-1);
  churn.run(1000000);
  EXPECT_EQ(churn.heap().stats().cycles, cycles + 1);
  EXPECT_EQ(churn.heap().phase(), Phase::kIdle);
}

// A heap that was large and is small from now on: idle memory goes back as the program allocates.
TEST(GoPacing, IdleMemoryGoesBackAsTheProgramAllocates) {
  Heap heap(roomy());
  {
    Root<Link> large(heap, static_cast<Link*>(heap.allocate(kBytes, 64 * kMiB)));
    heap.collect();
  }
  heap.collect();
  const auto retained_bytes = [&] {
    const HeapStats stats = heap.stats();
    return (stats.pages_in_use + stats.pages_free - stats.pages_released) * kPageBytes;
  };
  const uint64_t before = retained_bytes();
  EXPECT_GE(before, 64 * kMiB);
  const auto churn = [&](uint64_t bytes) {
    for (; bytes > 0; bytes -= 64 << 10) heap.allocate(kBytes, 64 << 10);
  };
  churn(160 * kMiB);
  EXPECT_LE(retained_bytes(), before - 9 * kMiB) << "a page for every sixteen";
  heap.set_memory_limit(20 * kMiB);
  churn(60 * kMiB);
  EXPECT_LE(retained_bytes(), 19 * kMiB + kPageBytes) << "above the limit, one for one";
  expect_sound(heap);
}

// The strategy alone
// -----------------------------------------------------------------------------------------

// golang/go's gcControllerCommit paces the scavenger, too: nobody waits for the next cycle.
TEST(GoPacing, ANewLimitCountsAtOnce) {
  GoPacing pacing(100, UINT64_MAX, 1);
  PacingView view{};
  view.committed_bytes = 64 * kMiB;
  view.free_bytes = 60 * kMiB;
  view.allocated_bytes = 100 * kMiB;
  EXPECT_EQ(pacing.decide(DecisionPoint::kAllocationSlow, view).scavenge_pages, 0u);
  pacing.set_memory_limit(20 * kMiB, view);
  view.allocated_bytes += 10 * kPageBytes;
  EXPECT_EQ(pacing.decide(DecisionPoint::kAllocationSlow, view).scavenge_pages, 10u);
  pacing.set_memory_limit(UINT64_MAX, view);
  view.allocated_bytes += 10 * kPageBytes;
  EXPECT_EQ(pacing.decide(DecisionPoint::kAllocationSlow, view).scavenge_pages, 0u);
}

TEST(GoPacing, CollectsBeforeAnAllocationFailsUnlessItIsOff) {
  for (const int percent : {100, -1}) {
    GoPacing pacing(percent, UINT64_MAX, 1);
    PacingView view{};
    EXPECT_EQ(pacing.decide(DecisionPoint::kAllocationFails, view).collect, percent >= 0);
    pacing.set_memory_limit(kMiB, view);
    EXPECT_TRUE(pacing.decide(DecisionPoint::kAllocationFails, view).collect);
  }
}

TEST(GoPacing, AnswersOnlyWhereAllocationIsSlowAndAtSafepoints) {
  GoPacing pacing(100, UINT64_MAX, 1);
  PacingView view{};
  view.retained_bytes = view.live_bytes = view.allocated_bytes = 100 * kMiB;
  for (unsigned point = 0; point < kDecisionPointCount; ++point) {
    const auto at = static_cast<DecisionPoint>(point);
    const bool answers = at == DecisionPoint::kAllocationSlow || at == DecisionPoint::kSafepoint;
    EXPECT_EQ(pacing.decide(at, view).start, answers) << name_of(at);
  }
}

// Views that no heap shows, in any order of phases: every decision stays within its bound.
TEST(GoPacing, NoDecisionIsUnbounded) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    Random random(seed);
    const auto any = [&] { return random.chance(1, 8) ? UINT64_MAX : random.next() >> random.below(64); };
    GoPacing pacing(static_cast<int>(random.below(400)) - 10, random.chance(1, 2) ? UINT64_MAX : any(),
                    1 + any() / 2);
    PacingView view{};
    for (int i = 0; i < 300; ++i) {
      const uint64_t allocated = random.chance(1, 20) ? any() / 512 : random.below(1 << 20);
      view.allocated_bytes += allocated;
      view.live_bytes = any();
      view.retained_bytes = any();
      view.scannable_bytes = any();
      view.sweep_pages_left = any();
      view.committed_bytes = any();
      view.free_bytes = any();
      view.heap_scan_bytes += any() >> 20;
      view.root_scan_bytes += any() >> 20;
      if (random.chance(1, 10)) {
        view.phase = static_cast<Phase>((static_cast<unsigned>(view.phase) + 1) % kPhaseCount);
        pacing.phase_changed(view);
        pacing.decide(DecisionPoint::kSafepoint, view);
        continue;
      }
      const PacingDecision decision = pacing.decide(DecisionPoint::kAllocationSlow, view);
      const uint64_t more = saturating_mul(allocated, 4);
      ASSERT_LE(saturating_add(decision.background_bytes, decision.assist_bytes),
                saturating_add(512 << 10, more))
          << "seed " << seed;
      ASSERT_LE(decision.sweep_pages, 256 + more / kPageBytes) << "seed " << seed;
      ASSERT_FALSE(decision.collect);
      ASSERT_EQ(decision.mark_units + decision.sweep_spans, 0u);
      view.background.bytes += decision.background_bytes;
      view.background.units += random.below(1000);
      view.assist.bytes += decision.assist_bytes;
      ASSERT_LE(pacing.limiter().fill(), pacing.limiter().capacity());
    }
  }
}

// A step of 8 KiB, when 6 KiB were allocated since.
TEST(GoPacing, AStepOfAnotherSizeBoundsDecisionsInProportion) {
  constexpr uint64_t kStep = 8 << 10;
  constexpr uint64_t kSpan = 6 << 10;
  GoPacing pacing(1, UINT64_MAX, UINT64_MAX, kStep);
  PacingView view{};
  view.phase = Phase::kMark;
  view.retained_bytes = view.live_bytes = view.scannable_bytes = 100 * kMiB;
  pacing.phase_changed(view);
  view.allocated_bytes = kSpan;
  const PacingDecision marks = pacing.decide(DecisionPoint::kAllocationSlow, view);
  EXPECT_EQ(marks.background_bytes + marks.assist_bytes, kStep + 4 * kSpan);
  view.phase = Phase::kSweep;
  view.sweep_pages_left = 1000;
  pacing.phase_changed(view);
  view.retained_bytes = 200 * kMiB;
  EXPECT_EQ(pacing.decide(DecisionPoint::kAllocationSlow, view).sweep_pages, kStep / 2048);
}

TEST(GoPacing, AnAssistIsAtLeastSixtyFourKibibytesAndItsSurplusIsCredit) {
  GoPacing pacing(100, UINT64_MAX, UINT64_MAX);
  PacingView view{};
  view.phase = Phase::kSweep;
  view.marked_bytes_last_cycle = view.retained_bytes = view.live_bytes = 100 * kMiB;
  view.heap_scan_bytes = 100 * kMiB;
  view.scannable_bytes = 100 * kMiB;
  pacing.phase_changed(view);
  view.phase = Phase::kIdle;
  pacing.phase_changed(view);
  view.allocated_bytes = 98 * kMiB;
  view.retained_bytes = view.live_bytes = view.scannable_bytes = 198 * kMiB;
  view.phase = Phase::kMark;
  pacing.phase_changed(view);
  uint64_t assists = 0, scanned = 0, background = 0;
  constexpr uint64_t kSpan = 128;  // so little at a time that the share of the background is little
  for (int i = 0; i < 2000; ++i) {
    view.allocated_bytes += kSpan;
    view.retained_bytes += kSpan;
    view.scannable_bytes += kSpan;
    const PacingDecision decision = pacing.decide(DecisionPoint::kAllocationSlow, view);
    background += decision.background_bytes;
    if (decision.assist_bytes > 0) {
      ++assists;
      ASSERT_GE(decision.assist_bytes + background, GoPacing::kStepBytes / GoPacing::kStepPerOverAssist);
      background = 0;
    }
    scanned += decision.assist_bytes + decision.background_bytes;
    view.assist.bytes += decision.assist_bytes;
    view.background.bytes += decision.background_bytes;
    view.heap_scan_bytes += decision.assist_bytes + decision.background_bytes;
  }
  const AssistRatio ratio = pacing.assist_ratio(view);
  EXPECT_GT(assists, 3u);
  EXPECT_LT(assists, 600u) << "credit lasts for several allocations";
  EXPECT_NEAR(static_cast<double>(scanned), static_cast<double>(ratio.work_for(2000 * kSpan)),
              static_cast<double>(ratio.work_for(2000 * kSpan)) / 5)
      << "in all, what the ratio asks for";
}

}  // namespace
}  // namespace gcmap
