// Every kind of key and value a map can hold, at every size where something changes: the first overflow
// bucket, the growths, spare buckets, boxes.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "gc/test_objects.h"
#include "gcmap/map.h"
#include "gcmap/step.h"
#include "gcmap/string.h"

namespace gcmap {
namespace {

// A struct of a given size, compared and hashed as a C++ program would.
template <size_t kBytes>
struct Bytes {
  std::array<unsigned char, kBytes> bytes{};
  bool operator==(const Bytes&) const = default;
};

struct Nothing {
  bool operator==(const Nothing&) const = default;
};

enum class Colour : uint8_t {};

}  // namespace
}  // namespace gcmap

template <size_t kBytes>
struct std::hash<gcmap::Bytes<kBytes>> {
  size_t operator()(const gcmap::Bytes<kBytes>& value) const {
    return std::hash<std::string_view>()({reinterpret_cast<const char*>(value.bytes.data()), kBytes});
  }
};

namespace gcmap {
namespace {

// The n-th of a kind. For n below 2^bits they differ.
template <typename T>
struct Sample {
  static constexpr unsigned kBits = std::is_same_v<T, bool> ? 1 : sizeof(T) < 4 ? 8 * sizeof(T) - 1 : 24;
  explicit Sample(Heap&) {}
  T operator()(uint64_t n) { return static_cast<T>(n); }
};

template <size_t kBytes>
struct Sample<Bytes<kBytes>> {
  static constexpr unsigned kBits = kBytes == 1 ? 8 : 16;
  explicit Sample(Heap&) {}
  Bytes<kBytes> operator()(uint64_t n) {
    Bytes<kBytes> value;
    value.bytes.back() = static_cast<unsigned char>(n);
    if (kBytes > 1) value.bytes.front() = static_cast<unsigned char>(n >> 8);
    return value;
  }
};

template <>
struct Sample<Nothing> {
  explicit Sample(Heap&) {}
  Nothing operator()(uint64_t) { return {}; }
};

// Of every length, the empty one included.
template <>
struct Sample<String> {
  static constexpr unsigned kBits = 24;
  explicit Sample(Heap&) {}
  std::string operator()(uint64_t n) {
    return n == 0 ? "" : std::to_string(n) + std::string(n * 7 % 80, 'x');
  }
};

template <>
struct Sample<Member<Pair>> {
  static constexpr unsigned kBits = 24;
  explicit Sample(Heap& in) : heap(in) {}
  Pair* operator()(uint64_t n) {
    while (objects.size() <= n) objects.push_back(std::make_unique<Root<Pair>>(heap, make<Pair>(heap)));
    return objects[n]->get();
  }
  Heap& heap;
  std::vector<std::unique_ptr<Root<Pair>>> objects;
};

template <typename T, typename U>
bool same(const T& stored, const U& expected) {
  return stored == expected;
}
bool same(const Member<Pair>& stored, Pair* expected) {
  return stored.get() == expected;
}

// A stored key as one hands it over.
template <typename T>
const T& argument(const T& stored) {
  return stored;
}
Pair* argument(const Member<Pair>& stored) {
  return stored.get();
}

template <typename K, typename V>
struct Kind {
  using Key = K;
  using Value = V;
};

template <typename T>
class MapKinds : public testing::Test {
 protected:
  MapKinds() { Stepper(heap_).set_pacing(&manual_); }
  ~MapKinds() override { Stepper(heap_).set_pacing(nullptr); }

  // The map holds what the model says, by looking up, by looping and by its own verifier.
  void expect_same(const Map<typename T::Key, typename T::Value>& map) {
    ASSERT_EQ(map.size(), model_.size());
    for (const auto& [n, m] : model_) {
      const auto found = map.find(key_(n));
      ASSERT_TRUE(found) << n;
      ASSERT_TRUE(same(found->second, value_(m))) << n;
    }
    uint64_t met = 0;
    for (const auto entry : map) {
      const auto found = map.find(argument(entry.first));
      ASSERT_TRUE(found);
      ASSERT_EQ(&found->second, &entry.second);
      ++met;
    }
    ASSERT_EQ(met, model_.size());
    for (const Violation& violation : MapDoor::inspect(map).verify())
      ADD_FAILURE() << violation.id << " " << violation.path << " " << violation.detail;
    for (const Violation& violation : heap_.verify())
      ADD_FAILURE() << violation.id << " " << violation.path << " " << violation.detail;
  }

  auto parts() { return std::tie(heap_, key_, value_, model_); }

