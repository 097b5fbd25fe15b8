#include "gc/pacing/go_pacing.h"

#include <algorithm>

#include "gcmap/internal/base/sometimes.h"

namespace gcmap {
namespace {

uint64_t time_of(const MarkWork& work) {
  return saturating_add(work.bytes, saturating_mul(work.units, GoPacing::kTimePerMarkUnit));
}

uint64_t mutator_time(uint64_t allocated_bytes) {
  return saturating_mul(allocated_bytes, GoPacing::kTimePerAllocatedByte);
}

}  // namespace

GoPacing::GoPacing(int gogc_percent, uint64_t memory_limit_bytes, uint64_t limiter_capacity,
                   uint64_t step_bytes)
    : step_bytes_(step_bytes), pacer_(gogc_percent, memory_limit_bytes), limiter_(limiter_capacity) {
  scavenge_pacer_.set_goals(ScavengePacer::goals(0, 0, last_goal_, memory_limit_bytes));
}

PacingDecision GoPacing::decide(DecisionPoint point, const PacingView& view) {
  PacingDecision decision;
  decision.collect = point == DecisionPoint::kAllocationFails && enabled();
  if (point != DecisionPoint::kAllocationSlow && point != DecisionPoint::kSafepoint) return decision;
  const uint64_t allocated = saturating_sub(view.allocated_bytes, seen_.allocated_bytes);
  settle(view);
  decision.scavenge_pages = scavenge_pacer_.pages_due(view.allocated_bytes, view.committed_bytes);
  switch (view.phase) {
    case Phase::kIdle:
      decision.start = pacer_.due(facts(view));
      break;
    case Phase::kMark: {
      const uint64_t budget = saturating_add(step_bytes_, saturating_mul(allocated, kWorkPerAllocated));
      decision.background_bytes = std::min(background_due(view), budget);
      const uint64_t assist = assist_due(view, decision.background_bytes);
      const uint64_t room = limiter_room(view);
      if (assist > 0) held_back_ = assist > room;
      GCMAP_SOMETIMES(held_back_, "an assist waits because the collector has had half of the time");
      decision.assist_bytes = std::min({assist, budget - decision.background_bytes, room});
      decision.terminate = true;
      break;
    }
    case Phase::kMarkTermination:
      break;
    case Phase::kSweep: {
      const uint64_t pages = saturating_mul(allocated / kPageBytes, kWorkPerAllocated);
      const uint64_t budget = saturating_add(step_bytes_ / kStepPerSweepPage, pages);
      // The span about to be taken counts already: a sweep is never behind.
      const uint64_t live_bytes = saturating_add(view.retained_bytes, kPageBytes);
      const uint64_t due = sweep_pacer_.pages_due(live_bytes, view.sweep_pages_left);
      decision.sweep_pages = std::clamp<uint64_t>(due, 1, budget);
      break;
    }
  }
  return decision;
}

void GoPacing::phase_changed(const PacingView& view) {
  settle(view);
  switch (view.phase) {
    case Phase::kIdle:
      break;
    case Phase::kMark:
      start_ = view;
      background_credit_ = 0;
      assist_balance_ = 0;
      held_back_ = false;
      pacer_.start_cycle(facts(view));
      break;
    case Phase::kMarkTermination:
      last_goal_ = bounds(view).goal;
      last_in_use_bytes_ = saturating_sub(view.committed_bytes, view.free_bytes);
      pacer_.end_cycle(facts(view), cycle_time(view));
      break;
    case Phase::kSweep:
      pacer_.reset_live(view.retained_bytes, saturating_sub(view.heap_scan_bytes, start_.heap_scan_bytes),
                        saturating_sub(view.root_scan_bytes, start_.root_scan_bytes));
      commit(view);
      break;
  }
}

int GoPacing::set_gogc(int percent, const PacingView& view) {
  const int before = pacer_.set_gogc(percent);
  commit(view);
  return before;
}

uint64_t GoPacing::set_memory_limit(uint64_t bytes, const PacingView& view) {
  const uint64_t before = pacer_.set_memory_limit(bytes);
  commit(view);
  return before;
}

// A running sweep is paced anew: the trigger it has to be ready for has moved. So is the scavenger, at once,
// as in Go.
void GoPacing::commit(const PacingView& view) {
  const bool sweeping = view.phase == Phase::kSweep;
  pacer_.commit(facts(view), !sweeping);
  const Pacer::Bounds next = bounds(view);
  if (sweeping) sweep_pacer_.pace(view.retained_bytes, next.trigger, view.sweep_pages_left);
  scavenge_pacer_.set_goals(
      ScavengePacer::goals(last_in_use_bytes_, next.goal, last_goal_, pacer_.memory_limit()));
}

PacerFacts GoPacing::facts(const PacingView& view) const {
  PacerFacts facts;
  facts.live_bytes = view.retained_bytes;
  facts.scannable_bytes = view.scannable_bytes;
  facts.committed_bytes = view.committed_bytes;
  facts.free_bytes = view.free_bytes;
  facts.object_bytes = view.live_bytes;
  facts.root_bytes = pacer_.root_scan_bytes();
  if (view.phase != Phase::kMark && view.phase != Phase::kMarkTermination) return facts;
  const uint64_t roots = saturating_sub(view.root_scan_bytes, start_.root_scan_bytes);
  facts.root_bytes = std::max(facts.root_bytes, roots);
  facts.scan_work = saturating_add(saturating_sub(view.heap_scan_bytes, start_.heap_scan_bytes), roots);
  return facts;
}

CycleTime GoPacing::cycle_time(const PacingView& view) const {
  return {mutator_time(saturating_sub(view.allocated_bytes, start_.allocated_bytes)),
          saturating_add(time_of(view.assist.since(start_.assist)),
                         time_of(view.background.since(start_.background))),
          time_of(view.idle.since(start_.idle))};
}

// Adds what was done since the last call to the cycle's counters.
void GoPacing::settle(const PacingView& view) {
  const uint64_t allocated = saturating_sub(view.allocated_bytes, seen_.allocated_bytes);
  const MarkWork assist = view.assist.since(seen_.assist);
  const MarkWork background = view.background.since(seen_.background);
  const MarkWork idle = view.idle.since(seen_.idle);
  seen_ = view;
  limiter_.accumulate(mutator_time(allocated), saturating_add(time_of(assist), time_of(background)));
  if (view.phase != Phase::kMark) return;
  background_credit_ = saturating_rise(background_credit_, background.bytes);
  background_credit_ = saturating_rise(background_credit_, idle.bytes);
  assist_balance_ = saturating_fall(assist_balance_, allocated);
  if (assist.bytes == 0) return;
  const AssistRatio ratio = assist_ratio(view);
  assist_balance_ = saturating_rise(assist_balance_, saturating_add(ratio.bytes_for(assist.bytes), 1));
}

// Time it lacks to its share; a byte is at least a unit of time, so the share is not exceeded by much.
uint64_t GoPacing::background_due(const PacingView& view) const {
  const CycleTime time = cycle_time(view);
  const uint64_t elapsed = saturating_add(time.mutator, time.collector);
  const auto share = static_cast<uint64_t>(1 / Pacer::kGoalUtilization);
  return saturating_sub(elapsed / share, time_of(view.background.since(start_.background)));
}

// Bytes that fit the limiter at what scanning has cost in this cycle: none while it limits. The bucket
// forgets what is above its brim: an assist that overfilled it each time would take more than half of
// the time.
uint64_t GoPacing::limiter_room(const PacingView& view) const {
  MarkWork done = view.assist.since(start_.assist);
  done += view.background.since(start_.background);
  return saturating_scale(limiter_.headroom(), std::max<uint64_t>(done.bytes, 1),
                          std::max<uint64_t>(time_of(done), 1));
}

// What an allocation has to scan for its debt, once it has taken the credit there is; `background_bytes` are
// about to be added to that.
uint64_t GoPacing::assist_due(const PacingView& view, uint64_t background_bytes) {
  if (assist_balance_ >= 0) return 0;
  const AssistRatio ratio = assist_ratio(view);
  uint64_t debt = uint64_t{0} - static_cast<uint64_t>(assist_balance_);
  uint64_t work = ratio.work_for(debt);
  if (const uint64_t least = step_bytes_ / kStepPerOverAssist; work < least) {
    work = least;
    debt = ratio.bytes_for(work);
  }
  const int64_t credit = saturating_rise(background_credit_, background_bytes);
  const uint64_t stolen = std::min(credit > 0 ? static_cast<uint64_t>(credit) : 0, work);
  background_credit_ = saturating_fall(background_credit_, stolen);
  GCMAP_SOMETIMES(stolen > 0 && stolen < work, "an assist pays in part with background credit");
  const uint64_t paid = stolen < work ? saturating_add(ratio.bytes_for(stolen), 1) : debt;
  assist_balance_ = saturating_rise(assist_balance_, paid);
  return work - stolen;
}

}  // namespace gcmap
