// M18 and what else gcmap/weak_value_map.h promises.
#include "gcmap/weak_value_map.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "gc/test_heap.h"
#include "gcmap/finalizer.h"
#include "gcmap/internal/base/random.h"
#include "gcmap/misuse_error.h"
#include "gcmap/step.h"
#include "gcmap/string.h"

namespace gcmap {
namespace {

template <typename Map>
std::set<uint64_t> contents(Map& map) {
  std::set<uint64_t> found;
  map.for_each([&](uint64_t key, Leaf& leaf) {
    EXPECT_EQ(leaf.number, key);
    EXPECT_TRUE(found.insert(key).second) << "key " << key << " comes twice";
  });
  return found;
}

class WeakValueMapTest : public TinyStepsTest {
 protected:
  // Inserts keys 0 to n - 1 and holds the values for which `held` says so.
  void fill(WeakValueMap<uint64_t, Leaf>& map, uint64_t n, const std::function<bool(uint64_t)>& held) {
    for (uint64_t key = 0; key < n; ++key) {
      Local<Leaf> leaf(heap_, numbered(heap_, key));
      EXPECT_TRUE(map.insert_or_assign(key, leaf.get()));
      if (held(key)) held_.emplace_back(heap_, leaf.get());
    }
  }

  std::vector<Root<Leaf>> held_;
};

TEST_F(WeakValueMapTest, AnEntryLivesAsLongAsItsValue) {
  WeakValueMap<uint64_t, Leaf> map(heap_);
  Root<Leaf> leaf(heap_, numbered(heap_, 7));
  EXPECT_TRUE(map.insert_or_assign(7, leaf.get()));
  heap_.collect();
  EXPECT_EQ(map.find(7), leaf.get());
  EXPECT_EQ(map.size(), 1u);
  leaf = nullptr;
  heap_.collect();
  EXPECT_EQ(map.find(7), nullptr);
  EXPECT_FALSE(map.contains(7));
  EXPECT_TRUE(map.empty());
}

TEST_F(WeakValueMapTest, InsertsAssignsAndErases) {
  WeakValueMap<uint64_t, Leaf> map(heap_);
  Root<Leaf> a(heap_, numbered(heap_, 1));
  Root<Leaf> b(heap_, numbered(heap_, 2));
  EXPECT_TRUE(map.insert_or_assign(1, a.get()));
  EXPECT_FALSE(map.insert_or_assign(1, b.get()));
  EXPECT_EQ(map.find(1), b.get());
  EXPECT_TRUE(map.erase(1));
  EXPECT_FALSE(map.erase(1));
  EXPECT_TRUE(map.insert_or_assign(3, a.get()));
  map.clear();
  EXPECT_EQ(map.find(3), nullptr);
  EXPECT_EQ(map.size(), 0u);
}

TEST_F(WeakValueMapTest, RefusesWhatIsNoObject) {
  WeakValueMap<uint64_t, Leaf> map(heap_);
  Leaf outside;
  const Local<Leaf> leaf(heap_, numbered(heap_, 1));
  auto* const inside = reinterpret_cast<Leaf*>(reinterpret_cast<char*>(leaf.get()) + 1);
  for (const bool marking : {false, true}) {
    if (marking) Stepper(heap_).start();
    for (Leaf* const stranger : {static_cast<Leaf*>(nullptr), &outside, inside})
      EXPECT_THROW(map.insert_or_assign(1, stranger), std::invalid_argument);
  }
  heap_.collect();
  EXPECT_EQ(map.size(), 0u);
}

// What died goes from the table without the program asking: all that is left are the map's own objects.
TEST_F(WeakValueMapTest, EntriesOfTheDeadAreRemoved) {
  for (int door = 0; door < 3; ++door) {
    WeakValueMap<Member<Leaf>, Leaf> map(heap_);
    for (uint64_t i = 0; i < 50; ++i) {
      Local<Leaf> key(heap_, numbered(heap_, i));
      map.insert_or_assign(key.get(), numbered(heap_, i));
    }
    step_.start();
    step_.mark(UINT64_MAX);
    step_.terminate();
    EXPECT_EQ(map.size(), 0u);
    step_.sweep(UINT64_MAX);
    if (door == 0) heap_.safepoint();
    if (door == 1) heap_.run_finalizers();
    if (door == 2) map.erase(nullptr);
    step_.start();
    step_.mark(UINT64_MAX);
    step_.terminate();
    step_.sweep(UINT64_MAX);
    EXPECT_LE(heap_.stats().live_objects, 20u) << "door " << door << ": entries hold keys";
    heap_.collect();
  }
}

TEST_F(WeakValueMapTest, ShowsNoDeadEntryWhileSweeping) {
  WeakValueMap<uint64_t, Leaf> map(heap_);
  fill(map, 300, [](uint64_t key) { return key % 3 == 0; });
  step_.start();
  while (!step_.mark(1)) {
  }
  EXPECT_EQ(map.size(), 300u) << "nothing is dead before marking ends";
  ASSERT_TRUE(step_.terminate());
  do {
    ASSERT_EQ(map.size(), 100u);
    for (uint64_t key = 0; key < 300; ++key) ASSERT_EQ(map.contains(key), key % 3 == 0);
    ASSERT_EQ(map.find(4), nullptr);
    ASSERT_EQ(contents(map).size(), 100u);
    expect_sound(heap_);
  } while (!step_.sweep(1));
  EXPECT_EQ(contents(map).size(), 100u);
}

TEST_F(WeakValueMapTest, ADeadEntryCountsAsNone) {
  WeakValueMap<uint64_t, Leaf> map(heap_);
  fill(map, 2, [](uint64_t) { return false; });
  step_.start();
  step_.mark(UINT64_MAX);
  step_.terminate();
  Root<Leaf> leaf(heap_, numbered(heap_, 0));
  EXPECT_FALSE(map.erase(1));
  EXPECT_TRUE(map.insert_or_assign(0, leaf.get()));
  EXPECT_EQ(map.size(), 1u);
  step_.sweep(UINT64_MAX);
  EXPECT_EQ(map.find(0), leaf.get());
}

TEST_F(WeakValueMapTest, SizesDoNotKeepValuesAliveAndLooksDo) {
  WeakValueMap<uint64_t, Leaf> map(heap_);
  fill(map, 2, [](uint64_t) { return false; });
  step_.start();
  EXPECT_EQ(map.size(), 2u);
  EXPECT_TRUE(map.contains(0));
  EXPECT_NE(map.find(1), nullptr);
  step_.mark(UINT64_MAX);
  step_.terminate();
  EXPECT_EQ(map.size(), 1u);
  EXPECT_FALSE(map.contains(0));
  EXPECT_TRUE(map.contains(1));
}

TEST_F(WeakValueMapTest, GoesBeforeTheFinalizerRuns) {
  WeakValueMap<uint64_t, Leaf> map(heap_);
  Root<Leaf> kept(heap_);
  Root<Leaf> leaf(heap_, numbered(heap_, 1));
  map.insert_or_assign(1, leaf.get());
  set_finalizer(leaf.get(), [&](Leaf& dying) {
    EXPECT_FALSE(map.contains(1));
    kept = &dying;
  });
  leaf = nullptr;
  heap_.collect();
  heap_.run_finalizers();
  EXPECT_TRUE(kept);
  EXPECT_FALSE(map.contains(1));
  EXPECT_TRUE(map.insert_or_assign(1, kept.get()));
  EXPECT_EQ(map.find(1), kept.get());
}

TEST_F(WeakValueMapTest, ALoopSurvivesExpungingAndWrites) {
  WeakValueMap<uint64_t, Leaf> map(heap_);
  fill(map, 200, [](uint64_t) { return true; });
  std::set<uint64_t> met;
  map.for_each([&](uint64_t key, Leaf& leaf) {
    EXPECT_EQ(leaf.number, key);
    EXPECT_TRUE(met.insert(key).second);
    if (met.size() == 50) {
      std::erase_if(held_, [](const Root<Leaf>& root) { return root->number % 2 == 0; });
      heap_.collect();
    }
    if (met.size() == 60) {
      for (uint64_t other = 1000; other < 1200; ++other) {
        held_.emplace_back(heap_, numbered(heap_, other));
        map.insert_or_assign(other, held_.back().get());
      }
    }
  });
  for (uint64_t key = 1; key < 200; key += 2) EXPECT_TRUE(met.count(key)) << key;
  heap_.collect();  // the loop held one of the dropped values
  EXPECT_EQ(map.size(), 300u);
}

TEST_F(WeakValueMapTest, StringsAreKeys) {
  WeakValueMap<String, Leaf> map(heap_);
  Root<Leaf> leaf(heap_, numbered(heap_, 1));
  map.insert_or_assign("pear", leaf.get());
  map.insert_or_assign("plum", numbered(heap_, 2));
  heap_.collect();
  EXPECT_EQ(map.find("pear"), leaf.get());
  EXPECT_FALSE(map.contains("plum"));
  map.for_each([](std::string_view key, Leaf&) { EXPECT_EQ(key, "pear"); });
}

// Hash of keys that does something else now and then.
struct Hook {
  static inline std::function<void()> hook;
};
struct HookedHash {
  uint64_t operator()(uint64_t key, uint64_t seed) const {
    if (Hook::hook) std::exchange(Hook::hook, nullptr)();
    return hash_word(key, seed);
  }
};
using HookedMap = WeakValueMap<uint64_t, Leaf, HookedHash>;

TEST_F(WeakValueMapTest, NothingIsExpungedUnderACallback) {
  for (int deed = 0; deed < 4; ++deed) {
    SCOPED_TRACE(deed);
    HookedMap map(heap_);
    std::vector<Root<Leaf>> values;
    for (uint64_t key = 0; key < 27; ++key) {  // growing
      values.emplace_back(heap_, numbered(heap_, key));
      map.insert_or_assign(key, values.back().get());
    }
    bool called = false;
    Hook::hook = [&] {
      called = true;
      values.resize(5, Root<Leaf>(heap_));
      heap_.collect();
      heap_.safepoint();
      EXPECT_EQ(map.size(), 5u);
    };
    Root<Leaf> leaf(heap_, numbered(heap_, 100));
    if (deed == 0) map.insert_or_assign(100, leaf.get());
    if (deed == 1) map.erase(26);
    if (deed == 2) {
      EXPECT_EQ(map.find(26), nullptr);
    }
    if (deed == 3) {
      EXPECT_FALSE(map.contains(26));
    }
    EXPECT_TRUE(called);
    EXPECT_EQ(map.size(), deed == 0 ? 6u : 5u);
    heap_.safepoint();
    EXPECT_EQ(map.size(), deed == 0 ? 6u : 5u);
    expect_sound(heap_);
  }
}

TEST_F(WeakValueMapTest, AWriteFromACallbackIsRefused) {
  HookedMap map(heap_);
  Root<Leaf> leaf(heap_, numbered(heap_, 1));
  map.insert_or_assign(1, leaf.get());
  Hook::hook = [&] { map.insert_or_assign(2, leaf.get()); };
  EXPECT_THROW(map.insert_or_assign(3, leaf.get()), MisuseError);
  EXPECT_EQ(map.size(), 1u);
}

TEST_F(WeakValueMapTest, AHashThatThrowsLeavesTheRestForLater) {
  HookedMap map(heap_);
  for (uint64_t key = 0; key < 20; ++key) map.insert_or_assign(key, numbered(heap_, key));
  Hook::hook = [] { throw std::runtime_error("hash"); };
  heap_.collect();
  EXPECT_FALSE(Hook::hook);
  EXPECT_EQ(map.size(), 0u);
  EXPECT_FALSE(map.up_to_date());
  heap_.safepoint();
  EXPECT_TRUE(map.up_to_date());
  EXPECT_EQ(map.size(), 0u);
}

// Each allocation of each operation fails in turn, those of expunging among them.
TEST_F(WeakValueMapTest, AFailedAllocationHasNotHappened) {
  uint64_t failures = 0;
  for (uint64_t nth = 1; nth < 40; ++nth) {
    WeakValueMap<uint64_t, Leaf> map(heap_);
    std::map<uint64_t, Root<Leaf>> model;
    step_.fail_allocation(0);
    for (uint64_t key = 0; key < 60; ++key) {
      const uint64_t left = step_.fail_allocation(0);
      Root<Leaf> leaf(heap_, numbered(heap_, key));
      step_.fail_allocation(left);
      if (key == 20) step_.fail_allocation(nth);
      if (key == 30) {
        step_.start();
        std::erase_if(model, [](const auto& entry) { return entry.first % 4 == 1; });
        step_.mark(UINT64_MAX);
        step_.terminate();
        step_.sweep(2);
      }
      try {
        map.insert_or_assign(key, leaf.get());
        model.emplace(key, leaf);
      } catch (const std::bad_alloc&) {
        ++failures;
      }
      ASSERT_EQ(map.size(), model.size());
      for (uint64_t other = 0; other <= key; ++other) ASSERT_EQ(map.contains(other), model.contains(other));
    }
    step_.fail_allocation(0);
    step_.sweep(UINT64_MAX);
    expect_sound(heap_);
  }
  EXPECT_GT(failures, 5u);
}

// Written to and read at every moment of a cycle, with values taken out and let go of.
TEST(WeakValueMap, UsedAtEveryMomentOfACycle) {
  for (int deed = 0; deed < 4; ++deed) {
    for (uint64_t units = 0; units < 60; ++units) {
      SCOPED_TRACE("deed " + std::to_string(deed) + " after " + std::to_string(units) + " units");
      Heap heap(tiny_steps());
      Stepper step(heap);
      WeakValueMap<uint64_t, Leaf> map(heap);
      for (uint64_t key = 0; key < 20; ++key) map.insert_or_assign(key, numbered(heap, key));
      Root<Leaf> held(heap, map.find(5));
      step.start();
      step.mark(units);
      Root<Leaf> taken(heap);
      if (deed == 1) taken = map.find(6);
      if (deed == 2) taken = numbered(heap, 6), map.insert_or_assign(6, taken.get());
      if (deed == 3) map.erase(5);
      while (!step.mark(1)) expect_sound(heap);
      ASSERT_TRUE(step.terminate());
      std::set<uint64_t> expected{5};
      if (deed == 1 || deed == 2) expected.insert(6);
      if (deed == 3) expected.clear();
      do {
        ASSERT_EQ(contents(map), expected);
        ASSERT_EQ(map.size(), expected.size());
        if (units % 3 == 0) heap.safepoint();
        expect_sound(heap);
      } while (!step.sweep(1));
      heap.collect();
      ASSERT_EQ(contents(map), expected);
    }
  }
}

// Beside std::map and roots, with collections in steps.
TEST(WeakValueMap, BehavesAsAMapOfWhatIsHeld) {
  for (uint64_t seed = 0; seed < 15; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Heap heap(tiny_steps());
    Stepper step(heap);
    WeakValueMap<uint64_t, Leaf> map(heap);
    std::map<uint64_t, Root<Leaf>> model;
    Random random(seed);
    for (int i = 0; i < 1500; ++i) {
      const uint64_t key = random.below(100);
      switch (random.below(8)) {
        case 0:
        case 1:
        case 2: {
          Root<Leaf> leaf(heap, numbered(heap, key));
          const bool known = model.contains(key);
          const bool fresh = map.insert_or_assign(key, leaf.get());
          if (known) {
            EXPECT_FALSE(fresh);
          }
          model.insert_or_assign(key, leaf);
          break;
        }
        case 3:
          if (map.erase(key)) break;
          EXPECT_FALSE(model.contains(key));
          break;
        case 4:
          if (const auto it = model.find(key); it != model.end()) {
            EXPECT_EQ(map.find(key), it->second.get());
          }
          continue;
        case 5:
          if (step.phase() == Phase::kIdle) step.start();
          if (step.mark(3)) step.terminate();
          step.sweep(1);
          continue;
        case 6:
          if (random.below(10) == 0) heap.safepoint();
          continue;
        default:
          if (random.below(3) == 0) model.erase(key);
          if (random.below(100) != 0) continue;
          heap.collect();
          EXPECT_EQ(map.size(), model.size());
          continue;
      }
      if (!map.contains(key)) model.erase(key);
    }
    heap.collect();
    std::set<uint64_t> keys;
    for (const auto& [key, root] : model) keys.insert(key);
    EXPECT_EQ(contents(map), keys);
    expect_sound(heap);
  }
}

}  // namespace
}  // namespace gcmap
