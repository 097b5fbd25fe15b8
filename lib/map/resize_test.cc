// Shrinking, reserving, fitting: what Go's map does not do.
#include "gcmap/internal/map/resize.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "gcmap/step.h"
#include "gcmap/string.h"
#include "map/sizing.h"
#include "map/test_model.h"

namespace gcmap {
namespace {

uint8_t b_of(const U64Map& map) {
  return MapDoor::inspect(map).state().b;
}

U64Map filled(Heap& heap, uint64_t size) {
  U64Map map(heap);
  for (uint64_t key = 0; key < size; ++key) map[key] = key * 3;
  return map;
}

TEST(Shrinking, IsOffUnlessAskedFor) {
  Heap heap;
  U64Map map = filled(heap, 1000);
  EXPECT_FALSE(map.shrinking());
  const uint8_t b = b_of(map);
  for (uint64_t key = 0; key < 1000; ++key) map.erase(key);
  EXPECT_EQ(b_of(map), b);
  EXPECT_EQ(MapDoor::inspect(map).state().growth, 0);
}

// Halving begins at the erase that leaves less than a quarter of what half the array holds, and not before.
TEST(Shrinking, BeginsExactlyAtAQuarterOfTheHalf) {
  for (const uint64_t size : {14, 27, 53, 105, 417, 1665}) {
    Heap heap;
    U64Map map = filled(heap, size);
    while (MapDoor::inspect(map).state().growth != 0) map[0] = 0;
    map.set_shrinking(true);
    const uint8_t b = b_of(map);
    uint64_t left = size;
    while (b_of(map) == b) {
      ASSERT_TRUE(left * 4 >= capacity(static_cast<uint8_t>(b - 1)) || left == size) << size;
      ASSERT_EQ(map.erase(--left), 1u);
      expect_sound(MapDoor::inspect(map));
    }
    EXPECT_LT(left * 4, capacity(static_cast<uint8_t>(b - 1))) << size;
    EXPECT_GE((left + 1) * 4, capacity(static_cast<uint8_t>(b - 1))) << size;
    EXPECT_EQ(b_of(map), b - 1);
  }
}

// From any size down to nothing: the array follows the entries, no halving takes more writes than it has
// chains, and at every moment the map is sound and holds what it should.
TEST(Shrinking, AnEmptiedMapGivesItsMemoryBack) {
  for (const uint64_t size : {1, 8, 9, 14, 100, 1000, 5000}) {
    Heap heap;
    U64Map map = filled(heap, size);
    map.set_shrinking(true);
    uint64_t writes = 0;
    for (uint64_t key = 0; key < size; ++key) {
      ASSERT_EQ(map.erase(key), 1u);
      writes = MapDoor::inspect(map).state().growth == 3 ? writes + 1 : 0;
      ASSERT_LE(writes, bucket_count(b_of(map)));
      if (key % 37 == 0 || size - key < 20) {
        expect_sound(MapDoor::inspect(map));
        ASSERT_EQ(map.size(), size - key - 1);
        for (uint64_t other = key + 1; other < size; ++other) ASSERT_EQ(map.at(other), other * 3);
      }
    }
    EXPECT_EQ(b_of(map), 0);
    EXPECT_EQ(MapDoor::inspect(map).state().growth, 0);
    heap.collect();
    EXPECT_LE(heap.stats().live_bytes, 512u) << "of " << size << " entries";
    map[1] = 2;
    EXPECT_EQ(map.at(1), 2u);
    expect_sound(MapDoor::inspect(map));
  }
}

// Hysteresis: having halved, a map grows only after quadrupling and halves again only after losing half of
// its entries; going to and fro at the boundary moves nothing.
TEST(Shrinking, DoesNotThrashAtTheBoundary) {
  for (const uint64_t size : {53, 417, 1665, 6657}) {
    Heap heap;
    U64Map map = filled(heap, size);
    map.set_shrinking(true);
    uint64_t left = size;
    while (MapDoor::inspect(map).state().growth != 3) map.erase(--left);
    while (MapDoor::inspect(map).state().growth != 0) map.erase(left + 1000000);
    const uint8_t b = b_of(map);
    const uint64_t least = left / 2 + 1;
    const uint64_t most = left * 3;
    for (int round = 0; round < 10; ++round) {
      while (left > least) map.erase(--left);
      while (left < most) map[left++] = 0;
      ASSERT_EQ(MapDoor::inspect(map).state().growth, 0) << size;
      ASSERT_EQ(b_of(map), b) << size;
    }
  }
}

// Single entries put in and taken out of a small map allocate nothing.
TEST(Shrinking, AMapEmptiedAgainAndAgainKeepsItsBucket) {
  Heap heap;
  U64Map map(heap);
  map.set_shrinking(true);
  map[1] = 1;
  map.erase(1);
  const uint64_t allocated = heap.stats().allocated_objects;
  for (int i = 0; i < 100; ++i) {
    map[1] = 1;
    map.erase(1);
  }
  EXPECT_EQ(heap.stats().allocated_objects, allocated);
}

TEST(Shrinking, NeverFallsBelowWhatIsReserved) {
  Heap heap;
  U64Map made(heap, 1000);
  U64Map reserved(heap);
  reserved.reserve(1000);
  for (U64Map* map : {&made, &reserved}) {
    map->set_shrinking(true);
    const uint8_t b = b_of(*map);
    EXPECT_GE(capacity(b), 1000u);
    for (uint64_t key = 0; key < 5000; ++key) (*map)[key] = key;
    for (uint64_t key = 0; key < 5000; ++key) {
      map->erase(key);
      ASSERT_GE(b_of(*map), b);
    }
    EXPECT_EQ(b_of(*map), b);
    for (uint64_t key = 0; key < 1000; ++key) (*map)[key] = key;
    EXPECT_EQ(b_of(*map), b);
    map->clear();
    EXPECT_EQ(b_of(*map), b);
    expect_sound(MapDoor::inspect(*map));
    map->reserve(0);
    (*map)[1] = 1;
    map->erase(1);
    EXPECT_EQ(b_of(*map), 0);
  }
}

TEST(Shrinking, ClearLetsGoOfTheArray) {
  Heap heap;
  U64Map map = filled(heap, 1000);
  auto loop = map.begin();
  map.set_shrinking(true);
  map.clear();
  EXPECT_FALSE(MapDoor::inspect(map).state().allocated);
  expect_sound(MapDoor::inspect(map));
  map[5] = 6;
  EXPECT_TRUE(++loop == map.end());
  EXPECT_EQ(contents(map), (std::map<uint64_t, uint64_t>{{5, 6}}));
}

// Loops begun at every moment of a shrinking map's life: each meets every entry that stays, once (C5, C7).
TEST(Shrinking, LoopsMeetEveryEntryThatStaysOnce) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    HeapOptions options;
    options.seed = seed;
    Heap heap(options);
    U64Map map = filled(heap, 300);
    map.set_shrinking(true);
    uint64_t erased = 20;  // keys from here on go one by one; those below stay
    uint64_t fresh = 1000;
    while (erased < 300 - seed) map.erase(erased++);
    std::set<uint64_t> seen;
    uint64_t step = 0;
    for (auto loop = map.begin(); loop != map.end(); ++loop, ++step) {
      ASSERT_TRUE(seen.insert(loop->first).second) << "seed " << seed << ": " << loop->first << " twice";
      for (uint64_t i = 0; i <= seed % 7 && erased < 300; ++i) map.erase(erased++);
      if (seed % 3 == 0 && step > 30) map[fresh++] = 0;  // and grow again under the loop
      if (step % 16 == 0) heap.collect();
    }
    for (uint64_t key = 0; key < 20; ++key) ASSERT_TRUE(seen.contains(key)) << "seed " << seed << ": " << key;
    expect_sound(MapDoor::inspect(map));
    EXPECT_TRUE(heap.verify().empty());
  }
}

