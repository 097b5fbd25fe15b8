// Maps of references, every kind: nothing is lost, nothing is kept, whatever the collector does meanwhile.
#include <gtest/gtest.h>

#include <algorithm>
#include <concepts>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gcmap/internal/gc/heap_door.h"
#include "gcmap/internal/gc/verify/inspector.h"
#include "gcmap/map.h"
#include "gcmap/step.h"
#include "map/sizing.h"

namespace gcmap {
namespace {

struct Node;

// Looks into the objects. Raw, so that tests decide chains.
struct NumberHash {
  uint64_t operator()(uint64_t key, uint64_t) const { return key; }
  uint64_t operator()(const Node* key, uint64_t) const;
};
struct NumberEqual {
  bool operator()(uint64_t a, uint64_t b) const { return a == b; }
  bool operator()(const Node* a, const Node* b) const;
};
template <typename K, typename V>
using NumberMap = Map<K, V, NumberHash, NumberEqual>;
using Inner = NumberMap<uint64_t, Member<Node>>;

struct Node {
  explicit Node(uint64_t n) : number(n) {}
  uint64_t number;
  Member<Inner> map;
  void trace(Visitor& visitor) const { visitor.trace(map); }
};

uint64_t NumberHash::operator()(const Node* key, uint64_t) const {
  return key->number;
}
bool NumberEqual::operator()(const Node* a, const Node* b) const {
  return a->number == b->number;
}

// Keys and values as numbers. An argument is rooted until it has been handed over.
template <typename T>
struct Numbered {
  Numbered(Heap&, uint64_t number) : argument(static_cast<T>(number)) {}
  T argument;
  static uint64_t of(const T& cell) { return cell; }
};
template <>
struct Numbered<Member<Node>> {
  Numbered(Heap& heap, uint64_t number) : root(heap, make<Node>(heap, number)), argument(root.get()) {}
  Local<Node> root;
  Node* argument;
  static uint64_t of(const Member<Node>& cell) { return cell->number; }
};
template <>
struct Numbered<Member<Inner>> {
  Numbered(Heap& heap, uint64_t number) : argument(heap) {
    argument.insert_or_assign(0, make<Node>(heap, number));
  }
  Inner argument;
  static uint64_t of(const Member<Inner>& cell) { return cell.get().at(0)->number; }
};

// A map from numbers to numbers, whatever it is made of.
template <typename K, typename V>
class Numbers {
 public:
  explicit Numbers(Heap& heap, uint64_t hint = 0) : map(heap, hint) {}

  void put(uint64_t key, uint64_t value) {
    const Numbered<K> k(map.heap(), key);
    const Numbered<V> v(map.heap(), value);
    map.insert_or_assign(k.argument, v.argument);
  }
  bool erase(uint64_t key) { return map.erase(Numbered<K>(map.heap(), key).argument) == 1; }
  std::optional<uint64_t> get(uint64_t key) const {
    const Numbered<K> k(map.heap(), key);
    const auto cursor = map.find(k.argument);
    return cursor ? std::optional(Numbered<V>::of(cursor->second)) : std::nullopt;
  }
  std::map<uint64_t, uint64_t> contents() const {
    std::map<uint64_t, uint64_t> result;
    for (const auto [key, value] : map) {
      const bool fresh = result.emplace(Numbered<K>::of(key), Numbered<V>::of(value)).second;
      EXPECT_TRUE(fresh) << "key " << Numbered<K>::of(key) << " twice";
    }
    return result;
  }
  static uint64_t key_of(const EntryRef& entry) { return Numbered<K>::of(*static_cast<const K*>(entry.key)); }
  static uint64_t value_of(const EntryRef& entry) {
    return Numbered<V>::of(*static_cast<const V*>(entry.value));
  }

  NumberMap<K, V> map;
};

using U64Node = Numbers<uint64_t, Member<Node>>;
using NodeNode = Numbers<Member<Node>, Member<Node>>;

void expect_silent(const Violations& violations) {
  for (const Violation& violation : violations)
    ADD_FAILURE() << violation.id << " " << violation.path << ": " << violation.detail;
}

void expect_sound(const MapInspector& map, const Heap& heap) {
  expect_silent(map.verify());
  expect_silent(heap.verify());
}

// Collects at every decision point.
struct CollectAlways final : PacingStrategy {
  std::set<DecisionPoint> points;
  PacingDecision decide(DecisionPoint point, const PacingView&) override {
    points.insert(point);
    return {.collect = true};
  }
};

// Steps at random at every decision point.
class RandomSteps final : public PacingStrategy {
 public:
  explicit RandomSteps(uint64_t seed) : random_(seed) {}
  PacingDecision decide(DecisionPoint, const PacingView&) override {
    return {.start = random_.chance(1, 8),
            .mark_units = random_.chance(1, 2) ? random_.below(3) : 0,
            .terminate = random_.chance(1, 4),
            .sweep_spans = random_.chance(1, 3) ? random_.below(3) : 0};
  }

