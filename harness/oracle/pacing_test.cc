// Decisions of the heap's own pacing: sound ones pass, and whatever else is decided or done is G12.
#include "harness/oracle/pacing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>

#include "gcmap/handles.h"
#include "gcmap/step.h"
#include "harness/oracle/event_recorder.h"
#include "harness/subject/node.h"

namespace gcmap::harness {
namespace {

using Change = std::function<void(DecisionPoint, const PacingView&, PacingDecision&)>;

// The heap's own strategy, but for what `decides` changes before it is judged and `does` afterwards.
class ChangedPacing final : public PacingStrategy {
 public:
  ChangedPacing(Heap& heap, EventRecorder& recorder)
      : own_(Stepper(heap).own_pacing()), recorder_(recorder) {}

  PacingDecision decide(DecisionPoint point, const PacingView& view) override {
    PacingDecision decision = own_.decide(point, view);
    if (decides) decides(point, view, decision);
    recorder_.pacing().judge(point, view, decision, recorder_.cycles());
    if (decision.assist_bytes > 0) ++assists;
    marked_most = std::max(marked_most, decision.assist_bytes + decision.background_bytes);
    if (does) does(point, view, decision);
    return decision;
  }

  Change decides;
  Change does;
  uint64_t assists = 0;
  uint64_t marked_most = 0;

 private:
  PacingStrategy& own_;
  EventRecorder& recorder_;
};

HeapOptions options_of(uint32_t step_bytes, int percent) {
  HeapOptions options;
  options.pacing_step_bytes = step_bytes;
  options.gogc_percent = percent;
  options.mark_piece_bytes = 64;
  return options;
}

// A heap of which a list of objects is alive, and gets longer.
class PacedHeap {
 public:
  explicit PacedHeap(const HeapOptions& options)
      : heap_(options), recorder_(heap_, graph_, 0, options), pacing_(heap_, recorder_), list_(heap_) {
    Stepper(heap_).set_event_sink(&recorder_);
    Stepper(heap_).set_pacing(&pacing_);
  }
  ~PacedHeap() {
    Stepper(heap_).set_pacing(nullptr);
    Stepper(heap_).set_event_sink(nullptr);
  }

  // Objects of so many cells each, of which every `every`-th stays.
  void allocate(uint32_t objects, uint32_t cells, uint32_t every = 4) {
    for (uint32_t i = 0; i < objects; ++i) {
      Node* const node = make_node(heap_, cells, 0, kNoObject);
      if (i % every != 0) continue;
      node->set_link(0, list_.get());
      list_ = node;
    }
  }

  Heap& heap() { return heap_; }
  ChangedPacing& pacing() { return pacing_; }
  uint64_t cycles() const { return recorder_.cycles(); }
  // What the oracle says, in words; empty if it says nothing.
  std::string complaint() {
    const auto failure = recorder_.take_failure();
    return failure ? failure->oracle + ": " + failure->detail : "";
  }

 private:
  Heap heap_;
  ModelGraph graph_;
  EventRecorder recorder_;
  ChangedPacing pacing_;
  Root<Node> list_;
};

TEST(PacingOracle, SoundDecisionsAreNotAccused) {
  for (const uint32_t step_bytes : {uint32_t{8} << 10, uint32_t{512} << 10}) {
    for (const int percent : {0, 1, 25, 100}) {
      PacedHeap paced(options_of(step_bytes, percent));
      for (uint32_t round = 0; round < 40; ++round) {
        paced.allocate(400, 2 + round % 7 * 8);
        paced.allocate(1, round % 5 == 0 ? 4096 : 2);
        if (round % 3 == 0) paced.heap().idle(round);
        if (round % 11 == 0) paced.heap().safepoint();
        if (round % 13 == 0) paced.heap().set_gogc(percent + static_cast<int>(round));
        if (round == 20) paced.heap().collect();
        if (round == 25) Stepper(paced.heap()).start();
        if (round == 30) paced.heap().set_memory_limit(uint64_t{3} << 20);
        ASSERT_EQ(paced.complaint(), "") << step_bytes << " " << percent << " " << round;
      }
      EXPECT_GT(paced.cycles(), 1u);
      if (percent < 100) EXPECT_GT(paced.pacing().assists, 0u) << step_bytes << " " << percent;
      if (step_bytes < 64 << 10) {
        EXPECT_GT(paced.pacing().marked_most, step_bytes) << "the bound is met";
      }
    }
  }
}

// What the heap then says, when it is paced with a change at the n-th decision in a phase.
std::string complaint_of(Phase phase, uint32_t nth, bool done_only,
                         const std::function<void(PacingDecision&)>& change) {
  PacedHeap paced(options_of(8 << 10, 10));  // the first cycle begins at some 300 KiB
  uint32_t arrivals = 0;
  const Change at_nth = [&](DecisionPoint point, const PacingView& view, PacingDecision& decision) {
    const bool decides = point == DecisionPoint::kAllocationSlow || point == DecisionPoint::kSafepoint;
    if (decides && view.phase == phase && ++arrivals == nth) change(decision);
  };
  (done_only ? paced.pacing().does : paced.pacing().decides) = at_nth;
  paced.allocate(20'000, 8, 1);
  EXPECT_GE(arrivals, nth);
  return paced.complaint();
}

TEST(PacingOracle, AnythingElseIsG12) {
  struct Case {
    const char* says;
    Phase phase;
    std::function<void(PacingDecision&)> change;
  };
  const Case cases[] = {
      {"a decision marks more than its bound", Phase::kMark, [](auto& d) { d.assist_bytes += 1 << 20; }},
      {"the share of the background", Phase::kMark, [](auto& d) { ++d.background_bytes; }},
      {"what an assist scans", Phase::kMark, [](auto& d) { ++d.assist_bytes; }},
      {"bytes marked where none are to be", Phase::kSweep, [](auto& d) { d.background_bytes = 1; }},
      {"pages that a decision sweeps", Phase::kSweep, [](auto& d) { d.sweep_pages = 0; }},
      {"pages that a decision sweeps", Phase::kSweep, [](auto& d) { d.sweep_pages = 1000; }},
      {"pages swept where none are to be", Phase::kMark, [](auto& d) { d.sweep_pages = 1; }},
  };
  for (const Case& each : cases) {
    for (const uint32_t nth : {1u, 2u, 4u}) {
      const std::string complaint = complaint_of(each.phase, nth, false, each.change);
      EXPECT_EQ(complaint.substr(0, complaint.find(": ", 5)), "G12: " + std::string(each.says)) << nth;
    }
  }
}

TEST(PacingOracle, WhatIsDoneOtherwiseThanDecidedIsG12) {
  const auto expect_told = [](const char* says, const std::function<void(PacingDecision&)>& change) {
    const std::string complaint = complaint_of(Phase::kMark, 2, true, change);
    EXPECT_NE(complaint.find(says), std::string::npos) << complaint;
  };
  expect_told("the background scanned more than was decided", [](auto& d) { d.background_bytes += 4096; });
  expect_told("an assist scanned more than was decided", [](auto& d) { d.assist_bytes += 4096; });
  expect_told("scanned less than was decided", [](auto& d) { d.background_bytes = d.assist_bytes = 0; });
}

}  // namespace
}  // namespace gcmap::harness
