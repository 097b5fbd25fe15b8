// The rules of the C++ standard for unordered associative containers ([unord.req], [unord.map]; C++20, and
// of C++23 heterogeneous erasure and insert_range), one by one. Here: types, construction, moving, swapping,
// iteration, size, comparison. conformance_writes_test.cc has insertion, erasure, look-up and exceptions.
// Where this map differs on purpose the test's name says what holds instead; docs/MAP.md has the whole table.
#include <gtest/gtest.h>

#include <algorithm>
#include <concepts>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <ranges>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "gcmap/map.h"
#include "gcmap/string.h"
#include "map/sizing.h"
#include "map/test_model.h"

namespace gcmap {
namespace {

using Model = std::map<uint64_t, uint64_t>;

constexpr uint64_t kSizes[] = {0, 1, 8, 9, 14, 27, 53, 105};  // from 9 on some are in the middle of a growth

U64Map filled(Heap& heap, uint64_t size, uint64_t factor = 10) {
  U64Map map(heap);
  for (uint64_t key = 0; key < size; ++key) map[key] = key * factor;
  return map;
}

Model model_of(uint64_t size, uint64_t factor = 10) {
  Model model;
  for (uint64_t key = 0; key < size; ++key) model[key] = key * factor;
  return model;
}

// A hash with a state of its own.
struct SaltedHash {
  uint64_t salt;
  uint64_t operator()(uint64_t key, uint64_t seed) const { return mix64(key ^ seed ^ salt); }
};
using SaltedMap = Map<uint64_t, uint64_t, SaltedHash>;

// [unord.req] types of X; [unord.map.overview] its member types.
TEST(UnorderedTypes, AreThoseOfUnorderedMap) {
  static_assert(std::same_as<U64Map::key_type, uint64_t>);
  static_assert(std::same_as<U64Map::mapped_type, uint64_t>);
  static_assert(std::same_as<U64Map::value_type, std::pair<const uint64_t, uint64_t>>);
  static_assert(std::same_as<SaltedMap::hasher, SaltedHash>);
  static_assert(std::same_as<U64Map::key_equal, std::equal_to<uint64_t>>);
  static_assert(std::unsigned_integral<U64Map::size_type>);
  static_assert(std::signed_integral<U64Map::difference_type>);
  static_assert(std::same_as<U64Map::iterator, decltype(std::declval<U64Map&>().begin())>);
  static_assert(std::same_as<U64Map::const_iterator, decltype(std::declval<const U64Map&>().cbegin())>);
  static_assert(std::same_as<U64Map::reference, decltype(*std::declval<U64Map::iterator>())>);
  // What is handed over, not what is stored: strings come as views.
  static_assert(
      std::same_as<Map<String, String>::value_type, std::pair<const std::string_view, std::string_view>>);
}

// An entry is a pair of references, since key and value lie apart: the key cannot be written to.
TEST(UnorderedTypes, AnEntryIsAPairOfReferences) {
  static_assert(std::same_as<decltype(U64Map::Entry::first), const uint64_t&>);
  static_assert(std::same_as<decltype(U64Map::Entry::second), uint64_t&>);
  Heap heap;
  U64Map map = filled(heap, 1);
  auto [key, value] = *map.begin();
  value = 7;
  EXPECT_EQ(map.at(key), 7u);
}

template <typename M>
concept HasBuckets = requires(M m) {
  m.bucket_count();
}
|| requires(M m) {
  m.load_factor();
};
template <typename M>
concept HasNodes = requires(M m) {
  m.extract(m.begin());
}
|| requires {
  typename M::node_type;
};
template <typename M>
concept HasAllocator = requires {
  typename M::allocator_type;
};

// [unord.req] bucket interface, [container.node], allocators: the collector owns the memory.
TEST(UnorderedTypes, BucketsNodesAndAllocatorsAreNotOffered) {
  static_assert(!HasBuckets<U64Map>);
  static_assert(!HasNodes<U64Map>);
  static_assert(!HasAllocator<U64Map>);
}

// X(): empty. Here a map needs a heap; X() is nil, and misuse_test.cc says what that means.
TEST(UnorderedConstruction, OfNothingIsEmpty) {
  Heap heap;
  const U64Map map(heap);
  EXPECT_FALSE(map.nil());
  EXPECT_TRUE(map.empty());
  EXPECT_TRUE(U64Map().nil());
  EXPECT_TRUE(U64Map(heap, {}).empty());
}

// X(n): room for n before it must rehash. Here n counts entries, not buckets.
TEST(UnorderedConstruction, OfAHintHoldsThatManyWithoutGrowing) {
  Heap heap;
  for (const uint64_t hint : {1, 8, 9, 100, 1000}) {
    U64Map map(heap, hint);
    const uint8_t b = MapDoor::inspect(map).state().b;
    for (uint64_t key = 0; key < hint; ++key) map[key] = key;
    EXPECT_EQ(MapDoor::inspect(map).state().b, b) << hint;
    EXPECT_EQ(MapDoor::inspect(map).state().growth, 0) << hint;
  }
}

// X(n, hf), b.hash_function(), b.key_eq(): the functions the map was made with.
TEST(UnorderedConstruction, OfAHashKeepsIt) {
  Heap heap;
  SaltedMap map(heap, 0, SaltedHash{0x5eed});
  map[3] = 4;
  EXPECT_EQ(map.hash_function().salt, 0x5eedu);
  EXPECT_EQ(map.share().hash_function().salt, 0x5eedu);
  EXPECT_EQ(map.clone().hash_function().salt, 0x5eedu);
  EXPECT_EQ(map.clone().at(3), 4u);
  EXPECT_TRUE(map.key_eq()(1, 1));
  EXPECT_FALSE(map.key_eq()(1, 2));
}

// X(i, j): of equal keys the first counts.
TEST(UnorderedConstruction, OfARangeTakesTheFirstOfEqualKeys) {
  Heap heap;
  const std::vector<std::pair<int, int>> entries = {{1, 10}, {2, 20}, {1, 11}};
  const U64Map map(heap, entries.begin(), entries.end());
  EXPECT_EQ(contents(map), (Model{{1, 10}, {2, 20}}));
  for (const uint64_t size : kSizes) {
    const U64Map source = filled(heap, size);
    const U64Map copy(heap, source.begin(), source.end());
    EXPECT_EQ(contents(copy), model_of(size));
  }
}

TEST(UnorderedConstruction, OfAnInitializerListTakesTheFirstOfEqualKeys) {
  Heap heap;
  const U64Map map(heap, {{1, 10}, {2, 20}, {1, 11}});
  EXPECT_EQ(contents(map), (Model{{1, 10}, {2, 20}}));
  const Map<String, String> strings(heap, {{"a", "b"}, {"c", "d"}, {"a", "e"}});
  EXPECT_EQ(strings.size(), 2u);
  EXPECT_EQ(strings.at("a"), "b");
}

// X(a), a = b: not offered. share() is one more handle, clone() a map of its own.
TEST(UnorderedConstruction, CopyingIsSpelledShareOrClone) {
  static_assert(!std::copy_constructible<U64Map>);
  static_assert(!std::is_copy_assignable_v<U64Map>);
  Heap heap;
  U64Map map = filled(heap, 30);
  U64Map handle = map.share();
  U64Map clone = map.clone();
  map.erase(3);
  EXPECT_FALSE(handle.contains(3));
  EXPECT_TRUE(clone.contains(3));
  EXPECT_EQ(MapDoor::header(handle), MapDoor::header(map));
  EXPECT_NE(MapDoor::header(clone), MapDoor::header(map));
}

// X(rv): constant, does not throw. The source is nil; references and loops stay with the contents.
TEST(UnorderedMove, ConstructionLeavesTheSourceNilAndReferencesValid) {
  static_assert(std::is_nothrow_move_constructible_v<U64Map>);
  Heap heap;
  for (const uint64_t size : kSizes) {
    U64Map source = filled(heap, size);
    const MapHeader* const header = MapDoor::header(source);
    auto loop = source.begin();
    const uint64_t* const value = size > 0 ? &source.at(0) : nullptr;
    const uint64_t allocated = heap.stats().allocated_objects;
    U64Map target(std::move(source));
    EXPECT_EQ(heap.stats().allocated_objects, allocated);
    EXPECT_TRUE(source.nil());  // NOLINT: moved from on purpose
    EXPECT_EQ(MapDoor::header(target), header);
    if (size > 0) {
      EXPECT_EQ(&target.at(0), value);
    }
    target[1000] = 1;
    std::set<uint64_t> seen;
    for (; loop != target.end(); ++loop) seen.insert(loop->first);
    seen.erase(1000);
    EXPECT_EQ(seen.size(), size);
  }
}

// a = rv: a's elements go, rv's are handed on.
TEST(UnorderedMove, AssignmentLetsGoOfTheTargetAndLeavesTheSourceNil) {
  static_assert(std::is_nothrow_move_assignable_v<U64Map>);
  Heap heap;
  Heap other_heap;
  for (const uint64_t size : kSizes) {
    U64Map target = filled(heap, 40);
    U64Map source = filled(other_heap, size, 3);
    target = std::move(source);
    EXPECT_TRUE(source.nil());  // NOLINT: moved from on purpose
    EXPECT_EQ(&target.heap(), &other_heap);
    EXPECT_EQ(contents(target), model_of(size, 3));
    U64Map& itself = target;
    target = std::move(itself);
    EXPECT_EQ(contents(target), model_of(size, 3));
    heap.collect();
    EXPECT_EQ(heap.stats().live_objects, 0u);
    target = U64Map();
    EXPECT_TRUE(target.nil());
  }
}

// a = il: the elements of il, none of before. The map stays the same: its other handles see it.
TEST(UnorderedAssignment, OfAnInitializerListReplacesTheContentsOfTheMap) {
  Heap heap;
  for (const uint64_t size : kSizes) {
    U64Map map = filled(heap, size);
    const U64Map handle = map.share();
    map = {{7, 70}, {200, 2}, {7, 71}};
    EXPECT_EQ(contents(handle), (Model{{7, 70}, {200, 2}}));
    expect_sound(MapDoor::inspect(map));
    map = {};
    EXPECT_TRUE(handle.empty());
    EXPECT_FALSE(map.nil());
  }
}

// a.swap(b): constant, does not throw; references and iterators stay valid, with the contents
// ([container.requirements.general]).
TEST(UnorderedSwap, ExchangesContentsAtEverySizeAndAllocatesNothing) {
  static_assert(std::is_nothrow_swappable_v<U64Map>);
  for (const uint64_t a_size : kSizes) {
    for (const uint64_t b_size : kSizes) {
      Heap heap;
      Heap other_heap;
      U64Map a = filled(heap, a_size);
      U64Map b = filled(b_size % 2 == 0 ? heap : other_heap, b_size, 3);
      const auto allocated = heap.stats().allocated_objects;
      swap(a, b);
      EXPECT_EQ(heap.stats().allocated_objects, allocated);
      EXPECT_EQ(contents(a), model_of(b_size, 3));
      EXPECT_EQ(contents(b), model_of(a_size));
      a[1000] = 1;
      b[1001] = 1;
      expect_sound(MapDoor::inspect(a));
      expect_sound(MapDoor::inspect(b));
      heap.collect();
      other_heap.collect();
      EXPECT_EQ(a.size(), b_size + 1);
      EXPECT_EQ(b.size(), a_size + 1);
    }
  }
}

TEST(UnorderedSwap, LoopsAndReferencesStayWithTheContents) {
  for (const uint64_t size : {1, 9, 27, 105}) {
    Heap heap;
    Heap other_heap;
    U64Map a = filled(heap, size);
    U64Map b = filled(other_heap, 5, 3);
    const uint64_t* const value = &a.at(0);
    std::map<uint64_t, uint64_t> seen;
    auto loop = a.begin();
    seen.emplace(loop->first, loop->second);
    a.swap(b);
    EXPECT_EQ(&b.at(0), value);
    a.clear();
    for (++loop; loop != b.end(); ++loop) EXPECT_TRUE(seen.emplace(loop->first, loop->second).second);
    EXPECT_EQ(seen, model_of(size));
  }
}

TEST(UnorderedSwap, WithItselfAndWithANilMap) {
  Heap heap;
  U64Map map = filled(heap, 27);
  map.swap(map);
  EXPECT_EQ(contents(map), model_of(27));
  U64Map nil;
  map.swap(nil);
  EXPECT_TRUE(map.nil());
  EXPECT_EQ(contents(nil), model_of(27));
}

// [unord.req]: iterators are at least forward iterators. Here they are input iterators with a sentinel: a
// loop is registered with the map, and survives writes.
TEST(UnorderedIteration, IsByInputIteratorsWithASentinel) {
  static_assert(std::input_iterator<U64Map::iterator>);
  static_assert(std::input_iterator<Map<String, Member<U64Map>>::iterator>);
  static_assert(!std::forward_iterator<U64Map::iterator>);
  static_assert(std::sentinel_for<U64Map::End, U64Map::iterator>);
  static_assert(std::copyable<U64Map::iterator>);
  static_assert(std::ranges::input_range<U64Map>);
  static_assert(std::ranges::input_range<const U64Map>);
  static_assert(std::ranges::sized_range<const U64Map>);
  Heap heap;
  const U64Map map = filled(heap, 27);
  EXPECT_EQ(std::ranges::distance(map.begin(), map.end()), 27);
}

// [begin(), end()) holds every element once; it is empty iff the container is.
TEST(UnorderedIteration, MeetsEveryEntryOnce) {
  Heap heap;
  for (const uint64_t size : kSizes) {
    const U64Map map = filled(heap, size);
    EXPECT_EQ(contents(map), model_of(size));
    EXPECT_EQ(map.begin() == map.end(), size == 0);
    EXPECT_EQ(map.cbegin() == map.cend(), size == 0);
  }
  EXPECT_TRUE(U64Map::iterator() == U64Map::End());
}

TEST(UnorderedIteration, WorksWithRangeAlgorithms) {
  Heap heap;
  const U64Map map = filled(heap, 27);
  const auto even = [](const auto& entry) { return entry.first % 2 == 0; };
  EXPECT_EQ(std::ranges::count_if(map, even), 14);
  EXPECT_TRUE(std::ranges::any_of(map, [](const auto& entry) { return entry.second == 260; }));
  uint64_t sum = 0;
  std::ranges::for_each(map, [&](const auto& entry) { sum += entry.second; });
  EXPECT_EQ(sum, 3510u);
  EXPECT_EQ((*std::ranges::find_if(map, [](const auto& entry) { return entry.first == 9; })).second, 90u);
}

TEST(UnorderedIteration, CopiesOfALoopGoOnSeparately) {
  Heap heap;
  U64Map map = filled(heap, 27);
  auto loop = map.begin();
  for (int i = 0; i < 5; ++i) ++loop;
  auto copy = loop;
  std::vector<uint64_t> rest;
  std::vector<uint64_t> rest_of_copy;
  for (; loop != map.end(); ++loop) rest.push_back(loop->first);
  for (; copy != map.end(); copy++) rest_of_copy.push_back(copy->first);
  EXPECT_EQ(rest.size(), 22u);
  EXPECT_EQ(rest_of_copy, rest);
  copy = map.begin();
  EXPECT_EQ(std::ranges::distance(copy, map.end()), 27);
}

// A const container gives const references. Here const is of the handle: the values can be written to.
TEST(UnorderedIteration, ConstnessIsThatOfTheHandle) {
  Heap heap;
  U64Map map = filled(heap, 27);
  const U64Map& handle = map;
  for (const auto [key, value] : handle) value = key * 3;
  EXPECT_EQ(contents(map), model_of(27, 3));
  handle.at(4) = 5;
  handle.find(5)->second = 6;
  EXPECT_EQ(map.at(4), 5u);
  EXPECT_EQ(map.at(5), 6u);
}

// a.size() == distance(begin, end); a.empty() == (a.size() == 0).
TEST(UnorderedSize, IsTheNumberOfEntriesAfterEveryWrite) {
  Heap heap;
  U64Map map(heap);
  for (uint64_t key = 0; key < 60; ++key) {
    map[key] = key;
    if (key % 3 == 2) map.erase(key - 1);
    ASSERT_EQ(map.size(), contents(map).size());
    ASSERT_FALSE(map.empty());
  }
  map.clear();
  EXPECT_EQ(map.size(), 0u);
  EXPECT_TRUE(map.empty());
}

// a == b: as many elements, and for each of a's an equal one in b; order, capacity and history do not count.
TEST(UnorderedEquality, IsOfContentsAlone) {
  Heap heap;
  Heap other_heap;
  for (const uint64_t size : kSizes) {
    const U64Map a = filled(heap, size);
    U64Map b(other_heap, 1000);
    for (uint64_t key = 500; key > 0; --key) b[key - 1] = (key - 1) * 10;
    EXPECT_EQ(a == b, size == 500);
    for (uint64_t key = size; key < 500; ++key) b.erase(key);
    EXPECT_TRUE(a == b) << size;
    EXPECT_TRUE(b == a) << size;
    if (size == 0) continue;
    b[size - 1] = 1;
    EXPECT_TRUE(a != b) << "a value differs, size " << size;
    b.erase(size - 1);
    b[1000] = (size - 1) * 10;
    EXPECT_FALSE(b == a) << "a key differs, size " << size;
  }
}

TEST(UnorderedEquality, AsksTheOwnHashOfEither) {
  Heap heap;
  SaltedMap a(heap, 0, SaltedHash{1});
  SaltedMap b(heap, 0, SaltedHash{2});
  for (uint64_t key = 0; key < 30; ++key) a[key] = b[29 - key] = 4;
  EXPECT_TRUE(a == b);
}

// An element equals none if its key does not equal itself: such a map does not equal itself either.
TEST(UnorderedEquality, AMapWithANaNEqualsNone) {
  Heap heap;
  Map<double, uint64_t> map(heap);
  map[1] = 1;
  EXPECT_TRUE(map == map);
  map[std::numeric_limits<double>::quiet_NaN()] = 1;
  EXPECT_FALSE(map == map);
  EXPECT_FALSE(map == map.clone());
  map.clear();
  EXPECT_TRUE(map == map);
}

// [container.requirements]: == needs a value that is equality comparable, and is not there otherwise.
struct NotComparable {
  int number;
};
TEST(UnorderedEquality, NeedsComparableValues) {
  static_assert(std::equality_comparable<U64Map>);
  static_assert(std::equality_comparable<Map<String, String>>);
  static_assert(!std::equality_comparable<Map<uint64_t, NotComparable>>);
  Heap heap;
  Map<uint64_t, NotComparable> map(heap);
  map.insert_or_assign(1, NotComparable{7});
  EXPECT_EQ(map.at(1).number, 7);
}

// a.reserve(n): n elements in all without rehashing. Load: at most 6.5 entries a bucket (M10).
TEST(UnorderedLoad, ReserveAndLoadBoundHoldAtEverySize) {
  Heap heap;
  U64Map map(heap);
  for (uint64_t key = 0; key < 500; ++key) {
    map[key] = key;
    const MapState state = MapDoor::inspect(map).state();
    ASSERT_FALSE(over_load_factor(map.size(), state.b)) << key;
  }
  map.reserve(2000);
  const uint8_t b = MapDoor::inspect(map).state().b;
  for (uint64_t key = 0; key < 2000; ++key) map[key] = key;
  EXPECT_EQ(MapDoor::inspect(map).state().b, b);
  EXPECT_EQ(contents(map), model_of(2000, 1));
}

}  // namespace
}  // namespace gcmap
