// Standing still is noticed, coming on and resting are not. Each watch in a process of its own, which spins.
#include "harness/run/hang_watch.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "harness/program/operands.h"
#include "harness/run/program_watch.h"

namespace gcmap::harness {
namespace {

constexpr auto kClock = HangWatch::Clock::kProcessor;

void say_why(HangWatch::Clock, HangWatch::Why why) {
  std::_Exit(why == HangWatch::Why::kStands ? 10 : 20);
}

// Spins, for so many milliseconds of processor time, and comes on all the time if `moving`.
void spin(volatile uint32_t& progress, bool moving, uint64_t ms) {
  const auto end = std::clock() + static_cast<std::clock_t>(ms) * CLOCKS_PER_SEC / 1000;
  while (std::clock() < end) progress = progress + (moving ? 1 : 0);
}

constexpr uint64_t kForEverMs = 60'000;

[[noreturn]] void spin_watched(bool moving, uint64_t ms, uint64_t all_ms_max) {
  volatile uint32_t progress = 0;
  HangWatch::start(kClock, 1, say_why);
  HangWatch::watch(kClock, &progress, 10, all_ms_max);
  spin(progress, moving, ms);
  HangWatch::rest(kClock);
  spin(progress, false, ms);
  std::_Exit(0);
}

TEST(HangWatch, TellsOfWhatStandsStill) {
  EXPECT_EXIT(spin_watched(false, kForEverMs, UINT64_MAX), testing::ExitedWithCode(10), "");
}

// The system ticks every four milliseconds at worst: thirty times in each half.
TEST(HangWatch, TellsNothingOfWhatComesOnOrIsNotWatched) {
  EXPECT_EXIT(spin_watched(true, 120, UINT64_MAX), testing::ExitedWithCode(0), "");
}

TEST(HangWatch, TellsOfWhatComesToNoEnd) {
  EXPECT_EXIT(spin_watched(true, kForEverMs, 60), testing::ExitedWithCode(20), "");
}

TEST(ProgramWatch, AHangEndsTheProcessAndSaysWhere) {
  Program program;
  program.operations = {simplest_operation(OpKind::kPut), simplest_operation(OpKind::kErase)};
  const auto stand_at = [&](uint32_t operation) {
    volatile uint32_t progress = operation;
    const ProgramWatch watch(program, &progress);
    for (;;) static_cast<void>(progress);
  };
  EXPECT_DEATH(stand_at(1), "gcmap: HANG@erase: it came to no end within 500 ms of processor time");
  EXPECT_DEATH(stand_at(2), "gcmap: HANG@end: ");
}

}  // namespace
}  // namespace gcmap::harness
