// A world must notice when settings are not what was set, and when an allocation fails for no reason.
#include <gtest/gtest.h>

#include "gcmap/out_of_memory.h"
#include "gcmap/step.h"
#include "harness/run/test_world.h"

namespace gcmap::harness {
namespace {

using Reason = OutOfMemory::Reason;

class WorldMemory : public testing::Test {
 protected:
  TestWorld world_{config_of(MapKind::kU64)};
};

TEST_F(WorldMemory, WhatIsSetIsNotAccused) {
  EXPECT_EQ(oracle_of([&] {
              for (const uint16_t value : std::initializer_list<uint16_t>{1, 1000, 0, 50, 0}) {
                world_.run(SetGogcOperands{value});
                world_.run(SetLimitOperands{value});
                world_.run(SetSoftLimitOperands{value});
                world_.verify();
              }
            }),
            "");
}

TEST_F(WorldMemory, APercentageNobodySetIsG6) {
  world_.heap().set_gogc(70);
  EXPECT_EQ(oracle_of([&] { world_.run(SetGogcOperands{80}); }), "G6");
}

TEST_F(WorldMemory, ALimitNobodySetIsG6) {
  world_.heap().set_limit(100 * kPageBytes);
  EXPECT_EQ(oracle_of([&] { world_.run(SetLimitOperands{200}); }), "G6");
}

TEST_F(WorldMemory, ASoftLimitNobodySetIsG6) {
  world_.heap().set_memory_limit(100 * kPageBytes);
  EXPECT_EQ(oracle_of([&] { world_.run(SetSoftLimitOperands{200}); }), "G6");
}

TEST_F(WorldMemory, PagesBeyondTheLimitAreH11) {
  world_.run(NewOperands{r0, 4096});
  const uint64_t in_use = world_.heap().stats().pages_in_use;
  world_.run(SetLimitOperands{1});
  EXPECT_EQ(oracle_of([&] { world_.check_quickly(); }), "") << "they were in use before";
  world_.run(ReleaseOperands{r0});
  world_.heap().collect();
  EXPECT_EQ(oracle_of([&] { world_.check_quickly(); }), "");
  world_.heap().set_limit(SIZE_MAX);
  world_.run(NewOperands{r1, 2048});
  ASSERT_LT(world_.heap().stats().pages_in_use, in_use);
  EXPECT_EQ(oracle_of([&] { world_.check_quickly(); }), "H11") << "less than there once was";
}

TEST_F(WorldMemory, AnAllocationFailsAtTheLimitOnly) {
  world_.run(NewOperands{r0, 2});
  const uint64_t in_use = world_.heap().stats().pages_in_use;
  const OutOfMemory two_pages(Reason::kHeapLimit, 2 * kPageBytes, 0);
  EXPECT_FALSE(world_.families().memory.may_fail(two_pages)) << "there is no limit";
  world_.run(SetLimitOperands{static_cast<uint32_t>(in_use + 2)});
  EXPECT_FALSE(world_.families().memory.may_fail(two_pages)) << "they fit";
  world_.run(SetLimitOperands{static_cast<uint32_t>(in_use + 1)});
  EXPECT_TRUE(world_.families().memory.may_fail(two_pages));
  world_.run(SetLimitOperands{1});
  EXPECT_TRUE(world_.families().memory.may_fail(two_pages)) << "more than that is in use already";
  EXPECT_FALSE(world_.families().memory.may_fail(std::bad_alloc())) << "who does not say why";
  EXPECT_FALSE(world_.families().memory.may_fail(OutOfMemory(Reason::kRangeFull, 2 * kPageBytes, 0)));
  EXPECT_FALSE(world_.families().memory.may_fail(OutOfMemory(Reason::kInjected, 2 * kPageBytes, 0)))
      << "nobody asked for it";
  world_.run(FailOperands{1000});
  EXPECT_TRUE(world_.families().injection.failure_armed());
}

TEST_F(WorldMemory, TheHeapsOwnPacingCollectsBeforeAnAllocationFails) {
  Config config = config_of(MapKind::kU64);
  config.pacing = static_cast<uint32_t>(PacingKind::kGogc);
  TestWorld world(config);
  world.run(NewOperands{r0, 2});
  world.run(SetLimitOperands{1});
  const auto judged = [&] {
    try {
      world.run(NewOperands{r1, 4096});
    } catch (const std::bad_alloc& error) {
      return world.families().memory.may_fail(error);
    }
    return false;
  };
  EXPECT_TRUE(judged());
  ManualPacing nobody;
  Stepper(world.heap()).set_pacing(&nobody);
  EXPECT_FALSE(judged()) << "nobody collected";
  world.run(SetGogcOperands{1000});
  EXPECT_TRUE(judged()) << "as it is off";
}

}  // namespace
}  // namespace gcmap::harness
