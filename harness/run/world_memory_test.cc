// A world must notice when settings are not what was set, and when an allocation fails for no reason.
#include <gtest/gtest.h>

#include "gcmap/out_of_memory.h"
#include "gcmap/step.h"
#include "harness/run/test_world.h"
#include "harness/run/world.h"

namespace gcmap::harness {
namespace {

using Reason = OutOfMemory::Reason;

class WorldMemory : public testing::Test {
 protected:
  World world_{config_of(MapKind::kU64), true};
};

TEST_F(WorldMemory, WhatIsSetIsNotAccused) {
  EXPECT_EQ(oracle_of([&] {
              for (const uint32_t value : {1u, 1000u, 0u, 50u, 0u}) {
                world_.set_gogc(value);
                world_.set_limit(value);
                world_.set_soft_limit(value);
                world_.verify();
              }
            }),
            "");
}

TEST_F(WorldMemory, APercentageNobodySetIsG6) {
  world_.heap().set_gogc(70);
  EXPECT_EQ(oracle_of([&] { world_.set_gogc(80); }), "G6");
}

TEST_F(WorldMemory, ALimitNobodySetIsG6) {
  world_.heap().set_limit(100 * kPageBytes);
  EXPECT_EQ(oracle_of([&] { world_.set_limit(200); }), "G6");
}

TEST_F(WorldMemory, ASoftLimitNobodySetIsG6) {
  world_.heap().set_memory_limit(100 * kPageBytes);
  EXPECT_EQ(oracle_of([&] { world_.set_soft_limit(200); }), "G6");
}

TEST_F(WorldMemory, PagesBeyondTheLimitAreH11) {
  world_.make_object(0, 4096);
  const uint64_t in_use = world_.heap().stats().pages_in_use;
  world_.set_limit(1);
  EXPECT_EQ(oracle_of([&] { world_.check_quickly(); }), "") << "they were in use before";
  world_.release(0);
  world_.heap().collect();
  EXPECT_EQ(oracle_of([&] { world_.check_quickly(); }), "");
  world_.heap().set_limit(SIZE_MAX);
  world_.make_object(1, 2048);
  ASSERT_LT(world_.heap().stats().pages_in_use, in_use);
  EXPECT_EQ(oracle_of([&] { world_.check_quickly(); }), "H11") << "less than there once was";
}

TEST_F(WorldMemory, AnAllocationFailsAtTheLimitOnly) {
  world_.make_object(0, 2);
  const uint64_t in_use = world_.heap().stats().pages_in_use;
  const OutOfMemory two_pages(Reason::kHeapLimit, 2 * kPageBytes, 0);
  EXPECT_FALSE(world_.may_fail(two_pages)) << "there is no limit";
  world_.set_limit(static_cast<uint32_t>(in_use + 2));
  EXPECT_FALSE(world_.may_fail(two_pages)) << "they fit";
  world_.set_limit(static_cast<uint32_t>(in_use + 1));
  EXPECT_TRUE(world_.may_fail(two_pages));
  world_.set_limit(1);
  EXPECT_TRUE(world_.may_fail(two_pages)) << "more than that is in use already";
  EXPECT_FALSE(world_.may_fail(std::bad_alloc())) << "who does not say why";
  EXPECT_FALSE(world_.may_fail(OutOfMemory(Reason::kRangeFull, 2 * kPageBytes, 0)));
  EXPECT_FALSE(world_.may_fail(OutOfMemory(Reason::kInjected, 2 * kPageBytes, 0))) << "nobody asked for it";
  world_.arm_failure(1000);
  EXPECT_TRUE(world_.may_fail(OutOfMemory(Reason::kInjected, 2 * kPageBytes, 0)));
}

TEST_F(WorldMemory, TheHeapsOwnPacingCollectsBeforeAnAllocationFails) {
  Config config = config_of(MapKind::kU64);
  config.pacing = static_cast<uint32_t>(PacingKind::kGogc);
  World world(config, true);
  world.make_object(0, 2);
  world.set_limit(1);
  const auto judged = [&] {
    try {
      world.make_object(1, 4096);
    } catch (const std::bad_alloc& error) {
      return world.may_fail(error);
    }
    return false;
  };
  EXPECT_TRUE(judged());
  ManualPacing nobody;
  Stepper(world.heap()).set_pacing(&nobody);
  EXPECT_FALSE(judged()) << "nobody collected";
  world.set_gogc(1000);
  EXPECT_TRUE(judged()) << "as it is off";
}

}  // namespace
}  // namespace gcmap::harness