// The same for keys that nothing finds: a map shrinks under a loop and grows back to the size the loop began
// at, or further. Such a key may be in the other half then.
TEST(Shrinking, LoopsMeetEveryNaNOnce) {
  constexpr uint64_t kNaNs = 12;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    HeapOptions options;
    options.seed = seed;
    Heap heap(options);
    Map<double, uint64_t> map(heap);
    map.set_shrinking(true);
    for (uint64_t n = 0; n < kNaNs; ++n) map.try_emplace(std::numeric_limits<double>::quiet_NaN(), n);
    for (uint64_t n = 0; n < 120; ++n) map[static_cast<double>(n)] = 100 + n;
    while (MapDoor::inspect(map).state().growth != 0) map[0] = 0;
    const uint8_t b = MapDoor::inspect(map).state().b;
    std::map<uint64_t, int> seen;
    auto loop = map.begin();
    const auto record = [&] {
      if (loop != map.end() && std::isnan(loop->first)) ++seen[loop->second];
    };
    const auto step = [&] {
      ++loop;
      record();
    };
    record();
    for (uint64_t i = 0; i < seed % 40; ++i) step();
    for (uint64_t n = 0; MapDoor::inspect(map).state().b == b; ++n) map.erase(static_cast<double>(n));
    while (MapDoor::inspect(map).state().growth != 0) map[-1] = 0;
    for (double fresh = 1000; MapDoor::inspect(map).state().b < b; ++fresh) map[fresh] = 0;
    ASSERT_EQ(MapDoor::inspect(map).state().growth, 1);
    for (; loop != map.end(); step()) {
      if (seed % 3 == 0) map[-2] = 0;
    }
    ASSERT_EQ(seen.size(), kNaNs) << "seed " << seed;
    for (const auto& [nan, times] : seen) ASSERT_EQ(times, 1) << "seed " << seed << ": NaN " << nan;
    expect_sound(MapDoor::inspect(map));
  }
}