 private:
  Random random_;
};

// Installs a strategy for a scope.
class Paced {
 public:
  Paced(Heap& heap, PacingStrategy& pacing) : step_(heap) { step_.set_pacing(&pacing); }
  ~Paced() { step_.set_pacing(nullptr); }
  Paced(const Paced&) = delete;
  Paced& operator=(const Paced&) = delete;

 private:
  Stepper step_;
};

// Objects the map itself consists of.
uint64_t owned_objects(const MapInspector& map) {
  uint64_t objects = 0;
  map.for_each_owned([&](const void*, size_t) { ++objects; });
  return objects;
}

template <typename Subject>
class ReferenceMap : public testing::Test {};
using Kinds =
    testing::Types<U64Node, Numbers<Member<Node>, uint64_t>, NodeNode, Numbers<uint64_t, Member<Inner>>,
                   Numbers<uint16_t, Member<Node>>, Numbers<uint64_t, uint64_t>>;
TYPED_TEST_SUITE(ReferenceMap, Kinds);

// Random operations with collector steps inside every one of them.
TYPED_TEST(ReferenceMap, LosesNothingWhileTheCollectorStepsInsideOperations) {
  for (uint64_t seed = 0; seed < 6; ++seed) {
    Heap heap({.seed = seed, .barrier_buffer_entries = 2});
    RandomSteps pacing(seed);
    const Paced paced(heap, pacing);
    Random random(seed);
    TypeParam subject(heap);
    std::map<uint64_t, uint64_t> model;
    for (int i = 0; i < 1500; ++i) {
      const uint64_t key = random.below(i < 900 ? 400 : 40);
      if (random.chance(1, 400)) {
        subject.map.clear();
        model.clear();
      } else if (random.chance(i % 500 < 300 ? 3 : 1, 4)) {
        subject.put(key, key + 1);
        model[key] = key + 1;
      } else {
        ASSERT_EQ(subject.erase(key), model.erase(key) == 1);
      }
      const auto found = model.find(key);
      ASSERT_EQ(subject.get(key), found == model.end() ? std::nullopt : std::optional(found->second));
      if (i % 50 == 0) expect_sound(MapDoor::inspect(subject.map), heap);
    }
    EXPECT_EQ(subject.contents(), model);
    expect_sound(MapDoor::inspect(subject.map), heap);
  }
}

// Grows in both ways, with iterators standing in the map.
TYPED_TEST(ReferenceMap, ACollectionAtAnyPointIsHarmless) {
  Heap heap;
  CollectAlways pacing;
  const Paced paced(heap, pacing);
  TypeParam subject(heap, 26);  // 4 buckets
  std::set<uint8_t> growths;
  std::map<uint64_t, uint64_t> model;
  const auto note = [&] { growths.insert(MapDoor::inspect(subject.map).state().growth); };
  for (uint64_t key = 0; key < 20; ++key) subject.put(key, model[key] = key);
  MapIterator first = MapDoor::iterator_from(subject.map, {1, 0});
  std::set<uint64_t> met{TypeParam::key_of(first.next())};
  for (uint64_t key = 20; key < 30; ++key) subject.put(key, model[key] = key), note();
  MapIterator second = MapDoor::iterator_from(subject.map, {2, 3});
  std::set<uint64_t> met_later{TypeParam::key_of(second.next())};
  // Churn in one chain after the other: overflow buckets pile up, the load does not.
  for (uint64_t round = 0; round < 12; ++round) {
    for (uint64_t i = 0; i < 17; ++i) subject.put(64 * (i + 1) + round % 8, 7), note();
    for (uint64_t i = 0; i < 17; ++i) EXPECT_TRUE(subject.erase(64 * (i + 1) + round % 8)), note();
  }
  EXPECT_EQ(growths, (std::set<uint8_t>{0, 1, 2}));
  for (const auto point : {DecisionPoint::kMapEntryInserted, DecisionPoint::kMapCellEvacuated})
    EXPECT_TRUE(pacing.points.contains(point)) << name_of(point);
  for (EntryRef entry = first.next(); entry.key != nullptr; entry = first.next()) {
    EXPECT_EQ(TypeParam::value_of(entry), TypeParam::key_of(entry));
    EXPECT_TRUE(met.insert(TypeParam::key_of(entry)).second);
  }
  for (EntryRef entry = second.next(); entry.key != nullptr; entry = second.next())
    EXPECT_TRUE(met_later.insert(TypeParam::key_of(entry)).second);
  for (uint64_t key = 0; key < 30; ++key) {
    EXPECT_TRUE(key >= 20 || met.contains(key)) << key;
    EXPECT_TRUE(met_later.contains(key)) << key;
  }
  EXPECT_EQ(subject.contents(), model);
  expect_sound(MapDoor::inspect(subject.map), heap);
}

// G9, naively: while marking, a pointer slot that changed has records that lead from what it held to what
// it holds.
class BarrierOracle final : public EventSink {
 public:
  explicit BarrierOracle(Heap& heap) : heap_(heap), step_(heap) { step_.set_event_sink(this); }
  ~BarrierOracle() { step_.set_event_sink(nullptr); }

