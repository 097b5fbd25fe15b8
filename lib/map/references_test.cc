// Structs that hold references to collected objects (References<T>), as keys and as values, in the bucket and
// boxed; with further layouts a bucket does not hold as they are: over-aligned types, long double, pairs.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "gcmap/map.h"
#include "gcmap/step.h"
#include "gcmap/string.h"
#include "map/test_model.h"

namespace gcmap {
namespace {

struct Node {
  uint64_t number;
};

// A reference in the middle, so that its offset counts; of 24 bytes, or more than a bucket takes.
template <size_t kPadding>
struct Edge {
  uint64_t weight;
  Node* to;
  std::array<uint64_t, kPadding> padding;
  friend bool operator==(const Edge& a, const Edge& b) { return a.weight == b.weight && a.to == b.to; }
};
using InlineEdge = Edge<1>;
using BoxedEdge = Edge<20>;
static_assert(sizeof(InlineEdge) <= kCellBytesMax && sizeof(BoxedEdge) > kCellBytesMax);

// Looks into the object: one that was freed or moved shows.
struct EdgeHash {
  template <size_t kPadding>
  uint64_t operator()(const Edge<kPadding>& edge, uint64_t seed) const {
    return mix64(edge.weight ^ seed) + (edge.to == nullptr ? 0 : mix64(edge.to->number));
  }
};

// Collects at every decision point: whatever is not held is gone, and poisoned.
struct CollectAlways final : PacingStrategy {
  PacingDecision decide(DecisionPoint, const PacingView&) override { return {.collect = true}; }
};

}  // namespace

template <size_t kPadding>
struct References<Edge<kPadding>> {
  static constexpr uint32_t kOffsets[] = {offsetof(Edge<kPadding>, to)};
};

namespace {

template <typename E>
class MapOfReferences : public testing::Test {
 protected:
  MapOfReferences() { Stepper(heap_).set_pacing(&pacing_); }
  ~MapOfReferences() override { Stepper(heap_).set_pacing(nullptr); }

  // An edge to a new node that nobody holds.
  E edge(uint64_t n) { return E{n, make<Node>(heap_, Node{n * 7}), {}}; }

  void expect_sound_heap() {
    for (const Violation& violation : heap_.verify())
      ADD_FAILURE() << violation.id << " " << violation.path << " " << violation.detail;
  }

