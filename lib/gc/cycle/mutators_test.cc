// Several mutators of one heap: what is done for one is done for all, asleep or not.
#include <gtest/gtest.h>

#include <memory>
#include <new>

#include "gc/cycle/mutator.h"
#include "gcmap/handles.h"
#include "gcmap/internal/gc/heap_door.h"
#include "gcmap/internal/gc/verify/inspector.h"
#include "gcmap/step.h"

namespace gcmap {
namespace {

struct Node {
  Member<Node> left;
  Member<Node> right;
  uint64_t value = 7;
  void trace(Visitor& visitor) const {
    visitor.trace(left);
    visitor.trace(right);
  }
};

HeapOptions small_heap() {
  HeapOptions options;
  options.range_bytes = size_t{64} << 20;
  options.gogc_percent = -1;
  options.root_piece_slots = 1;
  return options;
}

using NodeRoot = std::unique_ptr<Root<Node>>;

class MutatorsTest : public testing::Test {
 protected:
  MutatorsTest() : heap_(small_heap()), step_(heap_), first_(heap_.mutator()), second_(heap_.add_mutator()) {
    step_.set_pacing(&manual_);
  }
  ~MutatorsTest() override { step_.set_pacing(nullptr); }

  NodeRoot root_in(Mutator& mutator, Node* value) {
    Mutator& before = heap_.mutator();
    heap_.enter(mutator);
    auto root = std::make_unique<Root<Node>>(heap_, value);
    heap_.enter(before);
    return root;
  }

  void expect_sound() {
    for (const Violation& v : heap_.verify()) ADD_FAILURE() << v.id << " " << v.path << ": " << v.detail;
  }

  void mark_all() {
    for (int steps = 0; !step_.mark(1); ++steps) {
      expect_sound();
      ASSERT_LT(steps, 10000) << "marking does not end";
    }
  }

  // Ends the cycle and returns how many objects are left.
  uint64_t finish() {
    mark_all();
    expect_sound();
    EXPECT_TRUE(step_.terminate());
    for (int steps = 0; !step_.sweep(1) && steps < 10000; ++steps) expect_sound();
    expect_sound();
    return heap_.stats().live_objects;
  }

  bool marked(const void* object) const { return HeapInspector(heap_).find(object)->marked; }

