#include "gc/cycle/write_barrier.h"

#include <gtest/gtest.h>

#include <tuple>
#include <utility>
#include <vector>

#include "gc/test_objects.h"
#include "gcmap/handles.h"
#include "gcmap/internal/gc/heap_door.h"
#include "gcmap/step.h"

namespace gcmap {
namespace {

HeapOptions barrier_heap(uint32_t entries) {
  HeapOptions options;
  options.range_bytes = size_t{64} << 20;
  options.gogc_percent = -1;
  options.barrier_buffer_entries = entries;
  options.root_piece_slots = 1;
  return options;
}

// Logs barrier records and counts flushes.
class BarrierLog final : public EventSink {
 public:
  using Record = std::tuple<const void*, const void*, const void*>;
  void on_barrier(const void* slot, const void* old_value, const void* new_value) override {
    EXPECT_EQ(*static_cast<void* const*>(slot), old_value) << "reported before the change";
    records.emplace_back(slot, old_value, new_value);
  }
  void on_shade(const void* value) override { shaded.push_back(value); }
  void on_point(DecisionPoint point) override { flushes += point == DecisionPoint::kBarrierFlush ? 1 : 0; }
  std::vector<Record> records;
  std::vector<const void*> shaded;
  int flushes = 0;
};

class WriteBarrierTest : public testing::TestWithParam<uint32_t> {
 protected:
  WriteBarrierTest()
      : heap_(barrier_heap(GetParam())),
        step_(heap_),
        a_(heap_, make<Pair>(heap_)),
        b_(heap_, make<Pair>(heap_)) {}

  // Ends the cycle and returns how many objects are left.
  uint64_t finish() {
    while (!step_.mark(1)) {
    }
    EXPECT_TRUE(heap_.verify().empty());
    EXPECT_TRUE(step_.terminate());
    step_.sweep(UINT64_MAX);
    EXPECT_TRUE(heap_.verify().empty());
    return heap_.stats().live_objects;
  }