  CollectAlways pacing_;
  Heap heap_;
};
using Edges = testing::Types<InlineEdge, BoxedEdge>;
TYPED_TEST_SUITE(MapOfReferences, Edges);

constexpr uint64_t kEntries = 120;

// What values refer to lives as long as they do.
TYPED_TEST(MapOfReferences, ValuesKeepWhatTheyReferTo) {
  Heap& heap = this->heap_;
  Map<uint64_t, TypeParam> map(heap);
  for (uint64_t n = 0; n < kEntries; ++n) {
    map.insert_or_assign(n, this->edge(n));
    heap.collect();
    if (map.contains(n / 2)) map.insert_or_assign(n / 2, this->edge(n / 2));
    if (n % 5 == 0) map.erase(n);
  }
  for (uint64_t n = 0; n < kEntries; ++n) {
    const auto found = map.find(n);
    ASSERT_EQ(static_cast<bool>(found), n % 5 != 0) << n;
    if (found) {
      ASSERT_EQ(found->second.to->number, n * 7);
    }
  }
  EXPECT_EQ(map[1000].to, nullptr);
  expect_sound(MapDoor::inspect(map));
  this->expect_sound_heap();
}

TYPED_TEST(MapOfReferences, KeysKeepWhatTheyReferTo) {
  Heap& heap = this->heap_;
  Map<TypeParam, uint64_t, EdgeHash> map(heap);
  for (uint64_t n = 0; n < kEntries; ++n) {
    map.insert_or_assign(this->edge(n), n);
    heap.collect();
  }
  uint64_t met = 0;
  for (const auto [edge, n] : map) {
    ASSERT_EQ(edge.to->number, n * 7);
    ASSERT_EQ(map.at(edge), n);
    ++met;
  }
  EXPECT_EQ(met, kEntries);
  expect_sound(MapDoor::inspect(map));
  this->expect_sound_heap();
}

// Both at once: the value's preparation may collect before the key is stored.
TYPED_TEST(MapOfReferences, KeysNobodyHoldsLiveThroughTheCall) {
  Map<TypeParam, String, EdgeHash> map(this->heap_);
  Map<Member<Node>, String> plain(this->heap_);
  for (uint64_t n = 0; n < kEntries; ++n) {
    map.insert_or_assign(this->edge(n), std::to_string(n));
    plain.insert_or_assign(make<Node>(this->heap_, Node{n}), std::to_string(n));
    map.try_emplace(this->edge(n + kEntries), std::to_string(n + kEntries));
    plain.try_emplace(make<Node>(this->heap_, Node{n + kEntries}), std::to_string(n + kEntries));
  }
  EXPECT_EQ(map.size(), 2 * kEntries);
  EXPECT_EQ(plain.size(), 2 * kEntries);
  for (const auto [edge, text] : map) ASSERT_EQ(std::to_string(edge.to->number / 7), text.view());
  for (const auto [node, text] : plain) ASSERT_EQ(std::to_string(node->number), text.view());
  this->expect_sound_heap();
}

// Arguments that lead into the map, at every moment of a growth: the write moves what they lead to.
TYPED_TEST(MapOfReferences, KeysAndValuesMayComeFromTheMapItself) {
  Map<TypeParam, TypeParam, EdgeHash> map(this->heap_);
  std::vector<Root<Node>> nodes;  // no loop over the map: growth wipes old chains only where there was none
  for (uint64_t n = 0; n < 209; ++n) {
    const TypeParam edge = this->edge(n);
    nodes.emplace_back(this->heap_, edge.to);
    map.insert_or_assign(edge, edge);
  }
  ASSERT_EQ(MapDoor::inspect(map).state().growth, 1);
  for (const Root<Node>& node : nodes) {
    const TypeParam edge{node->number / 7, node.get(), {}};
    const auto found = map.find(edge);
    ASSERT_TRUE(found);
    EXPECT_FALSE(map.insert_or_assign(found->first, found->second).second);
    EXPECT_FALSE(map.try_emplace(map.find(edge)->second).second);
  }
  EXPECT_EQ(map.size(), 209u);
  for (const Root<Node>& node : nodes) {
    const auto found = map.find(TypeParam{node->number / 7, node.get(), {}});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->second.to, node.get());
    map.erase(found);
  }
  EXPECT_TRUE(map.empty());
}

TYPED_TEST(MapOfReferences, LoopsGoOnAcrossWritesAndCollections) {
  Map<TypeParam, TypeParam, EdgeHash> map(this->heap_);
  for (uint64_t n = 0; n < 60; ++n) {
    const TypeParam key = this->edge(n);
    const Local<Node> held(this->heap_, key.to);
    map.try_emplace(key, this->edge(n + 1));
  }
  uint64_t met = 0;
  for (auto it = map.begin(); it != map.end();) {
    if (it->first.weight >= 1000) {  // one of those inserted meanwhile
      ++it;
      continue;
    }
    ASSERT_EQ(it->first.to->number + 7, it->second.to->number);
    for (uint64_t i = 0; i < 3; ++i) map.try_emplace(this->edge(1000 + met * 3 + i));
    ASSERT_EQ(it->first.to->number + 7, it->second.to->number);
    ++met;
    it = map.erase(it);
  }
  EXPECT_EQ(met, 60u);
  EXPECT_EQ(map.size(), 180u);
  expect_sound(MapDoor::inspect(map));
  this->expect_sound_heap();
}

// Such an entry is replaced whole, since its pointers must pass the write barrier.
TYPED_TEST(MapOfReferences, AreReadOnlyInAMap) {
  static_assert(std::is_const_v<std::remove_reference_t<decltype(Map<uint64_t, TypeParam>::Entry::second)>>);
  Map<uint64_t, TypeParam> map(this->heap_);
  map.insert_or_assign(1, this->edge(1));
  map.insert_or_assign(1, this->edge(2));
  EXPECT_EQ(map.at(1).to->number, 14u);
  this->heap_.collect();
  EXPECT_EQ(this->heap_.stats().live_objects, (std::is_same_v<TypeParam, BoxedEdge> ? 4u : 3u));
}

// Not what a bucket of eight bytes' alignment holds: these are boxed, and aligned there.
struct alignas(32) Wide {
  uint64_t number;
  bool operator==(const Wide&) const = default;
};
__extension__ using Number = unsigned __int128;
struct WideHash {
  size_t operator()(const Wide& wide) const { return wide.number; }
  size_t operator()(Number number) const { return static_cast<size_t>(number >> 64 ^ number); }
};

TEST(MapAlignment, OverAlignedKeysAndValuesAreAligned) {
  Heap heap;
  Map<Wide, Wide, WideHash> map(heap);
  for (uint64_t n = 0; n < 120; ++n) {
    map.insert_or_assign(Wide{n}, Wide{n * 3});
    if (n % 4 == 0) heap.collect();
  }
  for (uint64_t n = 0; n < 120; n += 2) EXPECT_EQ(map.erase(Wide{n}), 1u);
  for (const auto entry : map) {
    EXPECT_EQ(reinterpret_cast<uintptr_t>(&entry.first) % 32, 0u);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(&entry.second) % 32, 0u);
    EXPECT_EQ(entry.second.number, entry.first.number * 3);
  }
  EXPECT_EQ(map.size(), 60u);
  EXPECT_EQ(map[Wide{1000}].number, 0u);
}

