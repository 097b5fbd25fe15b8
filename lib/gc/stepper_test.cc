#include "gcmap/step.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "gcmap/handles.h"
#include "gcmap/internal/alloc/span.h"
#include "gcmap/internal/gc/verify/inspector.h"

namespace gcmap {
namespace {

struct Node {
  Member<Node> next;
  void trace(Visitor& visitor) const { visitor.trace(next); }
};

HeapOptions small_heap() {
  HeapOptions options;
  options.range_bytes = size_t{64} << 20;
  options.gogc_percent = -1;
  return options;
}

void expect_sound(const Heap& heap) {
  for (const Violation& v : heap.verify()) ADD_FAILURE() << v.id << " " << v.path << ": " << v.detail;
}

class StepperTest : public testing::Test {
 protected:
  StepperTest() : heap_(small_heap()), step_(heap_), head_(heap_) {}

  void push_nodes(int count) {
    for (int i = 0; i < count; ++i) {
      Local<Node> node(heap_, make<Node>(heap_));
      node->next = head_.get();
      head_ = node.get();
    }
  }

  Heap heap_;
  Stepper step_;
  Root<Node> head_;
};

TEST_F(StepperTest, StepsOutOfPhaseDoNothingAndSaySo) {
  push_nodes(3);
  EXPECT_FALSE(step_.mark(10));
  EXPECT_FALSE(step_.terminate());
  EXPECT_TRUE(step_.sweep(10)) << "already idle";
  EXPECT_TRUE(step_.start());
  EXPECT_FALSE(step_.start());
  EXPECT_FALSE(step_.terminate()) << "roots are not scanned";
  EXPECT_FALSE(step_.sweep(10));
  EXPECT_EQ(step_.phase(), Phase::kMark);
  EXPECT_TRUE(step_.mark(1000));
  EXPECT_TRUE(step_.terminate());
  EXPECT_EQ(step_.phase(), Phase::kSweep);
  EXPECT_FALSE(step_.start());
  EXPECT_TRUE(step_.sweep(1000));
  EXPECT_EQ(heap_.stats().cycles, 1u);
  EXPECT_EQ(heap_.stats().live_objects, 3u);
}

TEST_F(StepperTest, MarkDoesExactlyTheUnitsAsked) {
  push_nodes(10);
  step_.start();
  EXPECT_FALSE(step_.mark(0));
  EXPECT_EQ(heap_.stats().mark_work, 0u);
  for (uint64_t unit = 1; unit <= 10; ++unit) {
    EXPECT_FALSE(step_.mark(1));
    EXPECT_EQ(heap_.stats().mark_work, unit);
  }
  EXPECT_TRUE(step_.mark(1)) << "one piece of roots and ten objects";
  EXPECT_TRUE(step_.mark(100));
  EXPECT_EQ(heap_.stats().mark_work, 11u);
}

TEST_F(StepperTest, AnEmptyHeapGoesThroughTheWholeCycle) {
  EXPECT_TRUE(step_.start());
  while (!step_.mark(1)) {
  }
  EXPECT_TRUE(step_.terminate());
  EXPECT_TRUE(step_.sweep(0)) << "nothing is left to sweep";
  EXPECT_EQ(heap_.stats().cycles, 1u);
}

TEST_F(StepperTest, LargeArraysAreMarkedInPieces) {
  static constexpr uint32_t kZero = 0;
  Type array;
  array.name = "array";
  array.size = 8;
  array.pointer_offsets = &kZero;
  array.pointer_count = 1;
  HeapOptions options = small_heap();
  options.mark_piece_bytes = 4096;
  Heap heap(options);
  Stepper step(heap);
  constexpr size_t kCount = 10000;
  RootHandle root(heap, heap.allocate(array, kCount));
  for (size_t i = 0; i < kCount; i += 999) Heap::store(static_cast<void**>(root.get()) + i, make<Node>(heap));
  Heap::store(static_cast<void**>(root.get()) + kCount - 1, make<Node>(heap));
  const uint64_t nodes = heap.stats().live_objects - 1;
  step.start();
  while (!step.mark(1)) expect_sound(heap);
  EXPECT_EQ(heap.stats().mark_work, 1 + nodes + (kCount * 8 + 4095) / 4096);
  step.terminate();
  step.sweep(UINT64_MAX);
  EXPECT_EQ(heap.stats().live_objects, 1 + nodes);
}

TEST_F(StepperTest, SweepingIsLazyAndAllocationSweepsWhatItUses) {
  for (int i = 0; i < 2000; ++i) make<Node>(heap_);
  push_nodes(1);
  const uint64_t spans = heap_.stats().spans_in_use;
  step_.start();
  step_.mark(UINT64_MAX);
  step_.terminate();
  EXPECT_EQ(heap_.stats().freed_objects, 0u);
  push_nodes(1);
  expect_sound(heap_);
  EXPECT_GT(heap_.stats().freed_objects, 0u);
  EXPECT_GT(heap_.stats().sweep_work, 0u);
  EXPECT_LE(heap_.stats().spans_in_use, spans);
  EXPECT_FALSE(HeapInspector(heap_).reachable(nullptr).empty());
  step_.sweep(UINT64_MAX);
  EXPECT_EQ(heap_.stats().live_objects, 2u);
  EXPECT_EQ(heap_.stats().sweep_work, spans);
}

TEST_F(StepperTest, WhatTheSweepWillFreeIsNoObjectAnyMore) {
  make<Node>(heap_);
  push_nodes(5);
  step_.start();
  step_.mark(UINT64_MAX);
  step_.terminate();
  int objects = 0;
  HeapInspector(heap_).for_each_object([&](const ObjectView&) { ++objects; });
  EXPECT_EQ(objects, 5);
  EXPECT_EQ(heap_.stats().live_objects, 6u);
}

TEST_F(StepperTest, SpansAreShownInOrderWithWhetherTheyWaitForTheSweeper) {
  push_nodes(600);
  struct Seen {
    uint64_t spans = 0;
    uint64_t unswept = 0;
    uint64_t live = 0;
  };
  const auto look = [&] {
    Seen seen;
    const char* last = nullptr;
    HeapInspector(heap_).for_each_span([&](const Span& span, bool unswept) {
      EXPECT_GT(span.base, last);
      last = span.base;
      ++seen.spans;
      seen.unswept += unswept;
      seen.live += span.live_count;
    });
    return seen;
  };
  EXPECT_EQ(look().spans, heap_.stats().spans_in_use);
  EXPECT_EQ(look().live, heap_.stats().live_objects);
  EXPECT_EQ(look().unswept, 0u);
  step_.start();
  step_.mark(UINT64_MAX);
  step_.terminate();
  EXPECT_EQ(look().unswept, look().spans);
  step_.sweep(1);
  EXPECT_EQ(look().unswept, look().spans - 1);
}

// Logs every event as text.
class EventLog : public EventSink {
 public:
  void on_point(DecisionPoint point) override { lines.push_back(name_of(point)); }
  void on_phase(Phase from, Phase to) override {
    lines.push_back(std::string(name_of(from)) + " -> " + name_of(to));
    if (heap == nullptr) return;
    EXPECT_EQ(heap->phase(), from);
    expect_sound(*heap);
  }
  void on_allocate(const void*, size_t bytes, uint64_t serial) override {
    lines.push_back("allocate " + std::to_string(bytes) + " #" + std::to_string(serial));
  }
  void on_free(const void* object, const Type*) override {
    lines.push_back("free");
    if (heap == nullptr) return;
    EXPECT_EQ(*static_cast<void* const*>(object), nullptr) << "still readable";
    expect_sound(*heap);
  }

