// The pacer beside simulated programs of named shapes, with the thresholds of Go's TestGcPacer
// (runtime/mgcpacer_test.go of Go 1.19), whose idealized model this is: while it marks, a cycle spends the
// utilization that the assist ratio calls for, at least a quarter; allocation and scanning have rates.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <vector>

#include "gc/pacing/pacer.h"
#include "gcmap/internal/base/random.h"

namespace gcmap {
namespace {

constexpr double kKiB = 1024;
constexpr double kMiB = 1024 * kKiB;
constexpr double kGoal = Pacer::kGoalUtilization;
constexpr int kOff = -1;

// A number for each cycle, the first being 0.
using Stream = std::function<double(int cycle)>;

Stream constant(double value) {
  return [=](int) { return value; };
}
// From 0 to `height` over `length` cycles, beginning at `start`; then stays.
Stream ramp(double height, int length, int start = 0) {
  return [=](int cycle) { return height * std::clamp<double>(cycle - start, 0, length) / length; };
}
Stream peak(double height, int at) {
  return [=](int cycle) { return cycle == at ? height : 0; };
}
Stream oscillation(double amplitude, int period) {
  return [=](int cycle) { return amplitude * std::sin(2 * std::numbers::pi * (cycle % period) / period); };
}
// Between -amplitude and amplitude.
Stream jitter(double amplitude, uint64_t seed) {
  return [=](int cycle) {
    Random random(seed + static_cast<uint64_t>(cycle) * 0x9e3779b97f4a7c15);
    return amplitude * (static_cast<double>(random.next() >> 11) * 0x1p-52 - 1);
  };
}
Stream operator+(const Stream& a, const Stream& b) {
  return [=](int cycle) { return a(cycle) + b(cycle); };
}

struct Program {
  int percent = 100;
  uint64_t limit = Pacer::kNoLimit;
  double root_bytes = 40 * kKiB;
  Stream allocation_rate = constant(33);  // bytes a unit of time
  Stream scan_rate = constant(1024);
  Stream growth = constant(2) + ramp(-1, 12);  // of what is alive, from cycle to cycle
  Stream scannable = constant(1);              // share of it
  Stream large = constant(0);                  // bytes allocated at one stroke right after the trigger
  Stream new_percent = nullptr;                // set in the middle of marking
  int cycles = 50;
};

struct Cycle {
  double marked, trigger, peak, goal, utilization;
  double goal_ratio() const { return peak / goal; }
  double trigger_ratio() const { return (trigger - marked) / (goal - marked); }
};

uint64_t whole(double value) {
  return static_cast<uint64_t>(std::max(value, 0.0));
}

// One mark phase of a program, in slices of time short enough for the ratio to be constant in each.
class Simulation {
 public:
  explicit Simulation(const Program& program) : program_(program), pacer_(program.percent, program.limit) {}

  std::vector<Cycle> run() {
    std::vector<Cycle> cycles;
    for (int i = 0; i < program_.cycles; ++i) cycles.push_back(next(i));
    return cycles;
  }

 private:
  static constexpr double kSlice = 4096;  // time units

  PacerFacts facts() const {
    PacerFacts facts;
    facts.live_bytes = whole(live_);
    facts.scannable_bytes = whole(scannable_);
    facts.root_bytes = whole(program_.root_bytes);
    facts.scan_work = whole(roots_scanned_ + heap_scanned_);
    return facts;
  }

  // Whole bytes: a collector that takes all the time leaves none.
  void allocate(double bytes, double scannable_share) {
    bytes = std::floor(bytes);
    live_ += bytes;
    black_ += bytes;
    scannable_ += bytes * scannable_share;
  }