TEST(Reserve, ThatManyInsertsNeverGrow) {
  for (uint64_t n : {0, 1, 8, 9, 13, 14, 26, 27, 1000, 6656, 6657}) {
    for (const uint64_t before : {0, 1, 20}) {
      Heap heap;
      U64Map map = filled(heap, std::min(before, n));
      map.reserve(n);
      expect_sound(MapDoor::inspect(map));
      const uint8_t b = b_of(map);
      for (uint64_t key = 0; key < n; ++key) {
        map[key] = key;
        ASSERT_EQ(b_of(map), b) << n;
        ASSERT_EQ(MapDoor::inspect(map).state().growth, 0) << n;
      }
      EXPECT_EQ(map.size(), n);
      expect_sound(MapDoor::inspect(map));
    }
  }
}

TEST(Reserve, MovesEverythingUnderRunningLoops) {
  Heap heap;
  U64Map map = filled(heap, 30);
  std::map<uint64_t, uint64_t> seen;
  for (auto loop = map.begin(); loop != map.end(); ++loop) {
    EXPECT_TRUE(seen.emplace(loop->first, loop->second).second);
    map.reserve(30 * (seen.size() + 1));
    expect_sound(MapDoor::inspect(map));
  }
  EXPECT_EQ(seen, contents(map));
  EXPECT_EQ(seen.size(), 30u);
}

TEST(Reserve, OfAMapWithoutAnArrayDecidesItsSize) {
  for (const uint64_t entries : {0, 60, 9}) {
    Heap heap;
    U64Map map(heap, 100);
    map.set_shrinking(true);
    map[1] = 1;
    map.reserve(20);
    map.clear();
    ASSERT_FALSE(MapDoor::inspect(map).state().allocated);
    map.reserve(entries);
    EXPECT_EQ(b_of(map), b_for(entries));
    EXPECT_EQ(MapDoor::inspect(map).state().allocated, entries > 8);
    expect_sound(MapDoor::inspect(map));
    map[1] = 1;
    EXPECT_EQ(b_of(map), b_for(entries));
  }
}

TEST(Reserve, WhatNoMemoryHoldsIsRefused) {
  Heap heap;
  U64Map map = filled(heap, 20);
  EXPECT_THROW(map.reserve(UINT64_MAX), std::bad_alloc);
  EXPECT_THROW(map.reserve(uint64_t{1} << 45), std::bad_alloc);
  EXPECT_EQ(map.size(), 20u);
  expect_sound(MapDoor::inspect(map));
}

