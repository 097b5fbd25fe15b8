#include "gcmap/internal/gc/lifetime/weak_cells.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "gc/test_heap.h"
#include "gc/test_objects.h"
#include "gcmap/finalizer.h"
#include "gcmap/internal/gc/heap_door.h"
#include "gcmap/step.h"
#include "gcmap/weak.h"

namespace gcmap {
namespace {

struct Holder {
  WeakMember<Pair> weak;
  void trace(Visitor& visitor) const { visitor.trace(weak); }
};

using WeakTest = TinyStepsTest;

TEST_F(WeakTest, LeadsToItsObjectWhileThatLives) {
  Root<Pair> a(heap_, make<Pair>(heap_));
  const Weak<Pair> weak(heap_, a.get());
  heap_.collect();
  EXPECT_EQ(weak.get(), a.get());
  a = nullptr;
  EXPECT_NE(weak.get(), nullptr) << "nobody has looked yet";
  heap_.collect();
  EXPECT_EQ(weak.get(), nullptr);
  EXPECT_EQ(heap_.stats().weak_cells, 0u);
}

TEST_F(WeakTest, OfNothingLeadsNowhere) {
  const Weak<Pair> none(heap_);
  const Weak<Pair> null(heap_, nullptr);
  EXPECT_EQ(none.get(), nullptr);
  EXPECT_EQ(null.get(), nullptr);
  EXPECT_TRUE(none == null);
}

TEST_F(WeakTest, AllReferencesToAnObjectShareACell) {
  Root<Pair> a(heap_, make<Pair>(heap_));
  Root<Pair> b(heap_, make<Pair>(heap_));
  const Weak<Pair> first(heap_, a.get());
  heap_.collect();
  Root<Holder> holder(heap_, make<Holder>(heap_));
  const Weak<Pair> second(heap_, a.get());
  holder->weak = second;
  const Weak<Pair> from_member(heap_, holder->weak);
  const Weak<Pair> other(heap_, b.get());
  EXPECT_TRUE(first == second);
  EXPECT_TRUE(first == from_member);
  EXPECT_FALSE(first == other);
  EXPECT_EQ(heap_.stats().weak_cells, 2u);
  a = nullptr;
  heap_.collect();
  EXPECT_EQ(first.get(), nullptr);
  EXPECT_EQ(holder->weak.get(), nullptr);
  EXPECT_TRUE(first == second) << "dead or not";
}

TEST_F(WeakTest, TheCellStaysWhileTheObjectLives) {
  Root<Pair> a(heap_, make<Pair>(heap_));
  const WeakCell* const cell = Weak<Pair>(heap_, a.get()).cell();
  heap_.collect();
  heap_.collect();
  EXPECT_EQ(Weak<Pair>(heap_, a.get()).cell(), cell);
  EXPECT_EQ(heap_.stats().live_objects, 2u);
  a = nullptr;
  heap_.collect();
  heap_.collect();
  EXPECT_EQ(heap_.stats().live_objects, 0u);
}

TEST_F(WeakTest, AnAddressThatComesBackIsAnotherObject) {
  Root<Pair> a(heap_, make<Pair>(heap_));
  const Weak<Pair> weak(heap_, a.get());
  const Pair* const address = a.get();
  a = nullptr;
  heap_.collect();
  a = make<Pair>(heap_);
  ASSERT_EQ(a.get(), address) << "the lowest free slot";
  EXPECT_EQ(weak.get(), nullptr);
  const Weak<Pair> again(heap_, a.get());
  EXPECT_FALSE(weak == again);
}

TEST_F(WeakTest, IsClearedBeforeTheFinalizerRuns) {
  Root<Pair> a(heap_, make<Pair>(heap_));
  const Weak<Pair> weak(heap_, a.get());
  Root<Pair> kept(heap_);
  bool cleared = false;
  set_finalizer(a.get(), [&](Pair& dying) {
    cleared = weak.get() == nullptr;
    kept = &dying;
  });
  a = nullptr;
  heap_.collect();
  EXPECT_EQ(weak.get(), nullptr) << "before it runs";
  heap_.run_finalizers();
  EXPECT_TRUE(cleared);
  heap_.collect();
  EXPECT_EQ(weak.get(), nullptr) << "although the object lives on";
  EXPECT_EQ(Weak<Pair>(heap_, kept.get()).get(), kept.get()) << "to which new references lead";
}

TEST_F(WeakTest, WhatAFinalizerNeedsIsNotDead) {
  Root<Pair> a(heap_, make<Pair>(heap_));
  a->left = make<Pair>(heap_);
  const Weak<Pair> inner(heap_, a->left.get());
  set_finalizer(a.get(), [](Pair&) {});
  a = nullptr;
  heap_.collect();
  EXPECT_NE(inner.get(), nullptr);
  heap_.run_finalizers();
  heap_.collect();
  EXPECT_EQ(inner.get(), nullptr);
}

TEST_F(WeakTest, AReadWhileMarkingKeepsTheObject) {
  for (uint64_t units = 0; units < 8; ++units) {
    Root<Pair> a(heap_, make<Pair>(heap_));
    a->left = make<Pair>(heap_);
    const Weak<Pair> weak(heap_, a.get());
    a = nullptr;
    step_.start();
    step_.mark(units);
    a = weak.get();
    while (!step_.mark(1)) {
    }
    expect_sound(heap_);
    ASSERT_TRUE(step_.terminate());
    EXPECT_EQ(weak.get(), a.get());
    step_.sweep(UINT64_MAX);
    ASSERT_EQ(weak.get(), a.get());
    ASSERT_NE(a->left.get(), nullptr);
    a = nullptr;
    heap_.collect();
    EXPECT_EQ(weak.get(), nullptr);
  }
}

TEST_F(WeakTest, AReadAfterMarkingEndedButBeforeTerminationMakesWork) {
  Root<Pair> a(heap_, make<Pair>(heap_));
  const Weak<Pair> weak(heap_, a.get());
  a = nullptr;
  step_.start();
  while (!step_.mark(1)) {
  }
  a = weak.get();
  EXPECT_FALSE(step_.terminate()) << "there is something grey again";
  while (!step_.mark(1)) {
  }
  EXPECT_TRUE(step_.terminate());
  step_.sweep(UINT64_MAX);
  EXPECT_EQ(weak.get(), a.get());
}

// From the end of marking on a dead object is dead to every reference, whichever of the spans - the object's,
// the cell's, the holder's - were swept before.
TEST_F(WeakTest, TheDeadAreDeadThroughoutTheSweep) {
  constexpr int kObjects = 300;  // several spans
  std::vector<Weak<Pair>> dead;
  std::vector<Weak<Pair>> live;
  std::vector<Root<Pair>> roots;
  for (int i = 0; i < kObjects; ++i) {
    Local<Pair> object(heap_, make<Pair>(heap_));
    (i % 3 == 0 ? live : dead).emplace_back(heap_, object.get());
    if (i % 3 == 0) roots.emplace_back(heap_, object.get());
  }
  step_.start();
  while (!step_.mark(1)) {
  }
  step_.terminate();
  do {
    for (const Weak<Pair>& weak : dead) ASSERT_EQ(weak.get(), nullptr);
    for (size_t i = 0; i < live.size(); ++i) ASSERT_EQ(live[i].get(), roots[i].get());
    expect_sound(heap_);
  } while (!step_.sweep(1));
  for (const Weak<Pair>& weak : dead) ASSERT_EQ(weak.get(), nullptr);
}

TEST_F(WeakTest, MadeInEveryPhaseItIsCleared) {
  for (int phase = 0; phase < 3; ++phase) {
    Root<Pair> a(heap_, make<Pair>(heap_));
    if (phase > 0) step_.start();
    if (phase == 2) {
      while (!step_.mark(1)) {
      }
      step_.terminate();
    }
    const Weak<Pair> weak(heap_, a.get());
    a = nullptr;
    heap_.collect();
    EXPECT_EQ(weak.get(), nullptr) << phase;
  }
}

TEST_F(WeakTest, IsRefusedUnlessGivenTheStartOfAnObject) {
  Root<Pair> a(heap_, make<Pair>(heap_));
  EXPECT_THROW(HeapDoor::weak_cell(heap_, &a->right), std::invalid_argument);
  EXPECT_THROW(HeapDoor::weak_cell(heap_, nullptr), std::invalid_argument);
  int local = 0;
  EXPECT_THROW(HeapDoor::weak_cell(heap_, &local), std::invalid_argument);
}

TEST_F(WeakTest, AnAllocationThatFailsChangesNothing) {
  Root<Pair> a(heap_, make<Pair>(heap_));
  step_.fail_allocation(1);
  EXPECT_THROW(Weak<Pair>(heap_, a.get()), std::bad_alloc);
  EXPECT_EQ(heap_.stats().weak_cells, 0u);
  EXPECT_EQ(heap_.stats().live_objects, 1u);
  expect_sound(heap_);
}

}  // namespace
}  // namespace gcmap