  Cycle next(int cycle) {
    const double share = std::clamp(program_.scannable(cycle), 0.0, 1.0);
    const double allocation_rate = std::max(program_.allocation_rate(cycle), 1e-4);
    const double scan_rate = std::max(program_.scan_rate(cycle), 1e-4);
    const double survivors =
        cycle == 0 ? 256 * kKiB : std::floor((marked_ - last_black_) * program_.growth(cycle));
    black_ = roots_scanned_ = heap_scanned_ = 0;
    live_ = std::max(live_, static_cast<double>(pacer_.bounds(facts()).trigger));
    scannable_ = std::max(scannable_, live_ * share);
    pacer_.start_cycle(facts());
    const double start = live_;
    allocate(program_.large(cycle), share);
    double roots_left = program_.root_bytes;
    double heap_left = survivors * share;
    double elapsed = 0, collector = 0;
    while (roots_left + heap_left > 0) {
      const AssistRatio assist = pacer_.revise(facts());
      const double ratio = static_cast<double>(assist.work) / static_cast<double>(assist.bytes);
      EXPECT_TRUE(std::isfinite(ratio));
      const double wanted = ratio * allocation_rate / (ratio * allocation_rate + scan_rate);
      const double utilization = std::max(wanted, kGoal);
      const double slice = std::min(kSlice, (roots_left + heap_left) / (scan_rate * utilization));
      const double roots = std::min(roots_left, slice * scan_rate * utilization);
      const double heap = std::min(heap_left, slice * scan_rate * utilization - roots);
      roots_left -= roots;
      heap_left = slice < kSlice ? 0 : heap_left - heap;
      if (slice < kSlice) roots_left = 0;
      roots_scanned_ += roots;
      heap_scanned_ += heap;
      allocate(slice * allocation_rate * (1 - utilization), share);
      elapsed += slice;
      collector += slice * utilization;
      if (program_.new_percent && elapsed == kSlice) {
        pacer_.set_gogc(static_cast<int>(program_.new_percent(cycle)));
        pacer_.commit(facts(), true);
      }
    }
    const Pacer::Bounds bounds = pacer_.bounds(facts());
    EXPECT_LE(bounds.trigger, bounds.goal);
    const Cycle result = {marked_, static_cast<double>(pacer_.triggered()), live_,
                          static_cast<double>(bounds.goal), collector / elapsed};
    EXPECT_GE(live_, start);
    pacer_.end_cycle(facts(), {whole(elapsed - collector), whole(collector), 0});
    marked_ = live_ = survivors + black_;
    scannable_ = heap_scanned_;
    pacer_.reset_live(whole(marked_), whole(heap_scanned_), whole(roots_scanned_));
    pacer_.commit(facts(), true);
    last_black_ = black_;
    return result;
  }