  void on_barrier(const void* slot, const void* old_value, const void* new_value) override {
    const auto [record, first] = records_.try_emplace(slot, old_value, new_value);
    if (first) return;
    EXPECT_EQ(record->second.second, old_value) << "a store before this one was not recorded";
    record->second.second = new_value;
  }

  void before() {
    records_.clear();
    slots_ = slots();
  }
  void after(const std::string& what) {
    for (const auto& [slot, value] : slots()) {
      const auto was = slots_.find(slot);
      const void* const old_value = was == slots_.end() ? nullptr : was->second;
      if (value == old_value) continue;
      const auto record = records_.find(slot);
      ASSERT_NE(record, records_.end())
          << what << ": heap offset " << heap_.offset_of(slot) << " changed unseen";
      EXPECT_EQ(record->second, std::pair(old_value, value)) << what;
      ++changes;
    }
  }
  uint64_t changes = 0;

 private:
  struct Collect final : SlotVisitor {
    std::map<const void*, const void*> slots;
    void visit(void* const* slot) override { slots[slot] = *slot; }
  };
  std::map<const void*, const void*> slots() const {
    Collect collect;
    HeapInspector(heap_).for_each_object([&](const ObjectView& object) {
      if (object.type != nullptr) visit_slots(*object.type, object.address, object.bytes, collect);
    });
    return std::move(collect.slots);
  }