  std::vector<std::string> lines;
  const Heap* heap = nullptr;
};

TEST_F(StepperTest, TheSinkHearsEverythingInOrderAndFindsASoundHeap) {
  EventLog log;
  log.heap = &heap_;
  step_.set_event_sink(&log);
  make<Node>(heap_);
  make<Node>(heap_);
  heap_.collect();
  step_.set_event_sink(nullptr);
  const std::vector<std::string> expected = {"allocation entered",
                                             "allocation slow path",
                                             "allocation claimed",
                                             "allocation zeroed",
                                             "allocate 8 #1",
                                             "allocation published",
                                             "allocation entered",
                                             "allocation claimed",
                                             "allocation zeroed",
                                             "allocate 8 #2",
                                             "allocation published",
                                             "idle -> mark",
                                             "mark -> mark termination",
                                             "mark termination -> sweep",
                                             "free",
                                             "free",
                                             "span swept",
                                             "sweep -> idle"};
  EXPECT_EQ(log.lines, expected);
}

// Answers one decision at one kind of point.
class AtPoint final : public PacingStrategy {
 public:
  AtPoint(DecisionPoint point, PacingDecision decision) : point_(point), decision_(decision) {}
  PacingDecision decide(DecisionPoint point, const PacingView&) override {
    return point == point_ ? decision_ : PacingDecision{};
  }