  const Program program_;
  Pacer pacer_;
  double marked_ = 0, live_ = 0, scannable_ = 0, black_ = 0, last_black_ = 0;
  double roots_scanned_ = 0, heap_scanned_ = 0;
};

// From cycle `from` to `to` (not included), each compared with the one before.
void expect_settled(const std::vector<Cycle>& cycles, size_t from, size_t to) {
  for (size_t i = from; i < to; ++i) {
    EXPECT_NEAR(cycles[i].utilization, cycles[i - 1].utilization, 0.005) << "cycle " << i;
    EXPECT_GE(cycles[i].goal_ratio(), 0.95) << "cycle " << i;
    EXPECT_LE(cycles[i].goal_ratio(), 1.05) << "cycle " << i;
  }
}
void expect_goal_utilization(const std::vector<Cycle>& cycles, size_t from, double slack = 0.005) {
  for (size_t i = from; i < cycles.size(); ++i)
    EXPECT_NEAR(cycles[i].utilization, kGoal, slack) << "cycle " << i;
}

TEST(PacerShapes, Steady) {
  const std::vector<Cycle> cycles = Simulation({}).run();
  expect_settled(cycles, 25, 50);
  expect_goal_utilization(cycles, 25);
}

TEST(PacerShapes, SteadyWithManyRoots) {
  const std::vector<Cycle> cycles =
      Simulation({.root_bytes = 128 * kMiB, .allocation_rate = constant(132)}).run();
  expect_settled(cycles, 25, 50);
  expect_goal_utilization(cycles, 25);
}

TEST(PacerShapes, AStepInTheRateOfAllocation) {
  for (const double step : {66.0, 330.0}) {
    const std::vector<Cycle> cycles =
        Simulation({.allocation_rate = constant(33) + ramp(step, 1, 50), .cycles = 100}).run();
    expect_settled(cycles, 25, 50);
    expect_settled(cycles, 75, 100);
  }
}

TEST(PacerShapes, AStepInTheScannableShare) {
  const std::vector<Cycle> cycles =
      Simulation(
          {.allocation_rate = constant(128), .scannable = constant(0.2) + ramp(0.5, 1, 50), .cycles = 100})
          .run();
  expect_settled(cycles, 25, 50);
  expect_settled(cycles, 75, 100);
}

// The heap grows fifteenfold at once: assists stay as they were, the goal gives way, but not beyond where the
// next cycle's would lie.
TEST(PacerShapes, AHighPercentageAndAGrowthAtOnce) {
  const std::vector<Cycle> cycles = Simulation({.percent = 1500,
                                                .allocation_rate = constant(165) + jitter(7, 0x53),
                                                .growth = constant(2) + ramp(-1, 12) + peak(14, 25)})
                                        .run();
  for (size_t i = 12; i < cycles.size(); ++i) {
    EXPECT_NEAR(cycles[i].utilization, kGoal, 0.03) << "cycle " << i;
    EXPECT_GE(cycles[i].goal_ratio(), 0.90) << "cycle " << i;
    EXPECT_LE(cycles[i].goal_ratio(), i == 25 ? 15 : 1.05) << "cycle " << i;
  }
}

TEST(PacerShapes, AnOscillatingRateOfAllocation) {
  const std::vector<Cycle> cycles = Simulation({.allocation_rate = constant(67) + oscillation(13, 8)}).run();
  for (size_t i = 13; i < cycles.size(); ++i) {
    EXPECT_GE(cycles[i].utilization, kGoal);
    EXPECT_LE(cycles[i].utilization, 0.3) << "cycle " << i;
    EXPECT_NEAR(cycles[i].goal_ratio(), 1, 0.05) << "cycle " << i;
  }
}

TEST(PacerShapes, AJitteryRateOfAllocation) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const std::vector<Cycle> cycles = Simulation({.allocation_rate = constant(132) + jitter(13, seed)}).run();
    for (size_t i = 13; i < cycles.size(); ++i) {
      EXPECT_LE(cycles[i].utilization, 0.33) << "seed " << seed << ", cycle " << i;
      EXPECT_NEAR(cycles[i].goal_ratio(), 1, 0.05) << "seed " << seed << ", cycle " << i;
    }
  }
}

TEST(PacerShapes, SlowAllocationKeepsADistanceBetweenTriggerAndGoal) {
  for (const int doublings : {3, 8}) {
    const std::vector<Cycle> cycles = Simulation({.allocation_rate = constant(1),
                                                  .scan_rate = constant(2048),
                                                  .growth = constant(2) + ramp(-1, doublings),
                                                  .scannable = constant(0.01)})
                                          .run();
    for (size_t i = static_cast<size_t>(doublings) + 1; i < cycles.size(); ++i) {
      EXPECT_NEAR(cycles[i].goal_ratio(), 0.975, 0.05) << "cycle " << i;
      EXPECT_NEAR(cycles[i].trigger_ratio(), 0.95, 0.025) << "cycle " << i;
    }
    expect_goal_utilization(cycles, 25);
  }
}

TEST(PacerShapes, ALargeHeapLeavesTheLeastHeapAsRunway) {
  const std::vector<Cycle> cycles = Simulation({.allocation_rate = constant(1),
                                                .scan_rate = constant(2048),
                                                .growth = constant(4) + ramp(-3, 12),
                                                .scannable = constant(0.01)})
                                        .run();
  for (size_t i = 14; i < cycles.size(); ++i)
    EXPECT_NEAR(cycles[i].goal - cycles[i].trigger, 4 * kMiB, 64 * kKiB) << "cycle " << i;
}