  Heap heap_;
  Stepper step_;
  Root<Pair> a_;
  Root<Pair> b_;
};

TEST_P(WriteBarrierTest, APointerMovedBehindTheScanSurvives) {
  a_->left = make<Pair>(heap_);
  step_.start();
  step_.mark(2);  // b, the newer root, is scanned; a is not
  b_->left = a_->left.get();
  a_->left = nullptr;
  EXPECT_EQ(finish(), 3u);
}

TEST_P(WriteBarrierTest, WhatWasReachableAtTheStartSurvivesItsDeletion) {
  a_->left = make<Pair>(heap_);
  a_->left->right = make<Pair>(heap_);
  step_.start();
  step_.mark(2);
  {
    Local<Pair> held(heap_, a_->left->right.get());
    a_->left = nullptr;
    b_->right = held.get();
  }
  EXPECT_EQ(finish(), 4u) << "the unlinked node floats until the next cycle";
  step_.start();
  EXPECT_EQ(finish(), 3u);
}

TEST_P(WriteBarrierTest, AValueFromADroppedRootSurvivesInABlackObject) {
  auto* const holder = new Root<Pair>(heap_, make<Pair>(heap_));
  Root<Pair> newest(heap_, b_.get());
  step_.start();
  step_.mark(2);  // the newest root leads to b: black now
  Pair* const value = holder->get();
  delete holder;  // its slot was never scanned
  b_->left = value;
  EXPECT_EQ(finish(), 3u);
}

TEST_P(WriteBarrierTest, BulkCopyAndClearAreSeenSlotBySlot) {
  constexpr size_t kCount = 40;
  RootHandle source(heap_, heap_.allocate(kArray, kCount));
  RootHandle target(heap_, heap_.allocate(kArray, kCount));
  void** const from = static_cast<void**>(source.get());
  void** const to = static_cast<void**>(target.get());
  for (size_t i = 0; i < kCount; i += 2) Heap::store(from + i, make<Pair>(heap_));
  step_.start();
  step_.mark(2);  // target is black, source white
  BarrierLog log;
  step_.set_event_sink(&log);
  HeapDoor::store_range(kArray, to, from, kCount * 8);
  EXPECT_EQ(log.records.size(), kCount / 2);
  EXPECT_EQ(log.records.front(), BarrierLog::Record(to, nullptr, from[0]));
  log.records.clear();
  HeapDoor::clear_range(kArray, from, kCount * 8);
  EXPECT_EQ(log.records.size(), kCount / 2);
  EXPECT_EQ(log.records.front(), BarrierLog::Record(from, to[0], nullptr));
  EXPECT_EQ(log.flushes, static_cast<int>(kCount / GetParam()));
  step_.set_event_sink(nullptr);
  for (size_t i = 0; i < kCount; ++i) {
    EXPECT_EQ(from[i], nullptr);
    EXPECT_EQ(to[i] != nullptr, i % 2 == 0);
  }
  EXPECT_EQ(finish(), 4u + kCount / 2);
}

TEST_P(WriteBarrierTest, RangesMayOverlap) {
  RootHandle root(heap_, heap_.allocate(kArray, 3));
  void** const slots = static_cast<void**>(root.get());
  Heap::store(slots, make<Pair>(heap_));
  step_.start();
  step_.mark(1);
  HeapDoor::store_range(kArray, slots + 1, slots, 16);
  HeapDoor::clear_range(kArray, slots, 8);
  EXPECT_NE(slots[1], nullptr);
  EXPECT_EQ(slots[2], nullptr);
  EXPECT_EQ(finish(), 4u);
}

TEST_P(WriteBarrierTest, NothingIsReportedOutsideMarkingNorForUnchangedSlots) {
  BarrierLog log;
  step_.set_event_sink(&log);
  a_->left = b_.get();
  EXPECT_TRUE(log.records.empty());
  step_.start();
  a_->left = b_.get();
  a_->right = nullptr;
  EXPECT_TRUE(log.records.empty());
  a_->left = nullptr;
  EXPECT_EQ(log.records.size(), 1u);
  step_.set_event_sink(nullptr);
}

TEST_P(WriteBarrierTest, TheSinkHearsOfEveryValueAHandleTakesWhileMarking) {
  BarrierLog log;
  step_.set_event_sink(&log);
  Root<Pair> root(heap_, a_.get());
  EXPECT_TRUE(log.shaded.empty()) << "not marking";
  step_.start();
  root = b_.get();
  root = nullptr;
  Root<Pair> made(heap_, a_.get());
  Root<Pair> copy(made);
  root = copy;
  Root<Pair> empty(heap_);
  EXPECT_EQ(log.shaded, (std::vector<const void*>{b_.get(), a_.get(), a_.get(), a_.get()}));
  a_->left = b_.get();
  EXPECT_EQ(log.shaded.size(), 4u) << "a slot of the heap is no handle";
  EXPECT_EQ(log.records.size(), 1u);
  step_.set_event_sink(nullptr);
}

TEST_P(WriteBarrierTest, AFlushOnlyMarksWhateverTheStrategySays) {
  class Everything final : public PacingStrategy {
   public:
    PacingDecision decide(DecisionPoint point, const PacingView&) override {
      PacingDecision decision;
      if (point == DecisionPoint::kBarrierFlush) decision = {true, UINT64_MAX, true, UINT64_MAX, true};
      return decision;
    }
  };
  Everything strategy;
  step_.start();
  step_.set_pacing(&strategy);
  for (uint32_t i = 0; i < 2 * GetParam(); ++i) {
    Pair* const unrooted = make<Pair>(heap_);
    b_->left = unrooted;
    EXPECT_EQ(step_.phase(), Phase::kMark);
  }
  step_.set_pacing(nullptr);
  EXPECT_GE(finish(), 3u);
}

TEST_P(WriteBarrierTest, TerminateWaitsForTheBuffer) {
  step_.start();
  while (!step_.mark(1)) {
  }
  a_->left = b_.get();
  if (GetParam() == 1) {
    EXPECT_TRUE(step_.terminate()) << "a buffer of one never keeps anything";
  } else {
    EXPECT_FALSE(step_.terminate());
    EXPECT_TRUE(step_.mark(1));
    EXPECT_TRUE(step_.terminate());
  }
}

INSTANTIATE_TEST_SUITE_P(BufferEntries, WriteBarrierTest, testing::Values(1, 2, 8, 256));

}  // namespace
}  // namespace gcmap
