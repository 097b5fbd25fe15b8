#include "gcmap/internal/gc/lifetime/ephemerons.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "gc/test_heap.h"
#include "gc/test_objects.h"
#include "gcmap/finalizer.h"
#include "gcmap/internal/base/random.h"
#include "gcmap/reference_queue.h"
#include "gcmap/step.h"
#include "gcmap/weak_key_map.h"

namespace gcmap {
namespace {

using EphemeronTest = TinyStepsTest;

TEST_F(EphemeronTest, AnEntryLivesAsLongAsItsKey) {
  WeakKeyMap<Pair, Leaf> map(heap_);
  Root<Pair> key(heap_, make<Pair>(heap_));
  EXPECT_TRUE(map.insert_or_assign(key.get(), make<Leaf>(heap_)));
  heap_.collect();
  EXPECT_EQ(map.size(), 1u);
  ASSERT_NE(map.find(key.get()), nullptr);
  EXPECT_EQ(heap_.stats().live_objects, 2u);
  key = nullptr;
  heap_.collect();
  EXPECT_TRUE(map.empty());
  EXPECT_EQ(heap_.stats().live_objects, 0u);
}

TEST_F(EphemeronTest, AValueThatLeadsToItsKeyKeepsNeither) {
  WeakKeyMap<Pair, Pair> map(heap_);
  Root<Pair> key(heap_, make<Pair>(heap_));
  map.insert_or_assign(key.get(), make<Pair>(heap_));
  map.find(key.get())->left = key.get();
  heap_.collect();
  EXPECT_EQ(map.size(), 1u);
  key = nullptr;
  heap_.collect();
  EXPECT_TRUE(map.empty());
  EXPECT_EQ(heap_.stats().live_objects, 0u);
}

// k0 -> v0 leads to k1 -> v1 leads to k2 ...: held by k0 alone, in one cycle, whatever the order
// of insertion.
TEST_F(EphemeronTest, ChainsThroughSeveralTablesAreFollowed) {
  for (const bool backwards : {false, true}) {
    WeakKeyMap<Pair, Pair> even(heap_);
    WeakKeyMap<Pair, Pair> odd(heap_);
    std::vector<Root<Pair>> keys;
    for (int i = 0; i < 50; ++i) keys.emplace_back(heap_, make<Pair>(heap_));
    for (size_t n = 0; n + 1 < keys.size(); ++n) {
      const size_t i = backwards ? keys.size() - 2 - n : n;
      Local<Pair> value(heap_, make<Pair>(heap_));
      value->left = keys[i + 1].get();
      (i % 2 == 0 ? even : odd).insert_or_assign(keys[i].get(), value.get());
    }
    keys.erase(keys.begin() + 1, keys.end());
    step_.start();
    while (!step_.mark(1)) {
    }
    expect_sound(heap_);
    step_.terminate();
    step_.sweep(UINT64_MAX);
    EXPECT_EQ(even.size() + odd.size(), 49u);
    EXPECT_EQ(heap_.stats().live_objects, 99u);
    keys.clear();
    heap_.collect();
    EXPECT_EQ(even.size() + odd.size(), 0u);
    EXPECT_EQ(heap_.stats().live_objects, 0u);
  }
}

TEST_F(EphemeronTest, PointerFreeObjectsAreKeysToo) {
  WeakKeyMap<Leaf, Leaf> map(heap_);
  std::vector<Root<Leaf>> keys;
  for (uint64_t i = 0; i < 200; ++i) {
    keys.emplace_back(heap_, make<Leaf>(heap_));
    Local<Leaf> value(heap_, make<Leaf>(heap_));
    value->number = i;
    map.insert_or_assign(keys.back().get(), value.get());
  }
  for (int round = 0; round < 3; ++round) {
    step_.start();
    while (!step_.mark(1)) {
    }
    expect_sound(heap_);
    step_.terminate();
    step_.sweep(UINT64_MAX);
    for (uint64_t i = 0; i < keys.size(); ++i) ASSERT_EQ(map.find(keys[i].get())->number, i);
  }
}

TEST_F(EphemeronTest, EntriesOfDeadKeysAreGoneFromTheEndOfMarkingOn) {
  WeakKeyMap<Pair, Leaf> map(heap_);
  std::vector<Root<Pair>> keys;
  for (int i = 0; i < 400; ++i) {
    keys.emplace_back(heap_, make<Pair>(heap_));
    map.insert_or_assign(keys.back().get(), make<Leaf>(heap_));
  }
  keys.erase(keys.begin() + 100, keys.end());
  step_.start();
  while (!step_.mark(1)) {
  }
  step_.terminate();
  do {
    EXPECT_EQ(map.size(), 100u);
    uint64_t met = 0;
    map.for_each([&](Pair&, Leaf&) { ++met; });
    EXPECT_EQ(met, 100u);
    expect_sound(heap_);
  } while (!step_.sweep(1));
  EXPECT_EQ(map.size(), 100u);
}

TEST_F(EphemeronTest, ALoopMayChangeTheMapAndCollect) {
  WeakKeyMap<Leaf, Leaf> map(heap_);
  std::vector<std::optional<Root<Leaf>>> keys;
  const auto add = [&] {
    keys.emplace_back(std::in_place, heap_, make<Leaf>(heap_));
    keys.back()->get()->number = keys.size() - 1;
    map.insert_or_assign(keys.back()->get(), make<Leaf>(heap_));
  };
  for (int i = 0; i < 100; ++i) add();
  std::set<uint64_t> met;
  map.for_each([&](Leaf& key, Leaf&) {
    const uint64_t n = key.number;
    EXPECT_TRUE(met.insert(n).second) << n << " twice";
    if (n % 10 == 0 && n < 100) map.erase(keys[n + 1]->get());  // the next one
    if (n % 10 == 2) keys[n + 1].reset();                       // the next one, by collection
    if (n % 10 == 4) map.erase(&key);                           // this one
    if (n == 50) add();
    heap_.collect();
  });
  for (uint64_t n = 0; n < 101; ++n)
    EXPECT_EQ(met.contains(n), n == 100 || (n % 10 != 1 && n % 10 != 3)) << n;
}

// Wherever a loop stands, it meets what is added: on the last entry too, also if that has been
// removed meanwhile.
TEST_F(EphemeronTest, ALoopMeetsWhatIsAddedWhereverItStands) {
  for (const bool removes_itself : {false, true}) {
    for (int adds_at = 1; adds_at <= 3; ++adds_at) {
      WeakKeyMap<Pair, Leaf> map(heap_);
      std::vector<Root<Pair>> keys;
      for (int i = 0; i < 5; ++i) keys.emplace_back(heap_, make<Pair>(heap_));
      const auto add = [&](int i) { map.insert_or_assign(keys[i].get(), make<Leaf>(heap_)); };
      for (int i = 0; i < 3; ++i) add(i);
      std::vector<const Pair*> met;
      map.for_each([&](Pair& key, Leaf&) {
        met.push_back(&key);
        if (removes_itself) map.erase(&key);
        if (static_cast<int>(met.size()) == adds_at) add(3);
        if (met.size() == 4) add(4);
      });
      const std::vector<const Pair*> all = {keys[0].get(), keys[1].get(), keys[2].get(), keys[3].get(),
                                            keys[4].get()};
      EXPECT_EQ(met, all) << "added at entry " << adds_at;
    }
  }
}

TEST_F(EphemeronTest, TwoTablesKeepTheirEntriesApart) {
  WeakKeyMap<Pair, Leaf> one(heap_);
  Root<Pair> key(heap_, make<Pair>(heap_));
  {
    WeakKeyMap<Pair, Leaf> two(heap_);
    one.insert_or_assign(key.get(), make<Leaf>(heap_));
    EXPECT_FALSE(two.contains(key.get()));
    two.insert_or_assign(key.get(), make<Leaf>(heap_));
    EXPECT_NE(one.find(key.get()), two.find(key.get()));
    EXPECT_FALSE(two.insert_or_assign(key.get(), make<Leaf>(heap_))) << "it overwrites";
    EXPECT_EQ(two.size(), 1u);
  }
  EXPECT_TRUE(one.contains(key.get()));
  EXPECT_TRUE(one.erase(key.get()));
  EXPECT_FALSE(one.erase(key.get()));
  heap_.collect();
  EXPECT_EQ(heap_.stats().live_objects, 1u);
}

TEST_F(EphemeronTest, EntriesGoBeforeTheFinalizerOfTheirKey) {
  WeakKeyMap<Pair, Leaf> map(heap_);
  Root<Pair> key(heap_, make<Pair>(heap_));
  map.insert_or_assign(key.get(), make<Leaf>(heap_));
  bool contained = true;
  set_finalizer(key.get(), [&](Pair& dying) { contained = map.contains(&dying); });
  key = nullptr;
  heap_.collect();
  EXPECT_EQ(heap_.run_finalizers(), 1u);
  EXPECT_FALSE(contained);
}

// Random graphs, random entries, a collector step anywhere: what is alive in the end is what a fixpoint over
// the ephemeron rule says.
TEST_F(EphemeronTest, WhatLivesIsTheFixpointOfTheRule) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    WeakKeyMap<Pair, Pair> map(heap_);
    std::vector<std::optional<Root<Pair>>> nodes;
    std::vector<std::set<size_t>> edges(12);
    std::map<size_t, size_t> entries;
    for (size_t i = 0; i < 12; ++i) nodes.emplace_back(std::in_place, heap_, make<Pair>(heap_));
    const auto step = [&] {
      switch (random.below(4)) {
        case 0:
          step_.start();
          break;
        case 1:
          step_.mark(random.below(3));
          break;
        case 2:
          step_.terminate();
          break;
        case 3:
          step_.sweep(1);
          break;
      }
    };
    for (int i = 0; i < 8; ++i) {
      const size_t from = random.below(12);
      const size_t to = random.below(12);
      if ((*nodes[from])->left.get() == nullptr) {
        (*nodes[from])->left = nodes[to]->get();
        edges[from].insert(to);
      }
      step();
    }
    for (int i = 0; i < 10; ++i) {
      const size_t key = random.below(12);
      const size_t value = random.below(12);
      map.insert_or_assign(nodes[key]->get(), nodes[value]->get());
      entries[key] = value;
      step();
    }
    std::set<size_t> live;
    for (size_t i = 0; i < 12; ++i) {
      if (random.below(4) == 0) {
        live.insert(i);
      } else {
        nodes[i].reset();
      }
      step();
    }
    for (size_t before = live.size() + 1; before != live.size();) {
      before = live.size();
      for (const size_t i : std::set<size_t>(live)) {
        live.insert(edges[i].begin(), edges[i].end());
        if (entries.contains(i)) live.insert(entries[i]);
      }
    }
    heap_.collect();
    expect_sound(heap_);
    ASSERT_EQ(heap_.stats().live_objects, live.size());
    uint64_t entries_alive = 0;
    for (const auto& [key, value] : entries) entries_alive += live.contains(key);
    ASSERT_EQ(map.size(), entries_alive);
    nodes.clear();
    heap_.collect();
  }
}