TEST(MapAlignment, NumbersOf128BitsAreKeysAndValues) {
  Heap heap;
  Map<Number, Number, WideHash> map(heap);
  for (uint64_t n = 0; n < 120; ++n) map[Number{n} << 64] = Number{n} << 100 | 1;
  for (uint64_t n = 0; n < 120; ++n) {
    EXPECT_TRUE(map.at(Number{n} << 64) == (Number{n} << 100 | 1));
    EXPECT_EQ(map.contains(n), n == 0);
  }
  for (const auto entry : map) EXPECT_EQ(reinterpret_cast<uintptr_t>(&entry.first) % alignof(Number), 0u);
  EXPECT_EQ(map.size(), 120u);
}

struct PointHash {
  size_t operator()(std::pair<int, int> point) const {
    return static_cast<size_t>(point.first * 31 + point.second);
  }
};

TEST(MapKindsPairs, AreKeysWithAHashOfOnesOwn) {
  Heap heap;
  Map<std::pair<int, int>, std::pair<int, int>, PointHash> map(heap);
  for (int x = 0; x < 20; ++x) {
    for (int y = 0; y < 20; ++y) map[{x, y}] = {y, x};
  }
  for (int i = 0; i < 20; ++i) EXPECT_EQ(map.erase({i, i}), 1u);
  EXPECT_EQ(map.size(), 380u);
  EXPECT_EQ(map.at({3, 4}), std::make_pair(4, 3));
  EXPECT_FALSE(map.contains({4, 4}));
}

// A long double is boxed, has bytes that are no part of it, and is a floating-point key like the others.
TEST(MapKindsLongDouble, ZeroesAreOneKeyAndNaNsAreNone) {
  Heap heap;
  Map<long double, uint64_t> map(heap);
  map.insert_or_assign(0.0L, 1);
  map.insert_or_assign(-0.0L, 2);
  EXPECT_EQ(map.size(), 1u);
  EXPECT_TRUE(std::signbit(map.begin()->first)) << "the later zero stays";
  const long double nan = std::numeric_limits<long double>::quiet_NaN();
  for (uint64_t i = 0; i < 20; ++i) map.insert_or_assign(nan, 100 + i);
  auto loop = map.begin();
  for (uint64_t i = 0; i < 200; ++i) map[static_cast<long double>(i) + 0.5L] = 1;
  std::map<uint64_t, int> met;
  for (; loop != map.end(); ++loop) {
    if (std::isnan(loop->first)) ++met[loop->second];
  }
  EXPECT_EQ(met.size(), 20u) << "across growth";
  EXPECT_FALSE(map.contains(nan));
  EXPECT_EQ(map.erase(nan), 0u);
  EXPECT_EQ(map.at(7.5L), 1u);
  EXPECT_EQ(map.size(), 221u);
  expect_sound(MapDoor::inspect(map));
}

TEST(MapKindsLongDouble, PaddingIsNoPartOfTheKey) {
  Heap heap;
  Map<long double, uint64_t> map(heap);
  alignas(long double) std::array<std::byte, sizeof(long double)> bytes;
  bytes.fill(std::byte{0xff});
  auto* const key = new (bytes.data()) long double;
  *key = 1.5L;
  map[*key] = 1;
  bytes.fill(std::byte{0});
  *key = 1.5L;
  EXPECT_EQ(map.at(*key), 1u);
}

}  // namespace
}  // namespace gcmap
