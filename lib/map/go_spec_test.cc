// What the Go specification says of maps, of delete, clear, len and make, and of `for range` over a map,
// clause by clause. Where this map does otherwise on purpose the test's name says what it does instead.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "gcmap/map.h"
#include "gcmap/misuse_error.h"
#include "gcmap/string.h"
#include "map/test_model.h"

namespace gcmap {
namespace {

const double kNaN = std::numeric_limits<double>::quiet_NaN();

enum class Colour : uint8_t { kRed, kGreen };
struct Point {
  int x;
  int y;
  bool operator==(const Point&) const = default;
};
struct FieldsHash {
  uint64_t operator()(Point point, uint64_t seed) const {
    return mix64(static_cast<uint64_t>(point.x * 31 + point.y) ^ seed);
  }
  uint64_t operator()(std::array<int, 3> key, uint64_t seed) const {
    return mix64(static_cast<uint64_t>(key[0] * 31 + key[1] * 7 + key[2]) ^ seed);
  }
};
struct Node {
  uint64_t number;
};

// Is one entry found by its key, and not by the other one?
template <typename M, typename K>
void expect_keeps_apart(M& map, const K& key, const K& other) {
  map[key] = 7;
  EXPECT_TRUE(map.contains(key));
  EXPECT_FALSE(map.contains(other));
  map[other] = 8;
  EXPECT_EQ(map.at(key), 7u);
  EXPECT_EQ(map.size(), 2u);
}

// "The comparison operators == and != must be fully defined for operands of the key type."
TEST(GoMapTypes, KeysAreOfAnyComparableType) {
  Heap heap;
  Map<bool, uint64_t> of_bool(heap);
  expect_keeps_apart(of_bool, true, false);
  Map<int8_t, uint64_t> of_int(heap);
  expect_keeps_apart<Map<int8_t, uint64_t>, int8_t>(of_int, -1, 1);
  Map<float, uint64_t> of_float(heap);
  expect_keeps_apart(of_float, 0.5f, 0.25f);
  Map<Colour, uint64_t> of_enum(heap);
  expect_keeps_apart(of_enum, Colour::kRed, Colour::kGreen);
  Map<String, uint64_t> of_string(heap);
  expect_keeps_apart(of_string, std::string("a"), std::string());
  Map<Point, uint64_t, FieldsHash> of_struct(heap);
  expect_keeps_apart(of_struct, Point{1, 2}, Point{2, 1});
  Map<std::array<int, 3>, uint64_t, FieldsHash> of_array(heap);
  expect_keeps_apart(of_array, std::array{1, 2, 3}, std::array{3, 2, 1});
  Map<Member<Node>, uint64_t> of_pointer(heap);
  const Local<Node> node(heap, make<Node>(heap));
  expect_keeps_apart<Map<Member<Node>, uint64_t>, Node*>(of_pointer, node.get(), nullptr);
}

// "The key type must not be a function, map, or slice."
TEST(GoMapTypes, MapsAreNoKeysButValues) {
  static_assert(!MapKey<Member<U64Map>>);
  static_assert(MapValue<Member<U64Map>>);
  Heap heap;
  Map<String, Member<U64Map>> map(heap);
  map.insert_or_assign("inner", U64Map(heap, {{1, 2}}));
  EXPECT_EQ(map.at("inner").get().at(1), 2u);
}

// "A nil map is equivalent to an empty map except that no elements may be added." Go panics; here an
// exception is thrown.
TEST(GoMapTypes, ANilMapIsEmptyAndTakesNoElements) {
  U64Map nil;
  EXPECT_EQ(nil.size(), 0u);
  EXPECT_FALSE(nil.contains(1));
  EXPECT_THROW(nil[1] = 2, MisuseError);
  EXPECT_THROW(nil.insert_or_assign(1, 2), MisuseError);
  EXPECT_EQ(nil.size(), 0u);
}

// "The number of map elements is called its length."
TEST(GoLen, CountsElements) {
  Heap heap;
  U64Map map(heap);
  for (uint64_t key = 0; key < 100; ++key) {
    map[key % 40] = key;
    ASSERT_EQ(map.size(), std::min<uint64_t>(key + 1, 40));
  }
}

// "Initial capacity does not bound its size." make(map[K]V, n)
TEST(GoMake, TheHintDoesNotBoundTheSize) {
  Heap heap;
  for (const uint64_t hint : {0, 1, 10, 100}) {
    U64Map map(heap, hint);
    EXPECT_EQ(map.size(), 0u);
    for (uint64_t key = 0; key < 500; ++key) map[key] = key;
    EXPECT_EQ(map.size(), 500u);
  }
}

// "If the map is nil or does not contain such an entry, a[x] is the zero value." It inserts nothing. Here, as
// in C++, a[x] inserts that zero; what does not insert is find, contains and at.
TEST(GoIndex, OfAnAbsentKeyInsertsZero) {
  Heap heap;
  U64Map map(heap);
  map[1] = 5;
  EXPECT_EQ(map[2], 0u);
  EXPECT_EQ(map.size(), 2u);
  EXPECT_FALSE(map.find(3));
  EXPECT_THROW(map.at(3), std::out_of_range);
  EXPECT_EQ(map.size(), 2u);
}

// "v, ok = a[x]": ok is true iff the key is present. Here: a cursor, true or false.
TEST(GoIndex, TheCommaOkFormIsACursor) {
  Heap heap;
  Map<String, uint64_t> map(heap);
  map["zero"] = 0;
  if (const auto found = map.find("zero")) {
    EXPECT_EQ(found->second, 0u);
  } else {
    ADD_FAILURE() << "present, though zero";
  }
  EXPECT_FALSE(map.find("absent"));
}

// "Assignment": m[k] = v, m[k] op= v; each operand is evaluated once.
TEST(GoAssignment, ReplacesAndCombines) {
  Heap heap;
  Map<String, uint64_t> words(heap);
  for (const char* word : {"a", "b", "a", "a"}) words[word] += 1;
  ++words["b"];
  EXPECT_EQ(words.at("a"), 3u);
  EXPECT_EQ(words.at("b"), 2u);
  words["a"] = 0;
  EXPECT_EQ(words.at("a"), 0u);
  EXPECT_EQ(words.size(), 2u);
}

// "If the map m is nil or the element m[k] does not exist, delete is a no-op."
TEST(GoDelete, IsANoOpIfAbsentOrNil) {
  U64Map nil;
  EXPECT_EQ(nil.erase(1), 0u);
  Heap heap;
  U64Map map(heap);
  EXPECT_EQ(map.erase(1), 0u);
  map[1] = 2;
  EXPECT_EQ(map.erase(2), 0u);
  EXPECT_EQ(map.at(1), 2u);
  EXPECT_EQ(map.erase(1), 1u);
  EXPECT_TRUE(map.empty());
}

// "clear(m) deletes all entries", also those whose key is not equal to itself; of a nil map it is a no-op.
TEST(GoClear, DeletesAllEntriesNaNsIncluded) {
  Heap heap;
  Map<double, uint64_t> map(heap);
  for (uint64_t i = 0; i < 60; ++i) map[kNaN] = i;
  for (uint64_t i = 0; i < 60; ++i) map[static_cast<double>(i)] = i;
  ASSERT_EQ(map.size(), 120u);
  map.clear();
  EXPECT_EQ(map.size(), 0u);
  for (const auto [key, value] : map) ADD_FAILURE() << key << " " << value;
  Map<double, uint64_t> nil;
  nil.clear();
  EXPECT_TRUE(nil.nil());
}

// "The iteration order over maps is not specified and is not guaranteed to be the same from one iteration to
// the next."
TEST(GoRange, OrderDiffersFromLoopToLoop) {
  Heap heap;
  U64Map map(heap);
  for (uint64_t key = 0; key < 20; ++key) map[key] = key;
  std::set<std::vector<uint64_t>> orders;
  for (int i = 0; i < 50; ++i) {
    std::vector<uint64_t> order;
    for (const auto [key, value] : map) order.push_back(key);
    EXPECT_EQ(order.size(), 20u);
    orders.insert(order);
  }
  EXPECT_GT(orders.size(), 5u);
}

// "If a map entry that has not yet been reached is removed during iteration, the corresponding iteration
// value will not be produced."
TEST(GoRange, WhatIsRemovedBeforeItIsReachedIsNotProduced) {
  for (const uint64_t size : {2, 8, 9, 27, 105, 300}) {
    Heap heap({.seed = size});
    U64Map map(heap);
    for (uint64_t key = 0; key < size; ++key) map[key] = key;
    std::set<uint64_t> removed;
    for (const auto [key, value] : map) {
      EXPECT_FALSE(removed.contains(key)) << key;
      const uint64_t other = (key * 7 + 3) % size;
      if (other != key && map.erase(other) == 1) removed.insert(other);
    }
    EXPECT_FALSE(removed.empty());
    EXPECT_EQ(map.size(), size - removed.size());
  }
}

// "If a map entry is created during iteration, that entry may be produced during the iteration or may be
// skipped." Both happen; each at most once, and what was there before exactly once.
TEST(GoRange, WhatIsCreatedMeanwhileMayBeProducedOrSkipped) {
  uint64_t produced = 0;
  uint64_t skipped = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Heap heap({.seed = seed});
    U64Map map(heap);
    for (uint64_t key = 0; key < 100; ++key) map[key] = key;
    std::map<uint64_t, int> met;
    uint64_t created = 0;
    for (const auto [key, value] : map) {
      ++met[key];
      if (created < 60) map[1000 + created++] = 0;
    }
    for (uint64_t key = 0; key < 100; ++key) ASSERT_EQ(met[key], 1) << key;
    for (uint64_t n = 0; n < created; ++n) {
      const auto entry = met.find(1000 + n);
      ++(entry == met.end() ? skipped : produced);
      if (entry != met.end()) {
        ASSERT_EQ(entry->second, 1) << n;
      }
    }
  }
  EXPECT_GT(produced, 0u);
  EXPECT_GT(skipped, 0u);
}

// "If the map is nil, the number of iterations is 0."
TEST(GoRange, OfANilMapIsEmpty) {
  const U64Map nil;
  uint64_t iterations = 0;
  for ([[maybe_unused]] const auto entry : nil) ++iterations;
  EXPECT_EQ(iterations, 0u);
  EXPECT_TRUE(nil.begin() == nil.end());
}

// The range expression is evaluated once; what its variable is made to hold meanwhile does not matter.
TEST(GoRange, GoesOnOverTheMapItBeganWith) {
  Heap heap;
  U64Map map(heap, {{1, 1}, {2, 2}, {3, 3}});
  std::map<uint64_t, uint64_t> met;
  for (const auto [key, value] : map) {
    met.emplace(key, value);
    map = U64Map(heap, {{4, 4}});
    heap.collect();
  }
  EXPECT_EQ(met, (std::map<uint64_t, uint64_t>{{1, 1}, {2, 2}, {3, 3}}));
}

// "NaN != NaN", "+0 == -0": each NaN makes an entry of its own that nothing finds; zeroes are one key.
TEST(GoFloats, NaNsAreNewKeysAndZeroesAreOne) {
  Heap heap;
  Map<double, uint64_t> map(heap);
  for (uint64_t i = 0; i < 20; ++i) map[kNaN] = i;
  EXPECT_EQ(map.size(), 20u);
  EXPECT_FALSE(map.contains(kNaN));
  EXPECT_EQ(map.erase(kNaN), 0u);
  std::set<uint64_t> values;
  for (const auto [key, value] : map) {
    EXPECT_TRUE(std::isnan(key));
    EXPECT_TRUE(values.insert(value).second);
  }
  EXPECT_EQ(values.size(), 20u);
  map[0.0] = 100;
  EXPECT_EQ(map.at(-0.0), 100u);
  map.insert_or_assign(-0.0, 101);
  EXPECT_EQ(map.at(0.0), 101u);
  EXPECT_EQ(map.size(), 21u);
}

// Go lets structs and arrays hold NaNs and counts them as new keys. Here the equality of a struct must be an
// equivalence, as in C++; one that is not inserts anew each time, and is found by nobody.
struct Measure {
  double value;
  bool operator==(const Measure&) const = default;
};
struct MeasureHash {
  uint64_t operator()(Measure measure, uint64_t seed) const {
    return std::isnan(measure.value) ? seed : mix64(static_cast<uint64_t>(measure.value) ^ seed);
  }
};
TEST(GoFloats, AStructWithANaNIsANewKeyEachTime) {
  Heap heap;
  Map<Measure, uint64_t, MeasureHash> map(heap);
  for (uint64_t i = 0; i < 5; ++i) map[Measure{kNaN}] = i;
  EXPECT_EQ(map.size(), 5u);
  EXPECT_FALSE(map.contains(Measure{kNaN}));
  map.clear();
  EXPECT_TRUE(map.empty());
}

// Maps are references: after `n := m` both are one map. Here assignment hands over, share() is Go's `=`.
TEST(GoReferences, TwoHandlesSeeEachOthersWrites) {
  Heap heap;
  U64Map map(heap);
  U64Map other = map.share();
  for (uint64_t key = 0; key < 60; ++key) {
    (key % 2 == 0 ? map : other)[key] = key;
    ASSERT_EQ((key % 2 == 0 ? other : map).at(key), key);
  }
  other.clear();
  EXPECT_TRUE(map.empty());
  map = U64Map(heap);
  map[1] = 1;
  EXPECT_TRUE(other.empty()) << "a handle that leads elsewhere changes no map";
}

// maps.Clone: "a shallow clone: the new keys and values are set using ordinary assignment"; nil stays nil.
TEST(GoReferences, CloneIsShallow) {
  Heap heap;
  Map<String, Member<U64Map>> map(heap);
  map.insert_or_assign("inner", U64Map(heap));
  Map<String, Member<U64Map>> clone = map.clone();
  map.at("inner").get()[1] = 2;
  EXPECT_EQ(clone.at("inner").get().at(1), 2u);
  clone.erase("inner");
  EXPECT_TRUE(map.contains("inner"));
  EXPECT_TRUE(U64Map().clone().nil());
}

// "Map types are not comparable"; "may be compared to nil". Here nil() asks, and == compares entries, as
// maps.Equal does: a nil map equals an empty one.
TEST(GoComparison, NilIsAskedForAndEqualityIsOfContents) {
  Heap heap;
  const U64Map nil;
  const U64Map empty(heap);
  EXPECT_TRUE(nil.nil());
  EXPECT_FALSE(empty.nil());
  EXPECT_TRUE(nil == empty);
  EXPECT_TRUE(U64Map(heap, {{1, 2}}) == U64Map(heap, {{1, 2}}));
  EXPECT_FALSE(U64Map(heap, {{1, 2}}) == U64Map(heap, {{1, 3}}));
}

// Composite literals. Constant keys may not come twice in Go; here, as in C++, the first counts.
TEST(GoLiterals, AreInitializerLists) {
  Heap heap;
  const Map<String, uint64_t> map(heap, {{"a", 1}, {"b", 2}, {"a", 3}});
  EXPECT_EQ(map.size(), 2u);
  EXPECT_EQ(map.at("a"), 1u);
}

}  // namespace
}  // namespace gcmap