TEST_F(EphemeronTest, AReferenceQueueTellsWhatDiedOnce) {
  ReferenceQueue dead(heap_);
  std::vector<std::optional<Root<Leaf>>> objects;
  for (uint64_t i = 0; i < 300; ++i) {
    objects.emplace_back(std::in_place, heap_, make<Leaf>(heap_));
    dead.watch(objects.back()->get(), i);
  }
  heap_.collect();
  EXPECT_EQ(dead.poll(), std::nullopt);
  for (size_t i = 0; i < objects.size(); i += 3) objects[i].reset();
  step_.start();
  while (!step_.mark(1)) {
  }
  step_.terminate();
  while (!step_.sweep(1)) expect_sound(heap_);
  std::set<uint64_t> told;
  while (const std::optional<uint64_t> token = dead.poll()) EXPECT_TRUE(told.insert(*token).second);
  EXPECT_EQ(told.size(), 100u);
  for (const uint64_t token : told) EXPECT_EQ(token % 3, 0u);
  EXPECT_EQ(dead.waiting(), 200u);
}

TEST_F(EphemeronTest, AWatchWaitsForTheFinalizer) {
  ReferenceQueue dead(heap_);
  Root<Leaf> kept(heap_);
  {
    Local<Leaf> object(heap_, make<Leaf>(heap_));
    dead.watch(object.get(), 7);
    set_finalizer(object.get(), [&](Leaf& dying) { kept = &dying; });
  }
  heap_.collect();
  EXPECT_EQ(dead.ready(), 0u);
  heap_.run_finalizers();
  heap_.collect();
  EXPECT_EQ(dead.ready(), 0u) << "the finalizer kept it";
  kept = nullptr;
  heap_.collect();
  EXPECT_EQ(dead.poll(), 7u);
}

TEST_F(EphemeronTest, AQueueThatGoesWaitsForNothing) {
  Root<Leaf> object(heap_, make<Leaf>(heap_));
  {
    ReferenceQueue dead(heap_);
    dead.watch(object.get(), 1);
    dead.watch(object.get(), 2);
    heap_.collect();
  }
  object = nullptr;
  heap_.collect();
  EXPECT_EQ(heap_.stats().live_objects, 0u);
}

TEST(Lifetimes, DependentsMustGoBeforeTheHeap) {
  EXPECT_DEATH(
      {
        auto heap = std::make_unique<Heap>(tiny_steps());
        ReferenceQueue dead(*heap);
        heap.reset();
      },
      "outlive their heap");
}

}  // namespace
}  // namespace gcmap
