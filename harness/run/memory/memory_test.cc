// Memory and pacing: it must be noticed when settings are not what was set, and when an allocation fails for
// no reason.
#include "harness/run/memory/memory.h"

#include <gtest/gtest.h>

#include "gcmap/out_of_memory.h"
#include "gcmap/step.h"
#include "harness/run/test_families.h"

namespace gcmap::harness {
namespace {

using Reason = OutOfMemory::Reason;

class MemoryTest : public testing::Test {
 protected:
  TestFamilies families_{config_of(MapKind::kU64)};
};

TEST_F(MemoryTest, WhatIsSetIsNotAccused) {
  EXPECT_EQ(oracle_of([&] {
              for (const uint16_t value : std::initializer_list<uint16_t>{1, 1000, 0, 50, 0}) {
                families_.run(SetGogcOperands{value});
                families_.run(SetLimitOperands{value});
                families_.run(SetSoftLimitOperands{value});
                families_.verify();
              }
            }),
            "");
}

TEST_F(MemoryTest, APercentageNobodySetIsG6) {
  families_.heap().set_gogc(70);
  EXPECT_EQ(oracle_of([&] { families_.run(SetGogcOperands{80}); }), "G6");
}

TEST_F(MemoryTest, ALimitNobodySetIsG6) {
  families_.heap().set_limit(100 * kPageBytes);
  EXPECT_EQ(oracle_of([&] { families_.run(SetLimitOperands{200}); }), "G6");
}

TEST_F(MemoryTest, ASoftLimitNobodySetIsG6) {
  families_.heap().set_memory_limit(100 * kPageBytes);
  EXPECT_EQ(oracle_of([&] { families_.run(SetSoftLimitOperands{200}); }), "G6");
}

TEST_F(MemoryTest, PagesBeyondTheLimitAreH11) {
  families_.run(NewOperands{r0, 4096});
  const uint64_t in_use = families_.heap().stats().pages_in_use;
  families_.run(SetLimitOperands{1});
  EXPECT_EQ(oracle_of([&] { families_.check_quickly(); }), "") << "they were in use before";
  families_.run(ReleaseOperands{r0});
  families_.heap().collect();
  EXPECT_EQ(oracle_of([&] { families_.check_quickly(); }), "");
  families_.heap().set_limit(SIZE_MAX);
  families_.run(NewOperands{r1, 2048});
  ASSERT_LT(families_.heap().stats().pages_in_use, in_use);
  EXPECT_EQ(oracle_of([&] { families_.check_quickly(); }), "H11") << "less than there once was";
}

TEST_F(MemoryTest, AnAllocationFailsAtTheLimitOnly) {
  families_.run(NewOperands{r0, 2});
  const uint64_t in_use = families_.heap().stats().pages_in_use;
  const OutOfMemory two_pages(Reason::kHeapLimit, 2 * kPageBytes, 0);
  families_->environment.recorder().on_point(DecisionPoint::kAllocationFails);
  EXPECT_FALSE(families_->memory.may_fail(two_pages)) << "there is no limit";
  families_.run(SetLimitOperands{static_cast<uint32_t>(in_use + 2)});
  EXPECT_FALSE(families_->memory.may_fail(two_pages)) << "they fit";
  families_.run(SetLimitOperands{static_cast<uint32_t>(in_use + 1)});
  EXPECT_TRUE(families_->memory.may_fail(two_pages));
  families_.run(SetLimitOperands{1});
  EXPECT_TRUE(families_->memory.may_fail(two_pages)) << "more than that is in use already";
  EXPECT_FALSE(families_->memory.may_fail(std::bad_alloc())) << "who does not say why";
  EXPECT_FALSE(families_->memory.may_fail(OutOfMemory(Reason::kRangeFull, 2 * kPageBytes, 0)));
  EXPECT_FALSE(families_->memory.may_fail(OutOfMemory(Reason::kInjected, 2 * kPageBytes, 0)))
      << "nobody asked for it";
  families_.run(FailOperands{1000});
  EXPECT_TRUE(families_->injection.failure_armed());
}

TEST_F(MemoryTest, NoAllocationFailsBeforeTheStrategyWasAskedForItself) {
  families_.run(SetLimitOperands{1});
  EventRecorder& recorder = families_->environment.recorder();
  const OutOfMemory error(Reason::kHeapLimit, 2 * kPageBytes, 0);
  EXPECT_FALSE(families_->memory.may_fail(error)) << "it never was";
  for (int failures = 0; failures < 2; ++failures) {
    recorder.on_point(DecisionPoint::kAllocationEntered);
    EXPECT_FALSE(families_->memory.may_fail(error)) << failures;
    recorder.on_point(DecisionPoint::kAllocationFails);
    EXPECT_TRUE(families_->memory.may_fail(error)) << failures;
  }
}

TEST_F(MemoryTest, TheHeapsOwnPacingCollectsBeforeAnAllocationFails) {
  Config config = config_of(MapKind::kU64);
  config.pacing = static_cast<uint32_t>(PacingKind::kGogc);
  TestFamilies families(config);
  families.run(NewOperands{r0, 2});
  families.run(SetLimitOperands{1});
  const auto judged = [&] {
    try {
      families.run(NewOperands{r1, 4096});
    } catch (const std::bad_alloc& error) {
      return families->memory.may_fail(error);
    }
    return false;
  };
  EXPECT_TRUE(judged());
  ManualPacing nobody;
  Stepper(families.heap()).set_pacing(&nobody);
  EXPECT_FALSE(judged()) << "nobody collected";
  families.run(SetGogcOperands{1000});
  EXPECT_TRUE(judged()) << "as it is off";
}

}  // namespace
}  // namespace gcmap::harness