// Half a gigabyte in one allocation while 16 MiB are alive: the goal is gone, the rest is marked at any cost,
// and the next cycle is as if nothing had been.
TEST(PacerShapes, OneHugeAllocation) {
  const std::vector<Cycle> cycles =
      Simulation({.growth = constant(2) + ramp(-1, 12), .large = peak(512 * kMiB, 30)}).run();
  expect_settled(cycles, 25, 30);
  EXPECT_GT(cycles[30].utilization, 0.95);
  EXPECT_LT(cycles[30].peak - 512 * kMiB, cycles[30].goal * 1.25) << "on top of the one, no more than usual";
  for (size_t i = 31; i < cycles.size(); ++i) EXPECT_LE(cycles[i].goal_ratio(), 1.05) << "cycle " << i;
}

TEST(PacerShapes, ALimitThatIsFarAwayChangesNothing) {
  const std::vector<Cycle> cycles = Simulation({.limit = 512 << 20}).run();
  expect_settled(cycles, 25, 50);
  expect_goal_utilization(cycles, 25);
  for (const Cycle& cycle : cycles) EXPECT_LT(cycle.peak, 511 * kMiB);
}

TEST(PacerShapes, WithoutAPercentageTheLimitIsTheGoal) {
  for (const double growth : {2.0, 3.0}) {
    const std::vector<Cycle> cycles =
        Simulation({.percent = kOff, .limit = 512 << 20, .growth = constant(growth) + ramp(1 - growth, 12)})
            .run();
    for (const Cycle& cycle : cycles) EXPECT_EQ(cycle.goal, 511 * kMiB);
    expect_settled(cycles, 25, 50);
    expect_goal_utilization(cycles, 25);
  }
}

TEST(PacerShapes, AHeapThatFitsTheLimitStaysBelowIt) {
  const std::vector<Cycle> cycles =
      Simulation({.limit = 512 << 20, .growth = constant(3) + ramp(-2, 12)}).run();
  for (size_t i = 13; i < cycles.size(); ++i) EXPECT_EQ(cycles[i].goal, 511 * kMiB);
  expect_settled(cycles, 25, 50);
  expect_goal_utilization(cycles, 25);
}

// Limiting the collector's share is not the pacer's business.
TEST(PacerShapes, AHeapThatDoesNotFitIsCollectedAllTheTime) {
  for (const int percent : {100, kOff}) {
    const std::vector<Cycle> cycles =
        Simulation({.percent = percent, .limit = 512 << 20, .growth = constant(3.5) + ramp(-2.5, 12)}).run();
    for (size_t i = 13; i < cycles.size(); ++i) EXPECT_EQ(cycles[i].goal, cycles[i].marked) << "cycle " << i;
    for (size_t i = 25; i < cycles.size(); ++i) EXPECT_GT(cycles[i].utilization, 0.995) << "cycle " << i;
  }
}

TEST(PacerShapes, APercentageThatIsLoweredWhileMarkingIsKeptToAtOnce) {
  Program program;
  program.allocation_rate = constant(300);
  program.new_percent = [](int cycle) { return cycle < 30 ? 100 : 50; };
  const std::vector<Cycle> cycles = Simulation(program).run();
  expect_settled(cycles, 25, 30);
  EXPECT_GT(cycles[30].utilization, cycles[29].utilization + 0.1) << "the goal has come closer";
  for (size_t i = 40; i < cycles.size(); ++i) {
    EXPECT_NEAR(cycles[i].goal / cycles[i].marked, 1.5, 0.01) << "cycle " << i;
    EXPECT_NEAR(cycles[i].goal_ratio(), 1, 0.05) << "cycle " << i;
  }
}

TEST(PacerShapes, APercentageThatIsRaisedWhileMarkingGivesRoom) {
  Program program;
  program.allocation_rate = constant(300);
  program.new_percent = [](int cycle) { return cycle < 30 ? 100 : 400; };
  const std::vector<Cycle> cycles = Simulation(program).run();
  EXPECT_GT(cycles[29].utilization, 0.4);
  EXPECT_NEAR(cycles[30].utilization, kGoal, 0.01);
  for (size_t i = 45; i < cycles.size(); ++i)
    EXPECT_NEAR(cycles[i].goal / cycles[i].marked, 5, 0.05) << "cycle " << i;
}

}  // namespace
}  // namespace gcmap
