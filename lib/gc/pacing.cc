#include "gc/pacing.h"

#include <algorithm>

namespace gcmap {
namespace {

constexpr uint64_t kGoalBytesMin = uint64_t{4} << 20;  // at 100 percent

// The smallest scanned object: a unit of mark work per so many allocated bytes is never too little.
constexpr uint64_t kBytesPerMarkUnit = 8;

// Per payment: under a millisecond of marking. What is not paid stays owed.
constexpr uint64_t kMarkUnitsMax = 8192;

__extension__ using Wide = unsigned __int128;

uint64_t clamped(Wide value) {
  return value > UINT64_MAX ? UINT64_MAX : static_cast<uint64_t>(value);
}

}  // namespace

uint64_t GogcPacing::goal_bytes(int percent, uint64_t marked_bytes) {
  if (percent < 0) return UINT64_MAX;
  const auto share = static_cast<Wide>(percent);
  const uint64_t goal = clamped(marked_bytes + share * marked_bytes / 100);
  return std::max(goal, clamped(share * kGoalBytesMin / 100));
}

PacingDecision GogcPacing::decide(DecisionPoint point, const PacingView& view) {
  PacingDecision decision;
  if (point != DecisionPoint::kAllocationSlow && point != DecisionPoint::kSafepoint) return decision;
  const uint64_t goal = goal_bytes(percent_, view.marked_bytes_last_cycle);
  const uint64_t owed = view.allocated_bytes - std::min(paid_allocated_bytes_, view.allocated_bytes);
  switch (view.phase) {
    case Phase::kIdle:
      decision.start = percent_ >= 0 && view.live_bytes >= goal;
      paid_allocated_bytes_ = view.allocated_bytes;
      break;
    case Phase::kMark:
      decision.mark_units = std::min(owed / kBytesPerMarkUnit, kMarkUnitsMax);
      decision.terminate = true;
      paid_allocated_bytes_ = view.allocated_bytes - (owed - decision.mark_units * kBytesPerMarkUnit);
      break;
    case Phase::kSweep: {
      // Pages left over bytes left until the next cycle is due, for every byte allocated; all that is left
      // once none are. A span has at least one page.
      const uint64_t headroom = goal > view.live_bytes ? goal - view.live_bytes : 0;
      const auto due = static_cast<Wide>(view.sweep_pages_left) * owed;
      decision.sweep_spans = headroom == 0 ? view.sweep_pages_left : clamped(due / headroom);
      decision.sweep_spans = std::max<uint64_t>(1, std::min(decision.sweep_spans, view.sweep_pages_left));
      paid_allocated_bytes_ = view.allocated_bytes;
      break;
    }
    case Phase::kMarkTermination:
      break;
  }
  return decision;
}

}  // namespace gcmap