  Heap heap_;
  ManualPacing manual_;
  Sample<typename T::Key> key_{heap_};
  Sample<typename T::Value> value_{heap_};
  std::unordered_map<uint64_t, uint64_t> model_;
};

using Kinds =
    testing::Types<Kind<bool, uint8_t>, Kind<int8_t, int16_t>, Kind<uint16_t, Nothing>, Kind<int32_t, float>,
                   Kind<uint32_t, String>, Kind<int64_t, Bytes<127>>, Kind<uint64_t, Bytes<128>>,
                   Kind<Colour, Bytes<129>>, Kind<float, uint64_t>, Kind<double, double>,
                   Kind<double, String>, Kind<String, uint64_t>, Kind<String, String>, Kind<String, Nothing>,
                   Kind<String, Member<Pair>>, Kind<Bytes<1>, Bytes<1>>, Kind<Bytes<24>, uint64_t>,
                   Kind<Bytes<127>, String>, Kind<Bytes<128>, Member<Pair>>, Kind<Bytes<129>, uint64_t>,
                   Kind<Bytes<129>, Bytes<129>>, Kind<Bytes<136>, Nothing>, Kind<Bytes<5000>, Bytes<3>>,
                   Kind<Member<Pair>, Nothing>, Kind<Member<Pair>, Bytes<200>>>;
TYPED_TEST_SUITE(MapKinds, Kinds);

TYPED_TEST(MapKinds, HoldWhatTheModelHoldsAtEverySize) {
  using K = typename TypeParam::Key;
  using V = typename TypeParam::Value;
  const auto [heap, key, value, model] = this->parts();
  Map<K, V> map(heap);
  const uint64_t limit = std::min<uint64_t>(uint64_t{1} << Sample<K>::kBits, 420);
  for (uint64_t n = 0; n < limit; ++n) {
    for (const uint64_t size : {0, 1, 7, 8, 9, 13, 14, 26, 27, 52, 53, 104, 105, 208, 209, 416, 417}) {
      if (n != size) continue;
      heap.collect();
      this->expect_same(map);
    }
    const uint64_t m = n * 31 % 120;
    EXPECT_TRUE(map.insert_or_assign(key(n), value(m)).second);
    model[n] = m;
  }
  for (uint64_t n = 0; n < limit; n += 3) {  // overwrite
    EXPECT_FALSE(map.insert_or_assign(key(n), value(n % 7)).second);
    model[n] = n % 7;
    EXPECT_FALSE(map.try_emplace(key(n), value(1)).second);
  }
  this->expect_same(map);
  for (uint64_t n = 0; n < limit; n += 2) {
    EXPECT_EQ(map.erase(key(n)), 1u);
    EXPECT_EQ(map.erase(key(n)), 0u);
    model.erase(n);
  }
  heap.collect();
  this->expect_same(map);
  map.clear();
  model.clear();
  this->expect_same(map);
  for (uint64_t n = 0; n < std::min<uint64_t>(limit, 20); ++n) {
    map[key(n)];  // zero, null or empty
    EXPECT_TRUE(map.contains(key(n)));
  }
  heap.collect();
  EXPECT_EQ(map.size(), std::min<uint64_t>(limit, 20));
}

// A write that fails at any of its allocations has not happened; the next one goes through.
TYPED_TEST(MapKinds, EveryAllocationOfAWriteMayFail) {
  using K = typename TypeParam::Key;
  using V = typename TypeParam::Value;
  const auto [heap, key, value, model] = this->parts();
  Stepper step(heap);
  Map<K, V> map(heap);
  const uint64_t limit = std::min<uint64_t>(uint64_t{1} << Sample<K>::kBits, 120);
  uint64_t failures = 0;
  for (uint64_t n = 0; n < limit; ++n) {
    key(n), value(n % 50);  // made now: their allocations are not the map's
    for (uint64_t nth = 1;; ++nth) {
      step.fail_allocation(nth);
      try {
        map.insert_or_assign(key(n), value(n % 50));
        if (step.fail_allocation(0) != 0) break;
        FAIL() << "a failed allocation was swallowed";
      } catch (const std::bad_alloc&) {
        ++failures;
        ASSERT_FALSE(map.contains(key(n))) << n;
        ASSERT_EQ(map.size(), n);
        ASSERT_TRUE(MapDoor::inspect(map).verify().empty());
      }
    }
    model[n] = n % 50;
  }
  EXPECT_GT(failures, 0u);
  this->expect_same(map);
}

// Erased and overwritten, nothing of them stays: strings and boxes die with their entries.
TYPED_TEST(MapKinds, KeepNothingOfWhatWentAlive) {
  using K = typename TypeParam::Key;
  using V = typename TypeParam::Value;
  const auto [heap, key, value, model] = this->parts();
  key(20), value(20);
  Map<K, V> map(heap, 50);
  map[key(1)];
  heap.collect();
  const uint64_t before = heap.stats().live_objects;
  for (uint64_t n = 0; n < 20; ++n)
    map.insert_or_assign(key(n % (uint64_t{1} << Sample<K>::kBits)), value(n));
  for (uint64_t n = 0; n < 20; ++n) map.erase(key(n));
  map[key(1)];
  heap.collect();
  EXPECT_EQ(heap.stats().live_objects, before);
}

// What an entry refers to can be written to, wherever it lies.
TEST(MapKindsValues, AreWrittenInPlace) {
  Heap heap;
  Map<uint64_t, Bytes<200>> boxed(heap);
  boxed[1].bytes[199] = 7;
  EXPECT_EQ(boxed.at(1).bytes[199], 7);
  const auto* const box = &boxed.at(1);
  boxed.insert_or_assign(1, Bytes<200>{});
  EXPECT_EQ(&boxed.at(1), box) << "overwritten, not replaced";
  EXPECT_EQ(boxed.at(1).bytes[199], 0);
  boxed.insert_or_assign(2, boxed.at(1));  // from the map itself

  Map<String, String> names(heap);
  names["Ada"] = "Lovelace";
  names["Grace"] = names.at("Ada");
  EXPECT_EQ(names.at("Grace"), "Lovelace");
  EXPECT_EQ(names.at("Grace").view().data(), names.at("Ada").view().data()) << "strings share their bytes";
  heap.collect();
  names.erase("Ada");
  heap.collect();
  EXPECT_EQ(names.at("Grace"), "Lovelace");
}

TEST(MapKindsValues, AnOverwrittenStringKeyStaysAsItIsStored) {
  Heap heap;
  Map<String, uint64_t> map(heap);
  map.insert_or_assign("key", 1);
  const char* const bytes = (*map.begin()).first.view().data();
  map.insert_or_assign(std::string("key"), 2);
  EXPECT_EQ((*map.begin()).first.view().data(), bytes);
  EXPECT_EQ(map.at("key"), 2u);
}

// Go: +0 and -0 are one key, and the later one stays; every NaN is a key of its own that nobody finds.
TEST(MapKindsFloats, ZeroesAreOneKeyAndNaNsAreNone) {
  Heap heap;
  Map<double, uint64_t> map(heap);
  map.insert_or_assign(0.0, 1);
  map.insert_or_assign(-0.0, 2);
  EXPECT_EQ(map.size(), 1u);
  EXPECT_EQ(map.at(0.0), 2u);
  EXPECT_TRUE(std::signbit((*map.begin()).first));
  map.try_emplace(0.0, 3);
  EXPECT_TRUE(std::signbit((*map.begin()).first)) << "try_emplace leaves a present entry as it is";

  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (uint64_t i = 0; i < 200; ++i) map.insert_or_assign(nan, 100 + i);
  EXPECT_EQ(map.size(), 201u);
  EXPECT_FALSE(map.contains(nan));
  EXPECT_EQ(map.erase(nan), 0u);
  heap.collect();
  EXPECT_TRUE(MapDoor::inspect(map).verify().empty());
  std::set<uint64_t> met;
  for (const auto [key, value] : map) EXPECT_TRUE(met.insert(value).second);
  EXPECT_EQ(met.size(), 201u);
  map.clear();
  EXPECT_TRUE(map.empty());
}

// A loop begun in the middle of a doubling, from every place, while the map grows on and doubles again: each
// NaN is met once.
TEST(MapKindsFloats, LoopsMeetEveryNaNOnceAcrossGrowth) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (uint32_t bucket = 0; bucket < 16; ++bucket) {
    Heap heap;
    Map<double, uint64_t> map(heap);
    uint64_t inserted = 0;
    while (MapDoor::inspect(map).state().b < 4) map.insert_or_assign(nan, inserted++);
    const uint64_t present_throughout = inserted;
    MapIterator loop = MapDoor::iterator_from(map, {bucket, bucket % 8});
    std::multiset<uint64_t> met;
    for (EntryRef entry = loop.next(); entry.key != nullptr; entry = loop.next()) {
      met.insert(*static_cast<uint64_t*>(entry.value));
      for (int i = 0; i < 2; ++i) map.insert_or_assign(nan, inserted++);
    }
    EXPECT_GE(MapDoor::inspect(map).state().b, 5);
    for (uint64_t i = 0; i < present_throughout; ++i) EXPECT_EQ(met.count(i), 1u) << i << " from " << bucket;
    for (const uint64_t value : met) EXPECT_EQ(met.count(value), 1u) << value;
  }
}

}  // namespace
}  // namespace gcmap