  Heap& heap_;
  Stepper step_;
  std::map<const void*, std::pair<const void*, const void*>> records_;
  std::map<const void*, const void*> slots_;
};

TYPED_TEST(ReferenceMap, EveryChangedSlotIsRecordedByTheBarrier) {
  Heap heap;
  ManualPacing pacing;
  const Paced paced(heap, pacing);
  TypeParam subject(heap, 26);
  ASSERT_TRUE(Stepper(heap).start());
  BarrierOracle oracle(heap);
  const auto run = [&](const std::string& what, auto&& operation) {
    oracle.before();
    operation();
    oracle.after(what);
  };
  for (int round = 0; round < 3; ++round) {
    for (uint64_t key = 0; key < 40; ++key)
      run("put " + std::to_string(key), [&] { subject.put(key * 3 % 64, key); });
    for (uint64_t i = 0; i < 24; ++i) run("chain", [&] { subject.put(64 * (i + 1) + 5, i); });
    for (uint64_t i = 0; i < 24; ++i) run("erase", [&] { subject.erase(64 * (i + 1) + 5); });
    for (uint64_t key = 0; key < 10; ++key) run("erase", [&] { subject.erase(key); });
    if (round == 1) run("clear", [&] { subject.map.clear(); });
  }
  EXPECT_TRUE(HeapDoor::marking(heap));
  EXPECT_GT(oracle.changes, 10u);
}

// Exactly what the map consists of and what it refers to is alive.
TYPED_TEST(ReferenceMap, OwnsExactlyWhatForEachOwnedTells) {
  Heap heap;
  {
    TypeParam subject(heap);
    for (uint64_t key = 0; key < 300; ++key) {
      subject.put(key * 64 % 1021, key);
      if (key % 20 != 0) continue;
      heap.collect();
      const uint64_t live = heap.stats().live_objects;
      std::set<const void*> owned;
      MapDoor::inspect(subject.map).for_each_owned([&](const void* address, size_t bytes) {
        EXPECT_TRUE(owned.insert(address).second) << "told twice";
        const auto object = HeapInspector(heap).find(address);
        ASSERT_TRUE(object.has_value());
        EXPECT_EQ(object->address, address);
        EXPECT_EQ(object->bytes, bytes);
      });
      uint64_t others = 0;  // nodes, and the maps that are values
      for (const auto [k, v] : subject.map) {
        others += Cell<std::remove_cvref_t<decltype(k)>>::kType.pointer_count;
        if constexpr (std::same_as<std::remove_cvref_t<decltype(v)>, Member<Inner>>) {
          others += owned_objects(MapDoor::inspect(v.get())) + 1;
        } else {
          others += Cell<std::remove_cvref_t<decltype(v)>>::kType.pointer_count;
        }
      }
      EXPECT_EQ(live, owned.size() + others);
    }
  }
  heap.collect();
  EXPECT_EQ(heap.stats().live_objects, 0u);
}

TYPED_TEST(ReferenceMap, AFailedAllocationLeavesTheMapAsItWas) {
  uint64_t injected = 0;
  for (uint64_t nth = 1;; ++nth) {
    Heap heap;
    TypeParam subject(heap);
    std::map<uint64_t, uint64_t> model;
    bool failed = false;
    for (uint64_t i = 0; i < 60; ++i) {
      const uint64_t key = i < 30 ? i : 64 * i;
      if (i == 8) Stepper(heap).fail_allocation(nth);
      std::optional<MapIterator> iterator;
      try {
        iterator.emplace(heap, MapDoor::header(subject.map), MapDoor::inspect(subject.map).type(),
                         IterationStart{});
        subject.put(key, i);
      } catch (const std::bad_alloc&) {
        failed = true;
        ++injected;
        EXPECT_EQ(subject.contents(), model);
        expect_sound(MapDoor::inspect(subject.map), heap);
        heap.collect();
        EXPECT_EQ(subject.contents(), model);
        uint64_t met = 0;
        while (iterator && iterator->next().key != nullptr) ++met;
        EXPECT_EQ(met, iterator ? model.size() : 0);
        subject.put(key, i);
      }
      model[key] = i;
    }
    EXPECT_EQ(subject.contents(), model);
    expect_sound(MapDoor::inspect(subject.map), heap);
    if (!failed) break;
  }
  EXPECT_GE(injected, 5u);
}

TEST(ReferenceMap, ArgumentsNobodyHoldsLiveThroughTheCall) {
  // golang/go#22781: the write that ends a growth, or fills up a chain, collects before it looks at
  // its arguments.
  Heap heap;
  CollectAlways pacing;
  NumberMap<Member<Node>, Member<Node>> map(heap);
  for (uint64_t i = 0; i < 200; ++i) {
    Node* const key = make<Node>(heap, i < 100 ? i : 64 * i);
    Node* const value = make<Node>(heap, i);
    const Paced paced(heap, pacing);
    if (i % 2 == 0) {
      EXPECT_TRUE(map.insert_or_assign(key, value).second);
    } else {
      EXPECT_TRUE(map.try_emplace(key, value).second);
    }
    EXPECT_EQ(map.at(key)->number, i);
  }
  for (uint64_t i = 0; i < 200; ++i) {
    Node* const key = make<Node>(heap, i < 100 ? i : 64 * i);
    const Paced paced(heap, pacing);
    EXPECT_EQ(map.erase(key), 1u) << i;
    if (i == 100) {
      for (uint64_t j = 0; j < 120; ++j) map.try_emplace(make<Node>(heap, 100'000 + j), nullptr);
    }
  }
}

TEST(ReferenceMap, ACycleThroughAMapIsCollected) {
  Heap heap;
  {
    Local<Node> node(heap, make<Node>(heap, 1));
    {
      Inner map(heap);
      map.insert_or_assign(1, node.get());
      node->map = map;
      for (uint64_t key = 2; key < 60; ++key) {
        Local<Node> other(heap, make<Node>(heap, key));
        other->map = map;
        map.insert_or_assign(key, other.get());
      }
    }
    heap.collect();
    EXPECT_EQ(heap.stats().live_objects, owned_objects(MapDoor::inspect(node->map.get())) + 59);
    EXPECT_EQ(node->map.get().at(59)->map.get().at(1).get(), node.get());
  }
  heap.collect();
  EXPECT_EQ(heap.stats().live_objects, 0u);
}

TEST(ReferenceMap, WhatIsErasedOrOverwrittenIsNotKeptAlive) {
  Heap heap;
  NodeNode subject(heap);
  const auto nodes = [&] {
    heap.collect();
    return heap.stats().live_objects - owned_objects(MapDoor::inspect(subject.map));
  };
  for (uint64_t key = 0; key < 20; ++key) subject.put(key, key);
  EXPECT_EQ(nodes(), 40u);
  for (uint64_t key = 0; key < 10; ++key) subject.erase(key);
  EXPECT_EQ(nodes(), 20u);
  for (uint64_t key = 10; key < 20; ++key) subject.put(key, 7);  // the keys stay, the values go
  EXPECT_EQ(nodes(), 20u);
  subject.map.clear();
  EXPECT_EQ(nodes(), 0u);
}

// An old array stays until the growth is over. Its evacuated chains hold nothing, their overflow buckets
// neither, whether they are objects or spare buckets of the array.
TEST(ReferenceMap, AnEvacuatedChainKeepsNothingAlive) {
  Heap heap;
  NodeNode subject(heap, 104);                               // 16 buckets, spare ones
  for (uint64_t i = 0; i < 40; ++i) subject.put(16 * i, i);  // four overflow buckets in chain 0
  for (uint64_t key = 0; MapDoor::inspect(subject.map).state().growth == 0; ++key)
    subject.put(1 + key % 15 + 16 * (key / 15), 0);
  ASSERT_TRUE(MapDoor::inspect(subject.map).evacuated(0));
  ASSERT_LT(MapDoor::inspect(subject.map).state().nevacuate, 3u);
  heap.collect();
  const uint64_t before = heap.stats().live_objects - owned_objects(MapDoor::inspect(subject.map));
  constexpr uint64_t kErased = 6;
  for (uint64_t i = 0; i < kErased; ++i) ASSERT_TRUE(subject.erase(16 * i));
  ASSERT_NE(MapDoor::inspect(subject.map).state().growth, 0);
  expect_silent(MapDoor::inspect(subject.map).verify());
  heap.collect();
  EXPECT_EQ(before - 2 * kErased, heap.stats().live_objects - owned_objects(MapDoor::inspect(subject.map)));
}

// Two growths at the same size during one iteration. In the second one the iterator stands in a chain it has
// borrowed; the flag that keeps chains from being wiped is not renewed.
TEST(ReferenceMap, ABorrowedChainIsNotWipedInASecondGrowthAtTheSameSize) {
  Heap heap;
  U64Node subject(heap, 104);  // 16 buckets
  std::set<uint64_t> expected;
  for (uint64_t i = 0; i < 12; ++i) {
    for (uint64_t chain = 0; chain < 3; ++chain) expected.insert(16 * i + chain);
  }
  for (uint64_t key : expected) subject.put(key, key);
  uint64_t fresh = 1000;
  const auto state = [&] { return MapDoor::inspect(subject.map).state(); };
  // Chain after chain gets four overflow buckets and is emptied again; the insert after the 16th begins
  // a growth.
  const auto begin_growth = [&] {
    for (uint64_t chain = 4; state().growth == 0; ++chain) {
      ASSERT_LT(chain, 16u);
      std::vector<uint64_t> keys;
      for (int i = 0; i < 40 && state().growth == 0; ++i)
        subject.put(keys.emplace_back(16 * fresh++ + chain), 0);
      for (uint64_t key : keys) {
        if (state().growth == 0) subject.erase(key);
      }
    }
    ASSERT_EQ(state().growth, 2);
    ASSERT_FALSE(MapDoor::inspect(subject.map).evacuated(2));
  };
  MapIterator iterator = MapDoor::iterator_from(subject.map, {1, 0});
  std::set<uint64_t> met{U64Node::key_of(iterator.next())};
  begin_growth();
  while (state().growth != 0) subject.erase(3);
  begin_growth();
  ASSERT_EQ(state().flags & kFlagOldIterator, 0);
  while (met.size() < 13) ASSERT_TRUE(met.insert(U64Node::key_of(iterator.next())).second);
  ASSERT_EQ(state().flags & kFlagOldIterator, 0);
  subject.erase(16 * 999 + 2);
  ASSERT_TRUE(MapDoor::inspect(subject.map).evacuated(2));
  heap.collect();
  expect_sound(MapDoor::inspect(subject.map), heap);
  for (EntryRef entry = iterator.next(); entry.key != nullptr; entry = iterator.next()) {
    EXPECT_TRUE(met.insert(U64Node::key_of(entry)).second) << U64Node::key_of(entry) << " twice";
    EXPECT_EQ(U64Node::value_of(entry),
              expected.contains(U64Node::key_of(entry)) ? U64Node::key_of(entry) : 0);
  }
  for (uint64_t key : expected) EXPECT_TRUE(met.contains(key)) << "key " << key;
}

TEST(ReferenceMap, AClearEndsTheBorrowing) {
  Heap heap;
  U64Node subject(heap, 26);
  for (uint64_t key = 0; key <= 26; ++key) subject.put(key, key);
  ASSERT_EQ(MapDoor::inspect(subject.map).state().growth, 1);
  MapIterator iterator = MapDoor::iterator_from(subject.map, {1, 0});
  ASSERT_NE(iterator.next().key, nullptr);
  EXPECT_EQ(MapDoor::header(subject.map)->old_borrowed, 1u);
  subject.map.clear();
  expect_sound(MapDoor::inspect(subject.map), heap);
  heap.collect();
  EXPECT_EQ(iterator.next().key, nullptr);
}

TEST(ReferenceMap, HandlesOnOneMapAreTheSameMap) {
  Heap heap;
  Local<Node> owner(heap, make<Node>(heap, 0u));
  EXPECT_FALSE(owner->map);
  {
    const Inner map(heap);
    owner->map = map;
    EXPECT_EQ(MapDoor::header(owner->map), MapDoor::header(map));
  }
  heap.collect();
  ASSERT_TRUE(owner->map);
  Inner again = owner->map.get();
  again.insert_or_assign(5, owner.get());
  EXPECT_EQ(owner->map.get().at(5).get(), owner.get());
  Inner by_header = MapDoor::from_header<Inner>(MapDoor::header(owner->map));
  EXPECT_EQ(by_header.erase(5), 1u);
  EXPECT_TRUE(again.empty());
  owner->map = nullptr;
  EXPECT_FALSE(owner->map);
  EXPECT_TRUE(again.empty());
  EXPECT_TRUE(owner->map.get().nil());
}

TEST(ReferenceMap, NullIsAKeyAndAValueLikeAnyOther) {
  Heap heap;
  struct Blob {
    uint64_t word;
  };
  Map<Member<Blob>, Member<Blob>> map(heap);
  EXPECT_FALSE(map.contains(nullptr));
  EXPECT_TRUE(map.insert_or_assign(nullptr, make<Blob>(heap)).second);
  EXPECT_TRUE(map.insert({make<Blob>(heap), nullptr}).second);
  EXPECT_TRUE(map.at(nullptr));
  EXPECT_EQ(map.size(), 2u);
  heap.collect();
  EXPECT_EQ(heap.stats().live_objects, owned_objects(MapDoor::inspect(map)) + 2);
  expect_sound(MapDoor::inspect(map), heap);
  EXPECT_EQ(map.erase(nullptr), 1u);
  for (auto [key, value] : map) {
    EXPECT_FALSE(value);
    value = key.get();
  }
  EXPECT_EQ(map.begin().operator*().second.get(), map.begin().operator*().first.get());
}

// The default hash is of the offset in the heap: where the heap itself lies does not show.
TEST(ReferenceMap, SameSeedGivesTheSameOrderOfObjects) {
  struct Blob {
    uint64_t word;
  };
  const auto order = [](Heap& heap) {
    Map<Member<Blob>, uint64_t> map(heap);
    for (uint64_t i = 0; i < 50; ++i) {
      Blob* const blob = make<Blob>(heap);
      EXPECT_TRUE(map.try_emplace(blob, i).second);
      EXPECT_EQ(map.at(blob), i);
    }
    std::vector<uint64_t> values;
    for (const auto [key, value] : map) values.push_back(value);
    return values;
  };
  Heap one({.seed = 3});
  Heap other({.seed = 3});
  Heap third({.seed = 4});
  const auto expected = order(one);
  EXPECT_EQ(expected.size(), 50u);
  EXPECT_EQ(order(other), expected);
  EXPECT_NE(order(third), expected);
}

}  // namespace
}  // namespace gcmap
