#include "gc/pacing/pacer.h"

#include <algorithm>

#include "gcmap/internal/base/check.h"

namespace gcmap {
namespace {

// Go's: found in simulation, the integral time then by hand on real programs, whose measurements are noisy.
constexpr PiController::Tuning kSmoothing = {
    .gain = 0.9, .integral_time = 4, .reset_time = 1000, .least = -1000, .greatest = 1000};

// With collection off, a cycle somebody has started is paced as if this were the percentage.
constexpr int kPercentWhenOff = 100000;

}  // namespace

Pacer::Pacer(int gogc_percent, uint64_t memory_limit_bytes)
    : gogc_percent_(std::max(gogc_percent, -1)), memory_limit_(memory_limit_bytes), smoothing_(kSmoothing) {
  commit({}, true);
}

int Pacer::set_gogc(int percent) {
  const int before = gogc_percent_;
  gogc_percent_ = std::max(percent, -1);
  return before;
}

uint64_t Pacer::set_memory_limit(uint64_t bytes) {
  const uint64_t before = memory_limit_;
  memory_limit_ = bytes;
  return before;
}

void Pacer::reset_live(uint64_t marked_bytes, uint64_t heap_scan_bytes, uint64_t root_scan_bytes) {
  marked_bytes_ = marked_bytes;
  last_heap_scan_ = heap_scan_bytes;
  last_root_scan_ = root_scan_bytes;
  triggered_ = kNever;
}

void Pacer::commit(const PacerFacts& facts, bool sweep_done) {
  sweep_floor_ = sweep_done ? 0 : saturating_add(facts.live_bytes, kSweepDistance);
  percent_goal_ = kNever;
  if (gogc_percent_ >= 0) {
    const auto percent = static_cast<uint64_t>(gogc_percent_);
    const uint64_t growth = saturating_scale(saturating_add(marked_bytes_, last_root_scan_), percent, 100);
    const uint64_t least = saturating_scale(kHeapMinimum, percent, 100);
    percent_goal_ = std::max(saturating_add(marked_bytes_, growth), least);
  }
  const double share = (1 - kGoalUtilization) / kGoalUtilization;
  runway_ = saturating_u64(cons_mark_ * share * static_cast<double>(expected_scan()));
}

// Goal and trigger ------------------------------------------------------------------------------------------

Pacer::GoalAndFloor Pacer::goal_and_floor(const PacerFacts& facts) const {
  uint64_t by_percent = std::max(percent_goal_, sweep_floor_);
  if (triggered_ != kNever) by_percent = std::max(by_percent, saturating_add(triggered_, kRunwayMin));
  const uint64_t by_limit = limit_goal(facts);
  if (by_limit < by_percent) return {by_limit, 0};
  return {by_percent, sweep_floor_};
}

uint64_t Pacer::limit_goal(const PacerFacts& facts) const {
  if (memory_limit_ == kNoLimit) return kNever;
  const uint64_t other =
      saturating_sub(saturating_sub(facts.committed_bytes, facts.free_bytes), facts.object_bytes);
  const uint64_t overage = saturating_sub(facts.committed_bytes, memory_limit_);
  const uint64_t taken = saturating_add(other, overage);
  if (taken >= memory_limit_) return marked_bytes_;
  const uint64_t room = saturating_sub(memory_limit_ - taken, kLimitHeadroom);
  return std::max({room, kLimitHeadroom, marked_bytes_});
}

Pacer::Bounds Pacer::bounds(const PacerFacts& facts) const {
  const auto [goal, trigger_floor] = goal_and_floor(facts);
  GCMAP_CHECK(goal >= marked_bytes_,
              "a goal of %llu bytes, of which %llu are alive: settings without a commit",
              static_cast<unsigned long long>(goal), static_cast<unsigned long long>(marked_bytes_));
  const uint64_t part = (goal - marked_bytes_) / kTriggerParts;
  const uint64_t least = std::max(trigger_floor, marked_bytes_ + part * kTriggerPartsLeast);
  const uint64_t greatest =
      std::max({marked_bytes_ + part * kTriggerPartsGreatest, saturating_sub(goal, kHeapMinimum), least});
  return {std::clamp(saturating_sub(goal, runway_), least, greatest), goal};
}

bool Pacer::due(const PacerFacts& facts) const {
  const Bounds now = bounds(facts);
  return now.goal != kNever && facts.live_bytes >= now.trigger;
}

// The running cycle -----------------------------------------------------------------------------------------

AssistRatio Pacer::revise(const PacerFacts& facts) const {
  uint64_t target = goal(facts);
  uint64_t scan_expected = expected_scan();
  const uint64_t scan_max = saturating_add(facts.scannable_bytes, facts.root_bytes);
  if (facts.scan_work > scan_expected) {
    const uint64_t divisor = std::max<uint64_t>(scan_expected, 1);
    const uint64_t ahead = saturating_scale(saturating_sub(target, triggered_), scan_max, divisor);
    const uint64_t behind = saturating_scale(saturating_sub(triggered_, target), scan_max, divisor);
    const auto percent = static_cast<uint64_t>(gogc_percent_ < 0 ? kPercentWhenOff : gogc_percent_);
    const uint64_t hard_goal = saturating_add(target, saturating_scale(target, percent, 100));
    target = std::min(saturating_sub(saturating_add(triggered_, ahead), behind), hard_goal);
    scan_expected = scan_max;
  }
  if (facts.live_bytes > target) {
    target = saturating_add(target, target / 10);
    scan_expected = scan_max;
  }
  return {std::max(saturating_sub(scan_expected, facts.scan_work), kScanWorkMin),
          std::max<uint64_t>(saturating_sub(target, facts.live_bytes), 1)};
}

void Pacer::end_cycle(const PacerFacts& facts, const CycleTime& time) {
  const uint64_t scanning = saturating_add(time.collector, time.idle);
  if (facts.live_bytes <= triggered_) return;
  if (facts.scan_work == 0 || time.mutator == 0) return;
  const double allocated = static_cast<double>(facts.live_bytes - triggered_);
  const double measured = allocated * static_cast<double>(scanning) /
                          (static_cast<double>(facts.scan_work) * static_cast<double>(time.mutator));
  cons_mark_ = smoothing_.next(cons_mark_, measured, 1).value_or(0);
}

}  // namespace gcmap