// A hint is a reservation: what one refuses the other does, with the same error, and nothing is allocated.
TEST(Reserve, AndTheHintHaveOneLimitAndOneError) {
  Heap heap;
  U64Map map = filled(heap, 20);
  U64Map empty(heap);
  const uint64_t allocated = heap.stats().allocated_objects;
  const auto reason_of = [](auto&& ask) {
    try {
      ask();
    } catch (const OutOfMemory& error) {
      return std::string(error.what());
    }
    return std::string("none");
  };
  for (const uint64_t entries : {uint64_t{13} << 30, uint64_t{1} << 41, uint64_t{1} << 62, UINT64_MAX}) {
    const std::string said = reason_of([&] { U64Map(heap, entries); });
    EXPECT_NE(said.find("more than an address range of"), std::string::npos) << said;
    EXPECT_EQ(reason_of([&] { map.reserve(entries); }), said);
    EXPECT_EQ(reason_of([&] { empty.reserve(entries); }), said);
  }
  EXPECT_EQ(heap.stats().allocated_objects, allocated);
}

TEST(ShrinkToFit, LeavesTheSmallestArrayThatHoldsTheEntries) {
  for (const uint64_t left : {0, 1, 8, 9, 13, 14, 200}) {
    Heap heap;
    U64Map map = filled(heap, 1000);
    map.reserve(3000);
    for (uint64_t key = left; key < 1000; ++key) map.erase(key);
    std::map<uint64_t, uint64_t> seen;
    auto loop = map.begin();
    map.shrink_to_fit();
    for (; loop != map.end(); ++loop) seen.emplace(loop->first, loop->second);
    EXPECT_EQ(b_of(map), b_for(left));
    EXPECT_EQ(MapDoor::inspect(map).state().growth, 0);
    EXPECT_EQ(map.size(), left);
    EXPECT_EQ(contents(map), seen);
    expect_sound(MapDoor::inspect(map));
  }
}

TEST(ShrinkToFit, DropsOverflowBucketsNobodyNeeds) {
  Heap heap;
  IdentityMap map(heap);
  for (uint64_t key = 0; key < 50; ++key) map[key << 20] = key;  // all in chain 0
  for (uint64_t key = 9; key < 50; ++key) map.erase(key << 20);
  ASSERT_GT(MapDoor::inspect(map).state().noverflow, 1u);
  map.shrink_to_fit();
  EXPECT_EQ(MapDoor::inspect(map).state().noverflow, 1u);
  EXPECT_EQ(map.size(), 9u);
  expect_sound(MapDoor::inspect(map));
}

// Every allocation of a resize fails in turn: entries and loops as before, and it can be tried again.
TEST(Resize, EveryAllocationMayFail) {
  using StringMap = Map<String, String>;
  const std::vector<void (*)(StringMap&)> operations = {
      [](StringMap& map) { map.reserve(2000); },
      [](StringMap& map) { map.shrink_to_fit(); },
      [](StringMap& map) { map.set_shrinking(true), map.erase("39"); },
      [](StringMap& map) { EXPECT_EQ(map.clone().size(), map.size()); },
  };
  uint64_t failures = 0;
  for (const auto& operation : operations) {
    for (uint64_t n = 1;; ++n) {
      Heap heap;
      StringMap map(heap);
      for (uint64_t i = 0; i < 300; ++i) map.insert_or_assign(std::to_string(i), "value");
      for (uint64_t i = 40; i < 300; ++i) map.erase(std::to_string(i));
      auto loop = map.begin();
      Stepper(heap).fail_allocation(n);
      bool failed = false;
      try {
        operation(map);
      } catch (const std::bad_alloc&) {
        failed = true;
      }
      Stepper(heap).fail_allocation(0);
      expect_sound(MapDoor::inspect(map));
      std::set<std::string> seen;
      for (; loop != map.end(); ++loop) EXPECT_TRUE(seen.insert(std::string(loop->first)).second);
      EXPECT_EQ(seen.size(), map.size());
      if (!failed) break;
      ++failures;
      EXPECT_EQ(map.size(), 40u);
      operation(map);
      expect_sound(MapDoor::inspect(map));
    }
  }
  EXPECT_GE(failures, 9u);
}

}  // namespace
}  // namespace gcmap
