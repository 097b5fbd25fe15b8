// The pacing strategies a program can choose: by its configuration, and step by step.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "gcmap/internal/gc/pacing/pacing.h"
#include "gcmap/step.h"
#include "harness/oracle/event_recorder.h"
#include "harness/program/op.h"

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

// The heap's own strategy, whose percentage is an option of the heap; every decision is judged (G12).
class OwnPacing final : public PacingStrategy {
 public:
  // Null: nobody judges. Not owned.
  OwnPacing(Heap& heap, EventRecorder* recorder) : own_(Stepper(heap).own_pacing()), recorder_(recorder) {}
  PacingDecision decide(DecisionPoint point, const PacingView& view) override {
    const PacingDecision decision = own_.decide(point, view);
    if (recorder_ != nullptr) recorder_->pacing().judge(point, view, decision, recorder_->cycles());
    return decision;
  }

 private:
  PacingStrategy& own_;
  EventRecorder* recorder_;
};

// Does the heap's own strategy decide?
inline bool is_own(PacingKind pacing) {
  return pacing == PacingKind::kGogc || pacing == PacingKind::kGogcSmall;
}

inline std::unique_ptr<PacingStrategy> make_pacing(const Config& config, Heap& heap,
                                                   EventRecorder* recorder) {
  switch (static_cast<PacingKind>(config.pacing)) {
    case PacingKind::kManual:
      return std::make_unique<ManualPacing>();
    case PacingKind::kGogc:
    case PacingKind::kGogcSmall:
      return std::make_unique<OwnPacing>(heap, recorder);
    case PacingKind::kAllocation:
      return std::make_unique<CollectAtPoint>(DecisionPoint::kAllocationPublished, config.pacing_n);
    case PacingKind::kGrowth:
      return std::make_unique<CollectAtPoint>(DecisionPoint::kMapChainEvacuated, config.pacing_n);
  }
  return std::make_unique<ManualPacing>();
}

// The configuration's strategy, and on top of it the steps a program has armed for its next operation: any
// operation can have any collector step inside it.
class ScriptedPacing final : public PacingStrategy {
 public:
  // `base`, unless null, stands in for the configuration's. `recorder`: whose oracle judges the heap's own;
  // null: none does. Neither is owned.
  ScriptedPacing(const Config& config, Heap& heap, EventRecorder* recorder, PacingStrategy* base = nullptr)
      : owned_(base == nullptr ? make_pacing(config, heap, recorder) : nullptr),
        base_(base == nullptr ? *owned_ : *base) {}

  // At the `arrival`-th arrival at `point` from now on, the decision is also this.
  void arm(DecisionPoint point, uint32_t arrival, const PacingDecision& decision) {
    armed_.push_back({point, arrival, decision});
  }
  void disarm() { armed_.clear(); }
  bool armed() const { return !armed_.empty(); }

  PacingDecision decide(DecisionPoint point, const PacingView& view) override {
    PacingDecision decision = base_.decide(point, view);
    for (Arm& arm : armed_) {
      if (arm.point == point && arm.arrivals_left > 0 && --arm.arrivals_left == 0)
        add(arm.decision, decision);
    }
    return decision;
  }

 private:
  struct Arm {
    DecisionPoint point;
    uint32_t arrivals_left;
    PacingDecision decision;
  };

  static void add(const PacingDecision& more, PacingDecision& decision) {
    decision.start |= more.start;
    decision.mark_units += more.mark_units;
    decision.terminate |= more.terminate;
    decision.sweep_spans += more.sweep_spans;
    decision.collect |= more.collect;
    decision.scavenge_pages += more.scavenge_pages;
  }

  std::unique_ptr<PacingStrategy> owned_;
  PacingStrategy& base_;
  std::vector<Arm> armed_;
};

}  // namespace gcmap::harness
