// H10, G11 and what else pools promise.
#include "gcmap/internal/gc/lifetime/pools.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <new>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "gc/test_heap.h"
#include "gc/test_objects.h"
#include "gcmap/internal/base/random.h"
#include "gcmap/internal/gc/verify/inspector.h"
#include "gcmap/pool.h"
#include "gcmap/step.h"
#include "gcmap/weak.h"

namespace gcmap {
namespace {

using PoolTest = TinyStepsTest;

TEST_F(PoolTest, GivesBackWhatWasPutInLastFirst) {
  Pool<Leaf> pool(heap_);
  EXPECT_EQ(pool.get(), nullptr);
  for (uint64_t i = 0; i < 200; ++i) pool.put(numbered(heap_, i));
  EXPECT_EQ(pool.size(), 200u);
  pool.put(nullptr);
  expect_sound(heap_);
  for (uint64_t i = 200; i-- > 0;) {
    EXPECT_EQ(pool.get()->number, i);
  }
  EXPECT_EQ(pool.get(), nullptr);
  EXPECT_EQ(pool.size(), 0u);
}

TEST_F(PoolTest, MakesWhatItDoesNotHave) {
  Pool<Leaf> pool(heap_);
  int made = 0;
  const auto make_one = [&] {
    ++made;
    return numbered(heap_, 5);
  };
  Local<Leaf> leaf(heap_, pool.get_or(make_one));
  EXPECT_EQ(leaf->number, 5u);
  pool.put(leaf.get());
  EXPECT_EQ(pool.get_or(make_one), leaf.get());
  EXPECT_EQ(made, 1);
}

TEST_F(PoolTest, WhatNobodyTakesDiesWithTheSecondCollection) {
  Pool<Leaf> pool(heap_);
  for (uint64_t i = 0; i < 100; ++i) pool.put(numbered(heap_, i));
  EXPECT_EQ(pool.victims(), 0u);
  heap_.collect();
  EXPECT_EQ(pool.size(), 100u);
  EXPECT_EQ(pool.victims(), 100u);
  Local<Leaf> leaf(heap_, pool.get());
  ASSERT_TRUE(leaf);
  EXPECT_EQ(leaf->number, 99u) << "a victim comes out too";
  heap_.collect();
  EXPECT_EQ(pool.size(), 0u);
  EXPECT_EQ(heap_.stats().live_objects, 1u) << "the one that was taken";
}

TEST_F(PoolTest, WhatIsPutBackStays) {
  Pool<Leaf> pool(heap_);
  pool.put(numbered(heap_, 1));
  for (int i = 0; i < 5; ++i) {
    heap_.collect();
    Local<Leaf> leaf(heap_, pool.get());
    ASSERT_NE(leaf.get(), nullptr);
    pool.put(leaf.get());
  }
}

TEST_F(PoolTest, TakesOfThePrimaryBeforeTheVictim) {
  Pool<Leaf> pool(heap_);
  pool.put(numbered(heap_, 1));
  heap_.collect();
  pool.put(numbered(heap_, 2));
  EXPECT_EQ(pool.get()->number, 2u);
  EXPECT_EQ(pool.get()->number, 1u);
}

TEST_F(PoolTest, DoesNotHoldWhatWasTaken) {
  Pool<Pair> pool(heap_);
  pool.put(make<Pair>(heap_));
  pool.put(make<Pair>(heap_));
  const Weak<Pair> weak(heap_, pool.get());
  heap_.collect();
  EXPECT_EQ(weak.get(), nullptr);
  EXPECT_EQ(pool.size(), 1u);
}

TEST_F(PoolTest, ClearLetsGoOfBothGenerations) {
  Pool<Leaf> pool(heap_);
  pool.put(numbered(heap_, 1));
  heap_.collect();
  pool.put(numbered(heap_, 2));
  pool.clear();
  EXPECT_EQ(pool.size(), 0u);
  EXPECT_EQ(pool.get(), nullptr);
  heap_.collect();
  EXPECT_EQ(heap_.stats().live_objects, 0u);
}

TEST_F(PoolTest, TakingAndPuttingAtTheEdgeOfAChunkAllocatesNothing) {
  Pool<Leaf> pool(heap_);
  Root<Leaf> leaf(heap_, numbered(heap_, 1));
  for (int i = 0; i < 64; ++i) pool.put(leaf.get());
  const uint64_t before = heap_.stats().allocated_objects;
  for (int i = 0; i < 10; ++i) {
    pool.get();
    pool.put(leaf.get());
  }
  EXPECT_EQ(heap_.stats().allocated_objects, before);
}

TEST_F(PoolTest, WithoutMemoryItDropsWhatItIsGiven) {
  Pool<Leaf> pool(heap_);
  Root<Leaf> leaf(heap_, numbered(heap_, 1));
  uint64_t dropped = 0;
  for (uint64_t i = 0; i < 200; ++i) {
    const uint64_t before = pool.size();
    step_.fail_allocation(1);
    pool.put(leaf.get());
    dropped += pool.size() == before;
    step_.fail_allocation(0);
    expect_sound(heap_);
    if (i % 40 == 0) pool.put(leaf.get());
  }
  EXPECT_GT(dropped, 0u);
  EXPECT_EQ(pool.size() + dropped, 200u + 5u);
}

TEST(Pool, BypassedItIsEmpty) {
  HeapOptions options = tiny_steps();
  options.bypass_pools = true;
  Heap heap(options);
  Pool<Leaf> pool(heap);
  pool.put(make<Leaf>(heap));
  EXPECT_EQ(pool.size(), 0u);
  EXPECT_EQ(pool.get(), nullptr);
  heap.collect();
  EXPECT_EQ(heap.stats().live_objects, 0u);
}

TEST(Pool, MustBeGoneBeforeItsHeap) {
  EXPECT_DEATH(
      {
        auto heap = std::make_unique<Heap>(tiny_steps());
        Pool<Leaf> pool(*heap);
        heap.reset();
      },
      "outlive their heap");
}

// A strategy that starts a cycle, or runs a whole one, at the n-th question it is asked.
class StartAt final : public PacingStrategy {
 public:
  StartAt(uint64_t nth, bool whole) : left_(nth), whole_(whole) {}
  PacingDecision decide(DecisionPoint, const PacingView&) override {
    PacingDecision decision;
    decision.start = left_ == 1 && !whole_;
    decision.mark_units = left_ == 1 ? 5 : 0;
    decision.collect = left_ == 1 && whole_;
    left_ -= left_ > 0;
    return decision;
  }

