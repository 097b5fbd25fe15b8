// A turn's bounds, on a clock that the test moves.
#include "harness/mutate/fuzz_turn.h"

#include <gtest/gtest.h>
#include <stdlib.h>

namespace gcmap::harness {
namespace {

TEST(FuzzTurn, FilesBeyondTheLoadingTimeAreSkipped) {
  FuzzTurn turn({.loading_seconds = 2});
  EXPECT_TRUE(turn.begin(100));
  EXPECT_TRUE(turn.begin(102));
  EXPECT_FALSE(turn.begin(102.5));
  EXPECT_EQ(turn.loading_line(), "gcmap-loading loaded=2 skipped=1\n");
  EXPECT_EQ(turn.line(), "gcmap-turn loaded=2 skipped=1 mutated=0\n");
}

TEST(FuzzTurn, FuzzingTimeBeginsWithTheFirstMutation) {
  FuzzTurn turn({.loading_seconds = 2, .fuzzing_seconds = 10});
  EXPECT_TRUE(turn.begin(0));
  EXPECT_FALSE(turn.fuzzing());
  EXPECT_FALSE(turn.over(50));
  EXPECT_TRUE(turn.fuzzing());
  turn.mutated();
  EXPECT_TRUE(turn.begin(55));
  EXPECT_FALSE(turn.over(59));
  EXPECT_TRUE(turn.over(60.5));
}

TEST(FuzzTurn, OnlyMutatedProgramsCountAsSuch) {
  FuzzTurn turn({.mutated_max = 2});
  EXPECT_TRUE(turn.begin(0));
  for (int i = 0; i < 2; ++i) {
    EXPECT_FALSE(turn.over(1));
    turn.mutated();
    EXPECT_TRUE(turn.begin(1));
    EXPECT_TRUE(turn.begin(1));  // found by another process and loaded meanwhile
  }
  EXPECT_TRUE(turn.over(1));
  EXPECT_EQ(turn.line(), "gcmap-turn loaded=3 skipped=0 mutated=2\n");
}

TEST(FuzzTurn, WhatOthersFindTakesAThirdOfTheFuzzingTimeAtMost) {
  FuzzTurn turn({});
  double now = 0;
  int reloaded = 0;
  while (now < 90) {
    EXPECT_FALSE(turn.over(now));
    turn.mutated();
    EXPECT_TRUE(turn.begin(now));
    now += 1;
    for (int i = 0; i < 10; ++i) {
      if (!turn.begin(now)) continue;
      now += 1;
      ++reloaded;
    }
  }
  EXPECT_GE(reloaded, 28);
  EXPECT_LE(reloaded, 32);
}

TEST(FuzzTurn, LimitsComeFromTheEnvironment) {
  ::setenv("GCMAP_LOADING_SECONDS", "2.5", 1);
  ::setenv("GCMAP_MUTATED_MAX", "70", 1);
  ::setenv("GCMAP_FUZZING_SECONDS", "soon", 1);
  const FuzzLimits limits = limits_of_environment();
  for (const char* name : {"GCMAP_LOADING_SECONDS", "GCMAP_MUTATED_MAX", "GCMAP_FUZZING_SECONDS"})
    ::unsetenv(name);
  EXPECT_EQ(limits.loading_seconds, 2.5);
  EXPECT_EQ(limits.mutated_max, 70u);
  EXPECT_EQ(limits.fuzzing_seconds, FuzzLimits().fuzzing_seconds);
  for (const char* no_number : {"nan", "-1", "0", "5 min", ""}) {
    ::setenv("GCMAP_LOADING_SECONDS", no_number, 1);
    EXPECT_EQ(limits_of_environment().loading_seconds, FuzzLimits().loading_seconds) << no_number;
  }
  ::unsetenv("GCMAP_LOADING_SECONDS");
}

}  // namespace
}  // namespace gcmap::harness
