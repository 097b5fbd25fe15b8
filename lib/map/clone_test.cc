// Clones, taken at every moment of a map's life.
#include "gcmap/internal/map/clone.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <vector>

#include "gcmap/internal/map/grow.h"
#include "gcmap/string.h"
#include "map/sizing.h"
#include "map/test_model.h"

namespace gcmap {
namespace {

std::vector<std::byte> bytes_of(const MapInspector& map) {
  const auto header = map.header_bytes();
  return {header.begin(), header.end()};
}

TEST(Clone, HasTheSameEntriesAtEveryMoment) {
  Heap heap;
  U64Map map(heap);
  std::set<uint8_t> growths;
  for (uint64_t key = 0; key < 600; ++key) {
    map[key] = key * 7;
    if (key % 3 == 0) map.erase(key / 2);
    const auto before = bytes_of(MapDoor::inspect(map));
    const U64Map clone = map.clone();
    EXPECT_EQ(bytes_of(MapDoor::inspect(map)), before) << "cloning changed the source";
    expect_sound(MapDoor::inspect(clone));
    EXPECT_NE(MapDoor::header(clone), MapDoor::header(map));
    EXPECT_EQ(clone.size(), map.size());
    EXPECT_TRUE(clone == map);
    EXPECT_EQ(MapDoor::inspect(clone).state().b, b_for(map.size()));
    EXPECT_EQ(MapDoor::inspect(clone).state().growth, 0);
    growths.insert(MapDoor::inspect(map).state().growth);
  }
  EXPECT_TRUE(growths.contains(1));
}

// golang/go#69110: at full load, in a same-size growth, the clone has more buckets than the source.
TEST(Clone, InASameSizeGrowthAtFullLoadItMayBeLarger) {
  Heap heap;
  IdentityMap map(heap, 104);
  for (uint64_t key = 0; key < 104; ++key) map[key] = key;
  begin_same_size(*MapDoor::header(map), MapDoor::inspect(map).type());
  for (uint64_t key = 104; key < 110; ++key) map[key] = key;
  ASSERT_EQ(MapDoor::inspect(map).state().growth, 2);
  const IdentityMap clone = map.clone();
  EXPECT_GT(MapDoor::inspect(clone).state().b, MapDoor::inspect(map).state().b);
  expect_sound(MapDoor::inspect(clone));
  EXPECT_TRUE(clone == map);
  EXPECT_EQ(contents(clone), contents(map));
}

TEST(Clone, FollowsEveryKindOfGrowth) {
  for (uint64_t entries : {1, 8, 9, 60, 110, 300}) {
    for (const int kind : {1, 2, 3}) {
      Heap heap;
      IdentityMap map(heap, 300);
      for (uint64_t key = 0; key < entries; ++key) map[key * 5] = key;
      MapHeader& header = *MapDoor::header(map);
      const MapType& type = MapDoor::inspect(map).type();
      if (kind == 1) begin_doubling(header, type);
      if (kind == 2) begin_same_size(header, type);
      header.least_b = 0;
      if (kind == 3) begin_halving(header, type);
      while (true) {
        const IdentityMap clone = map.clone();
        expect_sound(MapDoor::inspect(clone));
        ASSERT_TRUE(clone == map) << entries << " entries, growth " << kind;
        if (MapDoor::inspect(map).state().growth == 0) break;
        growth_work(header, type, 0);
      }
    }
  }
}

// Nothing mutable is shared.
TEST(Clone, WritesToEitherAreNotSeenInTheOther) {
  using Wide = std::array<uint64_t, 20>;
  struct WideHash {
    uint64_t operator()(const Wide& key, uint64_t seed) const { return mix64(key[3] ^ seed); }
  };
  Heap heap;
  Map<Wide, Wide, WideHash> map(heap);
  const auto wide = [](uint64_t n) {
    Wide value{};
    value[3] = n;
    return value;
  };
  for (const uint64_t size : {1, 8, 9, 40, 200}) {
    for (uint64_t n = 0; n < size; ++n) map.insert_or_assign(wide(n), wide(n));
    auto clone = map.clone();
    std::set<const void*> keys;
    std::set<const void*> values;
    for (const auto entry : map) keys.insert(&entry.first), values.insert(&entry.second);
    for (const auto entry : clone) {
      EXPECT_FALSE(keys.contains(&entry.first)) << "a key's box is shared";
      EXPECT_FALSE(values.contains(&entry.second)) << "a value's box is shared";
    }
    for (uint64_t n = 0; n < size; ++n) clone.at(wide(n))[3] = 1000 + n;
    for (uint64_t n = 0; n < size; n += 2) map.erase(wide(n));
    heap.collect();
    for (uint64_t n = 0; n < size; ++n) {
      EXPECT_EQ(clone.at(wide(n))[3], 1000 + n);
      if (n % 2 != 0) {
        EXPECT_EQ(map.at(wide(n))[3], n);
      }
    }
    EXPECT_EQ(map.size(), size / 2);
    expect_sound(MapDoor::inspect(map));
    expect_sound(MapDoor::inspect(clone));
    EXPECT_TRUE(heap.verify().empty());
  }
}

TEST(Clone, SharesWhatKeysAndValuesReferTo) {
  struct Node {
    uint64_t number;
  };
  Heap heap;
  Map<String, Member<Node>> map(heap);
  map.insert_or_assign("a", make<Node>(heap, Node{7}));
  const auto clone = map.clone();
  EXPECT_EQ(clone.at("a").get(), map.at("a").get());
  map.clear();
  heap.collect();
  EXPECT_EQ(clone.at("a")->number, 7u);
  EXPECT_EQ(clone.begin()->first.view(), "a");
}

// Keys that nothing finds are all there, once, whatever the sizes.
TEST(Clone, KeepsEveryNaN) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    HeapOptions options;
    options.seed = seed;
    Heap heap(options);
    Map<double, uint64_t> map(heap);
    const uint64_t nans = 5 + seed * 3;
    for (uint64_t n = 0; n < nans; ++n) map.try_emplace(std::numeric_limits<double>::quiet_NaN(), n);
    map[0.0] = 1000;
    map.insert_or_assign(-0.0, 1001);
    MapHeader& header = *MapDoor::header(map);
    if (seed % 2 == 0 && !header.growing()) begin_same_size(header, MapDoor::inspect(map).type());
    const auto clone = map.clone();
    expect_sound(MapDoor::inspect(clone));
    std::set<uint64_t> seen;
    for (const auto [key, value] : clone) {
      EXPECT_TRUE(seen.insert(value).second);
      if (!std::isnan(key)) {
        EXPECT_TRUE(std::signbit(key)) << "the zero that was stored";
      }
    }
    EXPECT_EQ(seen.size(), nans + 1) << "seed " << seed;
  }
}

TEST(Clone, OfAnEmptyMapHasNoArrayAndOfANilOneIsNil) {
  Heap heap;
  U64Map map(heap, 1000);
  EXPECT_FALSE(MapDoor::inspect(map.clone()).state().allocated);
  EXPECT_TRUE(U64Map().clone().nil());
  map.set_shrinking(true);
  EXPECT_TRUE(map.clone().shrinking());
}

TEST(Clone, LeavesEmptyOverflowBucketsBehind) {
  Heap heap;
  IdentityMap map(heap);
  for (uint64_t key = 0; key < 50; ++key) map[key << 20] = key;
  for (uint64_t key = 1; key < 50; ++key) map.erase(key << 20);
  EXPECT_GT(MapDoor::inspect(map).state().noverflow, 0u);
  EXPECT_EQ(MapDoor::inspect(map.clone()).state().noverflow, 0u);
}

}  // namespace
}  // namespace gcmap
