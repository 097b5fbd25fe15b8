// Each violation can be seen: state is broken on purpose, and nothing else is reported.
#include "gc/verify/pacing_verifier.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "gc/cycle/collector.h"
#include "gc/test_objects.h"

namespace gcmap {
namespace {

constexpr Type kBytes{.name = "bytes", .size = 1};

class PacingVerifierTest : public testing::Test {
 protected:
  PacingVerifierTest() {
    collector_.allocate(collector_.mutator(), kArray, 64);
    collector_.allocate(collector_.mutator(), kArray, 100000);
    collector_.allocate(collector_.mutator(), kBytes, 64);
  }

  static HeapOptions options() {
    HeapOptions options;
    options.range_bytes = size_t{64} << 20;
    options.gogc_percent = -1;
    return options;
  }

  // "H5 retained_bytes" and the like.
  std::vector<std::string> found() const {
    Violations violations;
    verify_pacing(collector_, &violations);
    std::vector<std::string> names;
    for (const Violation& violation : violations) names.push_back(violation.id + (" " + violation.path));
    return names;
  }

  Collector collector_{options()};
};

TEST_F(PacingVerifierTest, AHeapIsFineInEveryPhase) {
  EXPECT_EQ(found(), std::vector<std::string>{});
  collector_.start();
  EXPECT_EQ(found(), std::vector<std::string>{});
  collector_.allocate(collector_.mutator(), kBytes, 64);
  collector_.mark(UINT64_MAX);
  collector_.terminate();
  EXPECT_EQ(found(), std::vector<std::string>{});
  collector_.sweep(1);
  EXPECT_EQ(found(), std::vector<std::string>{});
  collector_.sweep(UINT64_MAX);
  EXPECT_EQ(found(), std::vector<std::string>{});
}

TEST_F(PacingVerifierTest, H5ObjectsThatWereNotCounted) {
  collector_.space().for_each_span([](Span& span) {
    if (!span.noscan() && !span.large()) span.free_index = 0;
  });
  EXPECT_EQ(found(), (std::vector<std::string>{"H5 retained_bytes", "H5 scannable_bytes"}));
}

TEST_F(PacingVerifierTest, H5ScannableBytesOff) {
  const_cast<SpaceCounters&>(collector_.space().counters()).scannable_allocated_bytes += 8;
  EXPECT_EQ(found(), std::vector<std::string>{"H5 scannable_bytes"});
}

TEST_F(PacingVerifierTest, H5WhatASweepWillFreeCounts) {
  collector_.start();
  collector_.mark(UINT64_MAX);
  collector_.terminate();
  ASSERT_EQ(collector_.view().retained_bytes, 0u);
  collector_.space().for_each_span([](Span& span) {
    if (span.noscan()) span.set_mark(0);
  });
  EXPECT_EQ(found(), std::vector<std::string>{"H5 retained_bytes"});
}

TEST_F(PacingVerifierTest, G6AGoalOfAnotherPhase) {
  collector_.set_gogc(0);
  ASSERT_EQ(found(), std::vector<std::string>{});
  PacingView view = collector_.view();
  view.phase = Phase::kMark;
  collector_.default_pacing().phase_changed(view);
  EXPECT_EQ(found(), std::vector<std::string>{"G6 goal"});
}

TEST_F(PacingVerifierTest, G6ALimitTheScavengerWasNotTold) {
  const uint64_t limit = uint64_t{1} << 40;
  collector_.set_memory_limit(limit);
  ASSERT_EQ(found(), std::vector<std::string>{});
  const_cast<Pacer&>(collector_.default_pacing().pacer()).set_memory_limit(limit + 100);
  EXPECT_EQ(found(), std::vector<std::string>{"G6 scavenge goal by limit"});
}

TEST_F(PacingVerifierTest, G6ASweepThatPlannedForLess) {
  collector_.start();
  collector_.mark(UINT64_MAX);
  collector_.terminate();
  ASSERT_GT(collector_.view().sweep_pages_left, 0u);
  const_cast<SweepPacer&>(collector_.default_pacing().sweep_pacer()).pace(0, 0, 0);
  EXPECT_EQ(found(), std::vector<std::string>{"G6 sweep"});
}

TEST_F(PacingVerifierTest, G6AnotherLiveHeap) {
  PacingView view = collector_.view();
  view.phase = Phase::kSweep;
  view.retained_bytes = 12345;
  collector_.default_pacing().phase_changed(view);
  EXPECT_EQ(found(), std::vector<std::string>{"G6 marked_bytes"});
}

}  // namespace
}  // namespace gcmap
