#include "gcmap/map.h"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

#include "gcmap/step.h"
#include "map/sizing.h"
#include "map/test_model.h"

namespace gcmap {
namespace {

// Everything in one chain, whatever the size.
struct ConstantHash {
  uint64_t operator()(uint64_t, uint64_t) const { return uint64_t{42} << 56; }
};
using ConstantMap = Map<uint64_t, uint64_t, ConstantHash>;

// Throws at the n-th call from when it is armed.
struct ThrowingHash {
  int* countdown;
  uint64_t operator()(uint64_t key, uint64_t seed) const {
    if (*countdown > 0 && --*countdown == 0) throw std::runtime_error("hash");
    return mix64(key ^ seed);
  }
};
using ThrowingMap = Map<uint64_t, uint64_t, ThrowingHash>;

TEST(Map, MakesNoArrayBeforeTheFirstInsert) {
  Heap heap;
  U64Map map(heap, 8);
  EXPECT_FALSE(MapDoor::inspect(map).state().allocated);
  EXPECT_FALSE(map.contains(1));
  EXPECT_EQ(map.erase(1), 0u);
  map.clear();
  EXPECT_FALSE(MapDoor::inspect(map).state().allocated);
  map[1] = 2;
  EXPECT_TRUE(MapDoor::inspect(map).state().allocated);
  EXPECT_EQ(map.at(1), 2u);
}

TEST(Map, HintDecidesTheFirstSizeAsInGo) {
  Heap heap;
  const std::map<uint64_t, uint8_t> expected{{0, 0},  {8, 0},  {9, 1},  {13, 1},
                                             {14, 2}, {26, 2}, {27, 3}, {52, 3}};
  for (const auto& [hint, b] : expected)
    EXPECT_EQ(MapDoor::inspect(U64Map(heap, hint)).state().b, b) << "hint " << hint;
}

TEST(Map, InsertsUpToTheHintNeverGrow) {
  Heap heap;
  for (uint64_t hint = 0; hint < 200; ++hint) {
    U64Map map(heap, hint);
    const uint8_t b = MapDoor::inspect(map).state().b;
    for (uint64_t key = 0; key < hint; ++key) map[key] = key;
    EXPECT_EQ(MapDoor::inspect(map).state().b, b) << "hint " << hint;
  }
}

TEST(Map, AHintThatNoMemoryHoldsIsAnAllocationError) {
  Heap heap;
  for (uint64_t hint :
       {UINT64_MAX, uint64_t{1} << 63, uint64_t{1} << 62, uint64_t{1} << 48, uint64_t{1} << 40})
    EXPECT_THROW(U64Map(heap, hint), std::bad_alloc) << hint;
  EXPECT_TRUE(heap.verify().empty());
}

TEST(Map, AnswersInTheVocabularyOfUnorderedMap) {
  Heap heap;
  U64Map map(heap);
  EXPECT_TRUE(map.empty());
  EXPECT_TRUE(map.insert({1, 10}).second);
  EXPECT_FALSE(map.insert({1, 11}).second);
  EXPECT_EQ(map.find(1)->second, 10u);
  EXPECT_FALSE(map.insert_or_assign(1, 12).second);
  EXPECT_EQ((*map.find(1)).second, 12u);
  EXPECT_TRUE(map.try_emplace(2, 20).second);
  EXPECT_TRUE(map.find(3) == map.end());
  EXPECT_THROW(map.at(3), std::out_of_range);
  map[3] += 5;
  EXPECT_EQ(map.at(3), 5u);
  EXPECT_EQ(map.size(), 3u);
  EXPECT_EQ(map.erase(2), 1u);
  EXPECT_EQ(map.erase(2), 0u);
  EXPECT_EQ(contents(map), (std::map<uint64_t, uint64_t>{{1, 12}, {3, 5}}));
}

TEST(Map, AReusedSlotStartsAtZero) {
  Heap heap;
  U64Map map(heap);
  map[1] = 99;
  map.erase(1);
  EXPECT_EQ(map[2], 0u);
}

TEST(Map, KeepsEverythingThroughManyGrowths) {
  Heap heap;
  U64Map map(heap);
  for (uint64_t key = 0; key < 5000; ++key) {
    map[key] = 3 * key;
    if (key % 64 == 0) expect_sound(MapDoor::inspect(map));
  }
  for (uint64_t key = 0; key < 5000; ++key) ASSERT_EQ(map.at(key), 3 * key);
  for (uint64_t key = 0; key < 5000; key += 2) ASSERT_EQ(map.erase(key), 1u);
  for (uint64_t key = 0; key < 5000; ++key) ASSERT_EQ(map.contains(key), key % 2 == 1);
  expect_sound(MapDoor::inspect(map));
}

TEST(Map, ChurnAtConstantSizeGrowsAtTheSameSize) {
  Heap heap;
  IdentityMap map(heap, 104);  // 16 buckets
  uint64_t same_size_growths = 0;
  const auto put = [&](uint64_t key) {
    const bool growing = MapDoor::inspect(map).state().growth == 2;
    map[key] = 1;
    if (!growing && MapDoor::inspect(map).state().growth == 2) ++same_size_growths;
  };
  // Keys of one chain after the other: overflow buckets pile up, the load does not.
  for (uint64_t round = 0; round < 40; ++round) {
    for (uint64_t i = 0; i < 20; ++i) put((round << 20) + 16 * i + round % 16);
    for (uint64_t i = 0; i < 20; ++i) map.erase((round << 20) + 16 * i + round % 16);
    expect_sound(MapDoor::inspect(map));
    EXPECT_EQ(MapDoor::inspect(map).state().b, 4);
  }
  EXPECT_GE(same_size_growths, 4u);
}

TEST(Map, EraseRestoresTheTailMarksAcrossOverflowBuckets) {
  Heap heap;
  ConstantMap map(heap, 104);
  for (uint64_t key = 0; key < 30; ++key) map[key] = key;
  for (uint64_t key = 29; key > 3; --key) {
    map.erase(key);
    expect_sound(MapDoor::inspect(map));
  }
  for (uint64_t key = 0; key < 3; ++key) {
    map.erase(key);
    expect_sound(MapDoor::inspect(map));
  }
  MapDoor::inspect(map).for_each_bucket(
      MapArray::kPresent, 0, [first = true](const BucketView& bucket) mutable {
        const std::array<uint8_t, 8> marks{1, 1, 1, 42, 0, 0, 0, 0};
        EXPECT_EQ(bucket.tophash, first ? marks : (std::array<uint8_t, 8>{}));
        first = false;
      });
}

TEST(Map, ReadsEvacuateNothing) {
  Heap heap;
  U64Map map(heap);
  for (uint64_t key = 0; key <= 104; ++key) map[key] = key;
  const MapState before = MapDoor::inspect(map).state();
  ASSERT_EQ(before.growth, 1);
  for (uint64_t key = 0; key < 300; ++key) EXPECT_EQ(map.contains(key), key <= 104);
  EXPECT_EQ(MapDoor::inspect(map).state().nevacuate, before.nevacuate);
}

// As in Go: a write passes what was evacuated before its turn, and stays bounded.
TEST(Map, AWritePassesAtMost1024EvacuatedChains) {
  Heap heap;
  IdentityMap map(heap, 26624);  // 4096 buckets
  for (uint64_t key = 0; MapDoor::inspect(map).state().growth == 0; ++key) map[key] = key;
  ASSERT_EQ(MapDoor::inspect(map).chains(MapArray::kOld), 4096u);
  const auto nevacuate = [&] { return MapDoor::inspect(map).state().nevacuate; };
  for (uint64_t chain = 2000; chain < 3500; ++chain) map[chain] = 0;
  while (nevacuate() < 1999) map[3499] = 0;
  map[3499] = 0;
  EXPECT_EQ(nevacuate(), 2000u + 1024);
  map[3499] = 0;
  EXPECT_EQ(nevacuate(), 3500u);
  expect_sound(MapDoor::inspect(map));
}

TEST(Map, ALoopSurvivesErasureInsertionGrowthAndCollection) {
  for (uint32_t seed = 0; seed < 50; ++seed) {
    Heap heap({.seed = seed});
    U64Map map(heap);
    for (uint64_t key = 0; key < 100; ++key) map[key] = key;
    std::set<uint64_t> seen;
    uint64_t fresh = 1000;
    for (const auto [key, value] : map) {
      EXPECT_TRUE(seen.insert(key).second) << "seed " << seed << ": key " << key << " twice";
      if (key >= 1000) continue;
      EXPECT_EQ(value, key);
      if (key % 3 == 0) map.erase((key + 1) % 100);
      for (int i = 0; i < 7; ++i) map[fresh++] = 0;
      if (key % 16 == 0) heap.collect();
    }
    for (uint64_t key = 0; key < 100; ++key) {
      if (map.contains(key)) {
        EXPECT_TRUE(seen.contains(key)) << "seed " << seed << ": key " << key << " missed";
      }
    }
    expect_sound(MapDoor::inspect(map));
    EXPECT_TRUE(heap.verify().empty());
  }
}

TEST(Map, ALoopNeverProducesWhatWasClearedAway) {
  // Overflow buckets, an old array and a finished growth: each holds entries of before the clear.
  for (uint64_t entries : {5u, 9u, 30u, 105u, 120u, 300u}) {
    Heap heap;
    U64Map map(heap);
    for (uint64_t key = 0; key < entries; ++key) map[key] = 1;
    MapIterator iterator = MapDoor::iterator_from(map, {3, 2});
    for (int i = 0; i < 4; ++i) ASSERT_NE(iterator.next().key, nullptr);
    for (uint64_t key = 0; key < entries / 2; ++key) map[1000 + key] = 1;
    map.clear();
    map[7] = 2;
    heap.collect();
    while (const void* key = iterator.next().key) EXPECT_EQ(*static_cast<const uint64_t*>(key), 7u);
  }
}

TEST(Map, AnIteratorHoldsTheOverflowBucketsItWalks) {
  Heap heap;
  ConstantMap map(heap, 104);
  for (uint64_t key = 0; key < 60; ++key) map[key] = key;
  MapIterator iterator = MapDoor::iterator_from(map, {});
  ASSERT_NE(iterator.next().key, nullptr);
  for (uint64_t key = 60; key < 500; ++key) map[key] = key;
  heap.collect();
  std::set<uint64_t> seen{0};
  while (const void* key = iterator.next().key) seen.insert(*static_cast<const uint64_t*>(key));
  for (uint64_t key = 0; key < 60; ++key) EXPECT_TRUE(seen.contains(key)) << "key " << key;
}

TEST(Map, AnIterationThatEndedKeepsNothingAlive) {
  Heap heap;
  std::optional<Map<uint64_t, uint64_t>> map(std::in_place, heap);
  MapIterator over_nothing = MapDoor::iterator_from(*map, {});
  for (uint64_t key = 0; key < 1000; ++key) (*map)[key] = key;
  MapIterator over_all = MapDoor::iterator_from(*map, {});
  while (over_all.next().key != nullptr) {
  }
  map.reset();
  heap.collect();
  EXPECT_EQ(heap.stats().live_objects, 0u);
  EXPECT_EQ(over_all.next().key, nullptr);
  EXPECT_EQ(over_nothing.next().key, nullptr);
  EXPECT_EQ(over_all.generation(), 2);
}

TEST(Map, AnIteratorSaysWhereItStands) {
  Heap heap;
  IdentityMap map(heap, 26);  // 4 buckets
  for (uint64_t key = 0; key <= 25; ++key) map[key] = key;
  MapIterator iterator = MapDoor::iterator_from(map, {2, 3});
  IteratorPlace place = iterator.place();
  EXPECT_EQ(place.b, 2);
  EXPECT_EQ(place.start, 2u);
  EXPECT_EQ(place.next_chain, 2u);
  EXPECT_EQ(place.bucket, nullptr);
  const void* const key = iterator.next().key;
  place = iterator.place();
  EXPECT_EQ(place.next_chain, 3u);
  EXPECT_EQ(place.slot, 3u);
  EXPECT_EQ(place.borrowed, nullptr);
  MapDoor::inspect(map).for_each_bucket(MapArray::kPresent, 2, [&](const BucketView& bucket) {
    EXPECT_EQ(static_cast<const uint64_t*>(bucket.keys) + 3, key);
    EXPECT_EQ(static_cast<const char*>(place.bucket) + kBucketSlots, bucket.keys);
  });
  map[27] = 27;  // doubles
  ASSERT_FALSE(MapDoor::inspect(map).evacuated(1));
  MapIterator borrower = MapDoor::iterator_from(map, {1, 0});
  borrower.next();
  EXPECT_EQ(borrower.place().borrowed, place.array) << "the old array";
  while (iterator.next().key != nullptr) {
  }
  EXPECT_EQ(iterator.place().array, nullptr);
}

// Go decides at every step whether a borrowed chain is filtered, from the growth in progress then: when a
// same-size growth has followed the doubling, keys of the sister bucket come out twice.
TEST(Map, ABorrowedChainKeepsTheFilterItWasEnteredWith) {
  Heap heap;
  IdentityMap map(heap, 26);  // 4 buckets
  for (uint64_t key = 0; key <= 25; ++key) map[key] = key;
  map[27] = 27;  // doubles; chain 1 is not evacuated yet
  ASSERT_EQ(MapDoor::inspect(map).state().growth, 1);
  ASSERT_FALSE(MapDoor::inspect(map).evacuated(1));
  MapIterator iterator = MapDoor::iterator_from(map, {1, 0});
  std::multiset<uint64_t> seen{*static_cast<const uint64_t*>(iterator.next().key)};
  while (MapDoor::inspect(map).state().growth != 0) map[3] = 3;
  // The insert after the eighth overflow bucket begins a growth at the same size under the iterator.
  for (uint64_t i = 0; MapDoor::inspect(map).state().growth == 0; ++i) {
    const uint64_t key = 1024 + 8 * i + std::array<uint64_t, 4>{2, 3, 6, 7}[i / 20];
    map[key] = 0;
    if (i % 20 == 19) {
      for (uint64_t gone = i - 19; gone <= i; ++gone) map.erase(1024 + 8 * gone + key % 8);
    }
  }
  ASSERT_EQ(MapDoor::inspect(map).state().growth, 2);
  while (const void* key = iterator.next().key) seen.insert(*static_cast<const uint64_t*>(key));
  for (uint64_t key = 0; key <= 25; ++key) EXPECT_EQ(seen.count(key), 1u) << "key " << key;
}

// The map is emptied while an iterator stands in a borrowed chain, gets another seed and a key of that chain
// again. The key has a slot in two arrays the iterator may walk, and must be produced from one of them only.
TEST(Map, AKeyInsertedAgainUnderANewSeedIsProducedOnce) {
  uint64_t met_again = 0;
  for (uint32_t seed = 0; seed < 200; ++seed) {
    Heap heap({.seed = seed});
    U64Map map(heap);
    for (uint64_t key = 0; key <= 26; ++key) map[key] = 0;
    ASSERT_EQ(MapDoor::inspect(map).state().growth, 1);
    MapIterator iterator = MapDoor::iterator_from(map, {seed % 8, 0});
    ASSERT_NE(iterator.next().key, nullptr);
    // With and without a further growth: the iterator's array is an old one, or still the present one.
    for (uint64_t key = 100; key < (seed % 3 == 0 ? 126 : 103); ++key) map[key] = 0;
    for (uint64_t key = 0; key < 126; ++key) map.erase(key);
    ASSERT_TRUE(map.empty());
    for (uint64_t key = 0; key <= 26; ++key) map[key] = 1;
    std::multiset<uint64_t> seen;
    while (const void* key = iterator.next().key) seen.insert(*static_cast<const uint64_t*>(key));
    for (uint64_t key : seen) EXPECT_EQ(seen.count(key), 1u) << "seed " << seed << " key " << key;
    met_again += seen.size();
  }
  EXPECT_GT(met_again, 0u);
}

// The growth a chain is borrowed from ends and a collection runs while the iterator stands in the chain.
// Nothing else holds the old array's overflow buckets any more.
TEST(Map, AnIteratorHoldsTheChainItBorrows) {
  Heap heap;
  IdentityMap map(heap, 26);  // 4 buckets
  for (uint64_t i = 0; i < 12; ++i) map[4 * i + 1] = i;
  for (uint64_t key : {0, 4, 8, 12, 2, 6, 10, 14, 18, 3, 7, 11, 15, 19}) map[key] = key;
  map[23] = 23;  // doubles; chain 1, with its overflow bucket, is not evacuated yet
  ASSERT_EQ(MapDoor::inspect(map).state().growth, 1);
  ASSERT_FALSE(MapDoor::inspect(map).evacuated(1));
  MapIterator iterator = MapDoor::iterator_from(map, {1, 0});
  std::set<uint64_t> seen{*static_cast<const uint64_t*>(iterator.next().key)};
  while (MapDoor::inspect(map).state().growth != 0) map[3] = 3;
  heap.collect();
  while (const void* key = iterator.next().key) seen.insert(*static_cast<const uint64_t*>(key));
  for (const auto [key, value] : map) EXPECT_TRUE(seen.contains(key)) << "key " << key;
}

TEST(Map, DroppedArraysAreCollectedOnceNobodyIterates) {
  Heap heap;
  U64Map map(heap);
  for (uint64_t key = 0; key < 1000; ++key) map[key] = key;
  while (MapDoor::inspect(map).state().growth != 0) map[0] = 0;
  heap.collect();
  // What is left: the header, the present array, its side list with chunks and buckets.
  const MapState state = MapDoor::inspect(map).state();
  const uint64_t array_bytes = (bucket_count(state.b) + spare_buckets(state.b, 144)) * 144;
  EXPECT_LT(heap.stats().live_bytes, array_bytes + array_bytes / 8 + 8192);
}

TEST(Map, AMapThatIsGoneIsCollectedWhole) {
  Heap heap;
  {
    U64Map map(heap);
    for (uint64_t key = 0; key < 3000; ++key) map[key] = key;
  }
  heap.collect();
  EXPECT_EQ(heap.stats().live_objects, 0u);
}

TEST(Map, CollectorStepsBetweenWritesDoNotShow) {
  Heap quiet_heap;
  Heap busy_heap;
  U64Map quiet(quiet_heap);
  U64Map busy(busy_heap);
  Stepper step(busy_heap);
  for (uint64_t key = 0; key < 2000; ++key) {
    quiet[key % 700] += key;
    busy[key % 700] += key;
    if (key % 5 == 0) quiet.erase(key / 2 % 700), busy.erase(key / 2 % 700);
    if (step.phase() == Phase::kIdle) step.start();
    if (step.phase() == Phase::kMark && step.mark(1)) step.terminate();
    if (step.phase() == Phase::kSweep) step.sweep(1);
    ASSERT_EQ(MapDoor::inspect(quiet).state().noverflow, MapDoor::inspect(busy).state().noverflow);
  }
  EXPECT_EQ(contents(quiet), contents(busy));
  EXPECT_TRUE(busy_heap.verify().empty());
}

TEST(Map, AFailedAllocationLeavesTheMapAsItWas) {
  // Fails every allocation in turn: first array, growths, overflow buckets, their chunks and lists.
  uint64_t injected = 0;
  for (uint64_t nth = 1;; ++nth) {
    Heap heap;
    ConstantMap map(heap);
    Stepper(heap).fail_allocation(nth);
    bool failed = false;
    for (uint64_t key = 0; key < 120; ++key) {
      try {
        map[key] = key;
      } catch (const std::bad_alloc&) {
        failed = true;
        ++injected;
        EXPECT_EQ(map.size(), key);
        for (uint64_t other = 0; other < 120; ++other) EXPECT_EQ(map.contains(other), other < key);
        expect_sound(MapDoor::inspect(map));
        map[key] = key;
      }
    }
    EXPECT_EQ(map.size(), 120u);
    expect_sound(MapDoor::inspect(map));
    EXPECT_TRUE(heap.verify().empty());
    if (!failed) break;
  }
  EXPECT_GE(injected, 15u);
}

TEST(Map, AThrowingHashLeavesTheMapAsItWas) {
  uint64_t thrown = 0;
  for (int nth = 1; nth < 2000; ++nth) {
    Heap heap;
    int countdown = 0;
    ThrowingMap map(heap, 0, ThrowingHash{&countdown});
    for (uint64_t key = 0; key < 52; ++key) map[key] = key;
    countdown = nth;
    bool failed = false;
    for (uint64_t key = 52; key < 120; ++key) {
      try {
        map[key] = key;
      } catch (const std::runtime_error&) {
        failed = true;
        ++thrown;
        EXPECT_EQ(map.size(), key);
        EXPECT_FALSE(map.contains(key));
        expect_sound(MapDoor::inspect(map));
        map[key] = key;
      }
    }
    EXPECT_EQ(contents(map).size(), 120u);
    if (!failed) break;
  }
  EXPECT_GE(thrown, 68u);  // once for each insert's own key, and in evacuations
}

TEST(Map, SameSeedGivesTheSameOrder) {
  const auto order = [](uint64_t seed) {
    Heap heap({.seed = seed});
    U64Map map(heap);
    for (uint64_t key = 0; key < 50; ++key) map[key] = key;
    std::vector<uint64_t> keys;
    for (const auto [key, value] : map) keys.push_back(key);
    return keys;
  };
  EXPECT_EQ(order(1), order(1));
  EXPECT_NE(order(1), order(2));
}

TEST(Map, OrderDiffersFromLoopToLoop) {
  Heap heap;
  U64Map map(heap);
  for (uint64_t key = 0; key < 8; ++key) map[key] = key;
  std::set<uint64_t> firsts;
  for (int i = 0; i < 100; ++i) firsts.insert((*map.begin()).first);
  EXPECT_EQ(firsts.size(), 8u);
}

TEST(Map, TheSeedIsRedrawnWheneverTheMapBecomesEmpty) {
  Heap heap;
  std::vector<uint64_t> seeds;
  struct RecordingHash {
    std::vector<uint64_t>* seeds;
    uint64_t operator()(uint64_t key, uint64_t seed) const {
      seeds->push_back(seed);
      return mix64(key ^ seed);
    }
  };
  Map<uint64_t, uint64_t, RecordingHash> map(heap, 0, RecordingHash{&seeds});
  map[1] = 1;
  map.erase(1);
  map[1] = 1;
  map.clear();
  map[1] = 1;
  EXPECT_EQ(std::set<uint64_t>(seeds.begin(), seeds.end()).size(), 3u);
}

TEST(Map, NarrowKeysAndValuesWork) {
  Heap heap;
  Map<uint16_t, uint8_t> map(heap);
  for (uint16_t key = 0; key < 1000; ++key) map[key] = static_cast<uint8_t>(key);
  for (uint16_t key = 0; key < 1000; ++key) ASSERT_EQ(map.at(key), static_cast<uint8_t>(key));
  expect_sound(MapDoor::inspect(map));
}

// Collects at every decision point.
struct CollectAlways final : PacingStrategy {
  PacingDecision decide(DecisionPoint, const PacingView&) override { return {.collect = true}; }
};

TEST(Map, KeysAndValuesMayComeFromTheMapItself) {
  Heap heap;
  CollectAlways pacing;
  Stepper(heap).set_pacing(&pacing);
  {
    U64Map map(heap);
    for (uint64_t key = 0; key < 27; ++key) map[key] = key;
    ASSERT_EQ(MapDoor::inspect(map).state().growth, 1);
    // The write that ends the growth lets go of the array the reference leads into.
    for (uint64_t key = 0; key < 27; ++key) {
      EXPECT_EQ(map.erase(map.find(key)->first), 1u);
      EXPECT_TRUE(map.insert_or_assign(key, key).second);
    }
    for (uint64_t key = 27; key < 300; ++key) map.insert_or_assign(key, map.at(key - 27));
    for (uint64_t key = 27; key < 300; ++key) EXPECT_EQ(map.at(key), key % 27);
  }
  Stepper(heap).set_pacing(nullptr);
}

}  // namespace
}  // namespace gcmap
