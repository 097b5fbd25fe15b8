// The pacing strategies a program's configuration can choose.
#pragma once

#include <cstdint>
#include <memory>

#include "gc/pacing.h"
#include "harness/op.h"

namespace gcmap::harness {

// Collects the whole heap at every n-th arrival at one decision point. Finds missing roots; leaves no
// cycle open, so it says nothing about barriers.
class CollectAtPoint final : public PacingStrategy {
 public:
  CollectAtPoint(DecisionPoint point, uint32_t every) : point_(point), every_(every) {}

  PacingDecision decide(DecisionPoint point, const PacingView&) override {
    PacingDecision decision;
    decision.collect = point == point_ && ++arrivals_ % every_ == 0;
    return decision;
  }

 private:
  DecisionPoint point_;
  uint32_t every_;
  uint64_t arrivals_ = 0;
};

inline std::unique_ptr<PacingStrategy> make_pacing(const Config& config) {
  switch (static_cast<PacingKind>(config.pacing)) {
    case PacingKind::kManual:
      return std::make_unique<ManualPacing>();
    case PacingKind::kGogc:
      return std::make_unique<GogcPacing>(static_cast<int>(config.gogc));
    case PacingKind::kAllocation:
      return std::make_unique<CollectAtPoint>(DecisionPoint::kAllocationPublished, config.pacing_n);
    case PacingKind::kGrowth:
      return std::make_unique<CollectAtPoint>(DecisionPoint::kMapChainEvacuated, config.pacing_n);
  }
  return std::make_unique<ManualPacing>();
}

}  // namespace gcmap::harness