 private:
  uint64_t left_;
  const bool whole_;
};

// A put that needs a chunk, and the pool ages while the chunk is allocated.
TEST(Pool, ACycleMayStartInsideAPut) {
  for (uint64_t nth = 1; nth < 24; ++nth) {
    for (uint64_t held : {0, 5, 63, 64, 126}) {
      SCOPED_TRACE("question " + std::to_string(nth / 2) + " with " + std::to_string(held));
      Heap heap(tiny_steps());
      Stepper step(heap);
      Pool<Leaf> pool(heap);
      for (uint64_t i = 0; i < held; ++i) pool.put(make<Leaf>(heap));
      Leaf* const last = make<Leaf>(heap);
      last->number = 99;
      StartAt pacing(nth / 2, nth % 2 == 1);
      step.set_pacing(&pacing);
      pool.put(last);
      step.set_pacing(nullptr);
      expect_sound(heap);
      EXPECT_EQ(pool.size(), held + 1);
      EXPECT_EQ(pool.get()->number, 99u);
      heap.collect();
      heap.collect();
      expect_sound(heap);
      heap.collect();
      EXPECT_EQ(pool.size(), 0u);
      heap.collect();
      EXPECT_EQ(heap.stats().live_objects, 0u);
    }
  }
}

// Taking announces the pointer that goes, as every store in the heap does while marking.
TEST_F(PoolTest, TakingIsAnnounced) {
  class Sink final : public EventSink {
   public:
    void on_barrier(const void*, const void* old_value, const void* new_value) override {
      if (new_value == nullptr) erased.push_back(old_value);
    }
    std::vector<const void*> erased;
  };
  Pool<Leaf> pool(heap_);
  pool.put(make<Leaf>(heap_));
  pool.put(make<Leaf>(heap_));
  Sink sink;
  step_.start();
  step_.set_event_sink(&sink);
  const void* const first = pool.get();
  const void* const second = pool.get();
  step_.set_event_sink(nullptr);
  EXPECT_EQ(sink.erased, (std::vector<const void*>{first, second}));
}

// Objects taken and put at every moment of a cycle: what is taken lives as long as its root, what is left
// goes with the second start.
TEST(Pool, TakenAndPutAtEveryMomentOfACycle) {
  for (int deed = 0; deed < 4; ++deed) {
    for (uint64_t units = 0; units < 30; ++units) {
      SCOPED_TRACE("deed " + std::to_string(deed) + " after " + std::to_string(units) + " units");
      HeapOptions options = tiny_steps();
      // Without one that overflows and has black chunks scanned again.
      if (deed == 3) options.mark_stack_entries = 1000;
      Heap heap(options);
      Stepper step(heap);
      ManualPacing manual;
      step.set_pacing(&manual);
      Pool<Pair> pool(heap);
      Root<Pair> older[] = {Root<Pair>(heap, make<Pair>(heap)), Root<Pair>(heap, make<Pair>(heap))};
      for (int i = 0; i < 70; ++i) {
        Local<Pair> pair(heap, make<Pair>(heap));
        pair->left = make<Pair>(heap);
        pool.put(pair.get());
      }
      Root<Pair> taken(heap);
      step.start();
      EXPECT_EQ(pool.victims(), 70u);
      step.mark(units);
      if (deed == 3) {
        for (Root<Pair>& root : older) {
          pool.put(root.get());
          root = nullptr;
        }
      } else if (deed > 0) {
        for (int i = 0; i < (deed == 1 ? 1 : 10); ++i) taken = pool.get();
        Local<Pair> fresh(heap, make<Pair>(heap));
        fresh->right = taken.get();
        if (deed == 2) pool.put(fresh.get());
      }
      expect_sound(heap);
      while (!step.mark(1)) expect_sound(heap);
      ASSERT_TRUE(step.terminate());
      while (!step.sweep(1)) expect_sound(heap);
      if (taken) {
        EXPECT_TRUE(HeapInspector(heap).find(taken->left.get()).has_value());
      }
      taken = nullptr;
      for (Root<Pair>& root : older) root = nullptr;
      heap.collect();
      expect_sound(heap);
      EXPECT_EQ(pool.size(), deed >= 2 ? static_cast<uint64_t>(deed) - 1 : 0u);
      heap.collect();
      EXPECT_EQ(pool.size(), 0u);
      EXPECT_EQ(heap.stats().live_objects, 0u);
    }
  }
}

// Beside two stacks of numbers.
TEST(Pool, BehavesAsTwoStacks) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Heap heap(tiny_steps());
    Pool<Leaf> pool(heap);
    Random random(seed);
    std::vector<uint64_t> primary, victim;
    for (uint64_t i = 1; i < 2000; ++i) {
      const uint64_t choice = random.below(500);
      if (choice == 0) {
        heap.collect();
        victim = std::exchange(primary, {});
      } else if (choice < 270) {
        Leaf* const leaf = make<Leaf>(heap);
        leaf->number = i;
        pool.put(leaf);
        primary.push_back(i);
      } else {
        std::vector<uint64_t>& from = primary.empty() ? victim : primary;
        const Leaf* const leaf = pool.get();
        ASSERT_EQ(leaf == nullptr, from.empty());
        if (leaf == nullptr) continue;
        ASSERT_EQ(leaf->number, from.back());
        from.pop_back();
      }
      ASSERT_EQ(pool.size(), primary.size() + victim.size());
      ASSERT_EQ(pool.victims(), victim.size());
    }
    expect_sound(heap);
  }
}

// H10 is seen to be broken.
TEST(BrokenPool, AnObjectBehindAnEmptyPlaceIsSeen) {
  Heap heap(tiny_steps());
  Pool<Leaf> pool(heap);
  for (int i = 0; i < 3; ++i) pool.put(make<Leaf>(heap));
  void** place = nullptr;
  HeapInspector(heap).for_each_object([&](const ObjectView& object) {
    if (object.type != nullptr) place = static_cast<void**>(const_cast<void*>(object.address)) + 1;
  });
  ASSERT_NE(place, nullptr);
  void* const object = std::exchange(place[1], nullptr);
  std::set<std::string> found;
  for (const Violation& v : heap.verify()) found.insert(v.id);
  EXPECT_EQ(found, std::set<std::string>{"H10"});
  place[1] = object;
  place[3] = object;
  EXPECT_FALSE(heap.verify().empty());
  place[3] = nullptr;
  EXPECT_TRUE(heap.verify().empty());
}

}  // namespace
}  // namespace gcmap