 private:
  DecisionPoint point_;
  PacingDecision decision_;
};

TEST_F(StepperTest, AWholeCollectionInsideAnAllocationKeepsTheNewObject) {
  PacingDecision collect;
  collect.collect = true;
  for (const DecisionPoint point : {DecisionPoint::kAllocationEntered, DecisionPoint::kAllocationSlow,
                                    DecisionPoint::kAllocationPublished, DecisionPoint::kSpanSwept}) {
    AtPoint strategy(point, collect);
    step_.set_pacing(&strategy);
    for (int i = 0; i < 300; ++i) {
      push_nodes(1);
      make<Node>(heap_);
      if (i % 10 == 0) expect_sound(heap_);
    }
    step_.set_pacing(nullptr);
  }
  heap_.collect();
  EXPECT_EQ(heap_.stats().live_objects, 1200u);
}

// Steps do not nest: nobody is asked at the spans that a step sweeps, so that it sweeps no more than it
// was told.
TEST_F(StepperTest, NobodyIsAskedInsideAStep) {
  push_nodes(2000);
  step_.start();
  step_.mark(UINT64_MAX);
  step_.terminate();
  PacingDecision collect;
  collect.collect = true;
  AtPoint strategy(DecisionPoint::kSpanSwept, collect);
  step_.set_pacing(&strategy);
  EXPECT_FALSE(step_.sweep(1));
  step_.set_pacing(nullptr);
  EXPECT_EQ(heap_.stats().sweep_work, 1u);
  EXPECT_EQ(heap_.stats().cycles, 0u);
}

TEST_F(StepperTest, AStrategyIsAskedOncePerPointAndNeverInsideAWholeCollection) {
  class Counting final : public PacingStrategy {
   public:
    PacingDecision decide(DecisionPoint point, const PacingView& view) override {
      ++asked[static_cast<size_t>(point)];
      EXPECT_GE(view.allocated_bytes, view.live_bytes);
      return {};
    }
    uint64_t asked[kDecisionPointCount] = {};
  };
  Counting strategy;
  step_.set_pacing(&strategy);
  make<Node>(heap_);
  heap_.safepoint();
  heap_.collect();
  step_.set_pacing(nullptr);
  make<Node>(heap_);
  const auto asked = [&](DecisionPoint point) { return strategy.asked[static_cast<size_t>(point)]; };
  EXPECT_EQ(asked(DecisionPoint::kAllocationEntered), 1u);
  EXPECT_EQ(asked(DecisionPoint::kAllocationSlow), 1u);
  EXPECT_EQ(asked(DecisionPoint::kAllocationPublished), 1u);
  EXPECT_EQ(asked(DecisionPoint::kSafepoint), 1u);
  EXPECT_EQ(asked(DecisionPoint::kSpanSwept), 0u);
  EXPECT_EQ(heap_.stats().sweep_work, 1u);
}

}  // namespace
}  // namespace gcmap