  Heap heap_;
  Stepper step_;
  ManualPacing manual_;
  Mutator& first_;
  Mutator& second_;
};

TEST_F(MutatorsTest, HandlesStayInTheFrameTheyWereMadeIn) {
  NodeRoot a = root_in(first_, make<Node>(heap_));
  NodeRoot b = root_in(second_, make<Node>(heap_));
  heap_.enter(second_);
  EXPECT_EQ(&HeapDoor::roots(heap_), &second_.roots);
  *a = b->get();
  EXPECT_FALSE(first_.roots.empty());
  a.reset();
  EXPECT_TRUE(first_.roots.empty());
  EXPECT_FALSE(second_.roots.empty());
  heap_.collect();
  EXPECT_EQ(heap_.stats().live_objects, 1u);
}

TEST_F(MutatorsTest, AReferenceMovedBetweenFramesSurvivesWhereverTheScanStands) {
  for (uint64_t units = 0; units <= 4; ++units) {
    for (const bool to_second : {true, false}) {
      Mutator& source = to_second ? first_ : second_;
      Mutator& target = to_second ? second_ : first_;
      NodeRoot from = root_in(source, make<Node>(heap_));
      NodeRoot to = root_in(target, nullptr);
      step_.start();
      step_.mark(units);
      heap_.enter(target);
      *to = from->get();
      heap_.enter(source);
      *from = nullptr;
      EXPECT_EQ(finish(), 1u) << units << " units, " << to_second;
      EXPECT_EQ((*to)->value, 7u);
    }
  }
}

// The insertion half. The frames are scanned in the order of the mutators.
TEST_F(MutatorsTest, AReferenceFromAFrameNotScannedDoesNotHideInABlackObject) {
  NodeRoot black = root_in(first_, make<Node>(heap_));
  NodeRoot white = root_in(second_, make<Node>(heap_));
  step_.start();
  step_.mark(2);
  ASSERT_TRUE(marked(black->get()));
  Node* const value = white->get();
  ASSERT_FALSE(marked(value));
  white.reset();
  (*black)->left = value;
  EXPECT_EQ(finish(), 2u);
  // The other way: what is allocated while marking is black, and the first frame is still to scan.
  NodeRoot holder = root_in(first_, value);
  (*black)->left = nullptr;
  step_.start();
  heap_.enter(second_);
  NodeRoot fresh = root_in(second_, make<Node>(heap_));
  ASSERT_TRUE(marked(fresh->get()));
  ASSERT_FALSE(marked(value));
  holder.reset();
  (*fresh)->right = value;
  EXPECT_EQ(finish(), 3u);
  EXPECT_EQ(value->value, 7u);
}

// The deletion half: whoever cuts a path, and whoever owns it.
TEST_F(MutatorsTest, WhatASlotLedToIsMarkedThoughAnotherMutatorCutsThePath) {
  for (Mutator* const owner : {&first_, &second_}) {
    Mutator& other = owner == &first_ ? second_ : first_;
    NodeRoot root = root_in(*owner, make<Node>(heap_));
    (*root)->left = make<Node>(heap_);
    Node* const node = (*root)->left.get();
    step_.start();
    heap_.enter(other);
    (*root)->left = nullptr;
    ASSERT_FALSE(other.barrier.empty());
    heap_.enter(*owner);
    mark_all();
    EXPECT_TRUE(marked(node));
    EXPECT_EQ(finish(), 2u) << "floats until the next cycle";
    root.reset();
    heap_.collect();
    EXPECT_EQ(heap_.stats().live_objects, 0u);
  }
}

TEST_F(MutatorsTest, OneThatSleepsThroughThreeCyclesWakesUpWell) {
  heap_.enter(second_);
  NodeRoot kept = root_in(second_, make<Node>(heap_));
  (*kept)->left = make<Node>(heap_);
  make<Node>(heap_);  // garbage in the span it has cached
  heap_.enter(first_);
  NodeRoot head = root_in(first_, nullptr);
  uint64_t live = 2;
  for (int cycle = 0; cycle < 3; ++cycle) {
    for (int i = 0; i < 700; ++i) {
      Node* const node = make<Node>(heap_);
      if (i % 7 != 0) continue;
      node->left = head->get();
      *head = node;
      ++live;
    }
    step_.start();
    EXPECT_EQ(finish(), live);
  }
  heap_.enter(second_);
  EXPECT_EQ((*kept)->value + (*kept)->left->value, 14u);
  for (int i = 0; i < 300; ++i, ++live) {
    Node* const node = make<Node>(heap_);
    EXPECT_EQ(node->left.get(), nullptr);
    node->left = (*kept)->left.get();
    (*kept)->left = node;
  }
  expect_sound();
  heap_.collect();
  expect_sound();
  EXPECT_EQ(heap_.stats().live_objects, live);
}

TEST_F(MutatorsTest, MarkingDoesNotEndBeforeTheBufferOfASleeperIsDrained) {
  NodeRoot black = root_in(first_, make<Node>(heap_));
  auto hidden = root_in(second_, make<Node>(heap_));
  step_.start();
  step_.mark(2);
  heap_.enter(second_);
  Node* const value = hidden->get();
  hidden.reset();
  (*black)->left = value;
  heap_.enter(first_);
  ASSERT_FALSE(second_.barrier.empty());
  EXPECT_FALSE(step_.terminate());
  EXPECT_FALSE(step_.mark(0));
  mark_all();
  EXPECT_TRUE(second_.barrier.empty());
  EXPECT_TRUE(marked(value));
  (*black)->right = nullptr;
  heap_.enter(second_);
  (*black)->right = value;
  heap_.enter(first_);
  EXPECT_FALSE(step_.terminate()) << "full again";
  EXPECT_EQ(finish(), 2u);
}

TEST_F(MutatorsTest, RemovingOneKeepsItsObjectsSpansAndCounts) {
  for (const Phase phase : {Phase::kIdle, Phase::kMark, Phase::kSweep}) {
    Mutator& third = heap_.add_mutator();
    heap_.enter(third);
    NodeRoot kept = root_in(first_, make<Node>(heap_));
    NodeRoot black = root_in(first_, make<Node>(heap_));
    NodeRoot white = root_in(third, make<Node>(heap_));
    if (phase != Phase::kIdle) step_.start();
    if (phase == Phase::kMark) step_.mark(2);
    if (phase == Phase::kSweep) {
      step_.mark(UINT64_MAX);
      step_.terminate();
      make<Node>(heap_);  // into its cache again
    }
    Node* const value = white->get();
    white.reset();
    (*black)->left = value;
    EXPECT_EQ(third.barrier.empty(), phase != Phase::kMark);
    const HeapStats before = heap_.stats();
    heap_.enter(first_);
    heap_.remove_mutator(third);
    HeapStats after = heap_.stats();
    EXPECT_EQ(after.metadata_bytes, before.metadata_bytes - sizeof(SpanCache)) << "its cache is gone";
    after.metadata_bytes += sizeof(SpanCache);
    after.system_bytes += sizeof(SpanCache);
    EXPECT_TRUE(before == after);
    expect_sound();
    make<Node>(heap_);
    EXPECT_EQ(heap_.stats().spans_in_use, before.spans_in_use) << "its span serves others";
    if (heap_.phase() == Phase::kMark) finish();
    heap_.collect();
    EXPECT_EQ(heap_.stats().live_objects, 3u);
    EXPECT_EQ((*black)->left->value, 7u);
  }
}

TEST_F(MutatorsTest, OneAddedWhileMarkingAllocatesBlackAndReports) {
  NodeRoot root = root_in(first_, make<Node>(heap_));
  step_.start();
  Mutator& third = heap_.add_mutator();
  heap_.enter(third);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(marked(make<Node>(heap_))) << "from its cache too";
  NodeRoot white = root_in(third, root->get());
  root.reset();
  EXPECT_EQ(finish(), 4u);
}

TEST_F(MutatorsTest, WhatIsSetOnTheHeapHoldsForSleepersToo) {
  step_.set_pacing(nullptr);
  heap_.enter(second_);
  make<Node>(heap_);  // fills its cache: the next one takes the fast path
  heap_.enter(first_);
  step_.fail_allocation(2);
  make<Node>(heap_);
  heap_.enter(second_);
  EXPECT_THROW(make<Node>(heap_), std::bad_alloc);
  EXPECT_NE(make<Node>(heap_), nullptr);
}

TEST_F(MutatorsTest, MisuseIsFatalAndSaysWhat) {
  EXPECT_DEATH(heap_.remove_mutator(first_), "the current mutator cannot be removed");
  Heap other(small_heap());
  EXPECT_DEATH(other.enter(second_), "belongs to another heap");
  EXPECT_DEATH(other.remove_mutator(second_), "belongs to another heap");
  const NodeRoot root = root_in(second_, nullptr);
  EXPECT_DEATH(heap_.remove_mutator(second_), "a removed mutator owns roots");
}

}  // namespace
}  // namespace gcmap
