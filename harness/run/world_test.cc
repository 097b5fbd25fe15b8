// A world must notice when its heap does what it must not: lose what can be reached, keep what cannot, or
// leave something behind when an allocation fails. Each test does that behind the world's back.
#include "harness/run/world.h"

#include <gtest/gtest.h>

#include <functional>
#include <new>
#include <string>
#include <vector>

#include "gcmap/internal/map/clear.h"
#include "gcmap/internal/map/layout.h"
#include "harness/run/test_world.h"

namespace gcmap::harness {
namespace {

Node* node_in(World& world, size_t root) {
  return static_cast<Node*>(world.root(root).handle->get());
}

MapHeader* header_of(World& world, size_t map) {
  return world.map(map).subject->header();
}

TEST(World, SoundRunsAreNotAccused) {
  for (size_t kind = 0; kind < kMapKinds; ++kind) {
    World world(config_of(static_cast<MapKind>(kind)), true);
    for (uint64_t key = 0; key < 40; ++key) world.put(0, key, key);
    world.make_object(0, 4);
    world.store(0, 7, 0);
    world.link_map(0, 1, 0);
    world.heap().collect();
    EXPECT_EQ(oracle_of([&] { world.check_quickly(); }), "");
    EXPECT_EQ(oracle_of([&] { world.verify(); }), "");
    EXPECT_EQ(oracle_of([&] { world.check_at_end(); }), "");
  }
}

// Node 2 hangs on a link that is cut behind the world's back: the sweeper frees what the graph can reach.
TEST(World, AnObjectFreedThoughReachableIsG3) {
  World world(config_of(MapKind::kU64), true);
  world.make_object(0, 2);
  world.make_object(1, 2);
  world.link(0, 0, 1);
  world.release(1);
  node_in(world, 0)->link = nullptr;
  world.heap().collect();
  EXPECT_EQ(oracle_of([&] { world.check_quickly(); }), "G3");
}

TEST(World, AValueFreedThoughStoredIsG3) {
  World world(config_of(MapKind::kU64Object), true);
  world.put(0, 1, 5);
  world.heap().collect();
  EXPECT_EQ(world.get(0, 1, true), 5u);
  clear_map(*header_of(world, 0), world.map(0).subject->inspect().type());
  world.heap().collect();
  EXPECT_EQ(oracle_of([&] { world.check_quickly(); }), "G3");
}

// Maps are things of the graph as nodes are.
TEST(World, AMapFreedThoughReachableIsG3) {
  World world(config_of(MapKind::kU64Object), true);
  world.make_object(0, 2);
  world.make(0, 0);
  world.link_map(0, 1, 0);
  world.drop(0);
  node_in(world, 0)[1].link = nullptr;
  world.heap().collect();
  EXPECT_EQ(oracle_of([&] { world.check_quickly(); }), "G3");
}

// What names itself wrongly when it dies was overwritten while it lived: past the last number, and past 32
// bits.
TEST(World, AnObjectFreedUnderAWrongNameIsG3) {
  for (const uint64_t id : {uint64_t{99}, (uint64_t{1} << 32) + 1}) {
    World world(config_of(MapKind::kU64), true);
    world.make_object(0, 2);
    node_in(world, 0)[Node::kIdCell].word = id;
    world.release(0);
    world.heap().collect();
    EXPECT_EQ(oracle_of([&] { world.check_quickly(); }), "G3") << id;
  }
}

TEST(World, AnUnnamedMapWithAnotherValueIsMDInTheEnd) {
  World world(config_of(MapKind::kU64), true);
  world.make_object(0, 2);
  world.put(1, 5, 5);
  world.link_map(0, 1, 1);
  world.map(1).subject->put(5, 6);
  world.drop(1);
  EXPECT_EQ(oracle_of([&] { world.check_at_end(); }), "MD");
}

TEST(World, AnObjectOnlyAnIteratorLeadsToIsMissedAsG3) {
  World world(config_of(MapKind::kU64Object), true);
  world.put(0, 1, 5);
  world.iterate(0, 0, {});
  MapHeader* const header = header_of(world, 0);
  const MapType& type = world.map(0).subject->inspect().type();
  world.drop(0);
  clear_map(*header, type);
  world.heap().collect();
  EXPECT_EQ(oracle_of([&] { world.check_quickly(); }), "G3");
}

TEST(World, ALoopOverAnEmptyMapKeepsNothingAlive) {
  World world(config_of(MapKind::kU64Object), true);
  world.make(0, 26);
  world.iterate(0, 1, {});
  world.make(0, 0);
  world.heap().collect();
  EXPECT_EQ(oracle_of([&] { world.check_quickly(); }), "");
  EXPECT_EQ(oracle_of([&] { world.check_at_end(); }), "");
}

// Nobody says that it was freed: in the end it is not there.
TEST(World, WhatTheWitnessIsNotToldIsH12) {
  const auto after = [](void (*deed)(World&)) {
    World world(config_of(MapKind::kU64), true);
    world.make_object(0, 2);
    EXPECT_EQ(oracle_of([&] { world.check_told(); }), "");
    world.release(0);
    Stepper(world.heap()).set_event_sink(nullptr);
    deed(world);
    return oracle_of([&] { world.check_told(); });
  };
  EXPECT_EQ(after([](World&) {}), "");
  EXPECT_EQ(after([](World& world) { world.make_object(1, 2); }), "H12");
  EXPECT_EQ(after([](World& world) { world.heap().collect(); }), "H12");
  EXPECT_EQ(after([](World& world) { Stepper(world.heap()).start(); }), "H12");
}

TEST(World, AnObjectFreedUnreportedIsG3InTheEnd) {
  World world(config_of(MapKind::kU64), true);
  world.make_object(0, 2);
  world.make_object(1, 2);
  world.link(0, 0, 1);
  world.release(1);
  Stepper(world.heap()).set_event_sink(nullptr);
  node_in(world, 0)->link = nullptr;
  world.heap().collect();
  EXPECT_EQ(oracle_of([&] { world.check_quickly(); }), "");
  EXPECT_EQ(oracle_of([&] { world.check_at_end(); }), "G3");
}

// As many objects as there must be, but not those.
TEST(World, AnObjectKeptDoesNotMakeUpForOneLost) {
  World world(config_of(MapKind::kU64), true);
  world.make_object(0, 2);
  world.make_object(1, 2);
  world.link(0, 0, 1);
  world.release(1);
  Stepper(world.heap()).set_event_sink(nullptr);
  node_in(world, 0)->link = nullptr;
  node_in(world, 0)->set_link(1, make_node(world.heap(), 2, 0, 0));
  world.heap().collect();
  EXPECT_EQ(oracle_of([&] { world.check_at_end(); }), "G2");
}

TEST(World, MemoryNoMapOwnsIsG2) {
  static const Type kPlain{.name = "plain", .size = 8};
  World world(config_of(MapKind::kU64), true);
  world.put(0, 1, 1);
  world.make_object(0, 2);
  node_in(world, 0)->set_link(1, world.heap().allocate(kPlain));
  EXPECT_EQ(oracle_of([&] { world.check_at_end(); }), "G2");
}

// A link the graph does not know keeps a node alive.
TEST(World, AnObjectKeptThoughUnreachableIsG2) {
  World world(config_of(MapKind::kU64), true);
  world.make_object(0, 2);
  world.make_object(1, 2);
  node_in(world, 0)->set_link(1, node_in(world, 1));
  world.release(1);
  EXPECT_EQ(oracle_of([&] { world.check_at_end(); }), "G2");
}

TEST(World, AnObjectOfNobodyIsG2) {
  World world(config_of(MapKind::kU64), true);
  const Root<Node> hidden(world.heap(), make_node(world.heap(), 2, 0, 0));
  EXPECT_EQ(oracle_of([&] { world.check_at_end(); }), "G2");
}

TEST(World, ALinkToAnotherObjectIsMD) {
  World world(config_of(MapKind::kU64), true);
  for (size_t root = 0; root < 3; ++root) world.make_object(root, 2);
  world.link(0, 0, 1);
  node_in(world, 0)->set_link(0, node_in(world, 2));
  EXPECT_EQ(oracle_of([&] { world.load(3, 0, 0); }), "MD");
}

TEST(World, AnEntryThatIsGoneIsMD) {
  World world(config_of(MapKind::kU64), true);
  world.put(0, 1, 5);
  world.map(0).subject->erase(1);
  EXPECT_EQ(oracle_of([&] { world.get(0, 1, true); }), "MD");
}

TEST(World, AnEntryWithAnotherObjectOfTheSameNumberIsMD) {
  World world(config_of(MapKind::kU64Object), true);
  world.put(0, 1, 5);
  const Root<Node> twin(world.heap(), make_node(world.heap(), 2, 5, 0));
  world.map(0).subject->put(1, reinterpret_cast<Word>(twin.get()));
  EXPECT_EQ(oracle_of([&] { world.get(0, 1, true); }), "MD");
}

TEST(World, AStorePastTheBarrierIsG9) {
  World world(config_of(MapKind::kU64), true);
  world.make_object(0, 2);
  world.make_object(1, 2);
  Stepper(world.heap()).start();
  node_in(world, 0)->link = node_in(world, 1);
  EXPECT_EQ(oracle_of([&] { world.check_quickly(); }), "G9");
}

TEST(World, AHandleThatTakesUnshadedIsG9) {
  World world(config_of(MapKind::kU64), true);
  world.make_object(0, 2);
  Stepper(world.heap()).start();
  EXPECT_EQ(oracle_of([&] { world.copy(1, 0); }), "");
  world.check_quickly();
  Stepper(world.heap()).set_event_sink(nullptr);  // from here on nobody hears of a shade
  EXPECT_EQ(oracle_of([&] { world.copy(2, 0); }), "G9") << "the shade of an operation before does not count";
}

TEST(World, TheChainLastWrittenToIsLookedAtAtOnce) {
  World world(config_of(MapKind::kU64), true);
  world.put(0, 1, 1);
  static_cast<uint8_t*>(header_of(world, 0)->buckets)[1] = kEmptyOne;
  EXPECT_EQ(oracle_of([&] { world.check_quickly(); }), "M5");
}

TEST(World, AFlagLeftUpByAFailureIsG7) {
  World world(config_of(MapKind::kU64), true);
  for (uint64_t key = 0; key < 8; ++key) world.put(0, key, key);
  world.arm_failure(1);
  EXPECT_THROW(world.put(0, 8, 8), std::bad_alloc);
  world.disarm();
  header_of(world, 0)->flags |= kFlagWriting;
  EXPECT_EQ(oracle_of([&] { world.check_after_failure(); }), "G7");
  header_of(world, 0)->flags &= static_cast<uint8_t>(~kFlagWriting);
  EXPECT_EQ(oracle_of([&] { world.check_after_failure(); }), "");
}

TEST(World, AnEntryThatAFailureLeftBehindIsG7) {
  World world(config_of(MapKind::kU64), true);
  for (uint64_t key = 0; key < 8; ++key) world.put(0, key, key);
  world.arm_failure(1);
  EXPECT_THROW(world.put(0, 8, 8), std::bad_alloc);
  world.disarm();
  world.map(0).subject->put(8, 8);
  EXPECT_EQ(oracle_of([&] { world.check_after_failure(); }), "G7");
}

// What was armed for one operation does not reach the next.
TEST(World, DisarmTakesBackWhatDidNotHappen) {
  World world(config_of(MapKind::kU64Object), true);
  PacingDecision collect;
  collect.collect = true;
  world.arm(DecisionPoint::kMapEntryInserted, 1, collect);
  world.arm_failure(100);
  world.disarm();
  world.put(0, 1, 1);
  EXPECT_EQ(world.heap().stats().cycles, 0u);
  world.arm(DecisionPoint::kMapEntryInserted, 2, collect);
  world.put(0, 2, 1);
  EXPECT_EQ(world.heap().stats().cycles, 0u);
  world.put(0, 3, 1);
  EXPECT_EQ(world.heap().stats().cycles, 1u);
}

// Worlds that differ in one thing a program can see have different digests.
TEST(World, ItsDigestCoversAllThatCanBeSeen) {
  const auto digest_after = [](const std::function<void(World&)>& last) {
    World world(config_of(MapKind::kU64Object), true);
    for (uint64_t key = 1; key < 4; ++key) world.put(0, key, 10 * key);
    world.make_object(0, 2);
    last(world);
    Digest digest;
    world.add_to(digest);
    return digest.value();
  };
  const auto nothing = [](World&) {};
  const uint64_t expected = digest_after(nothing);
  EXPECT_EQ(digest_after(nothing), expected);
  const std::function<void(World&)> differences[] = {
      [](World& world) {
        const auto value = world.map(0).subject->find(2);
        if (value) reinterpret_cast<Node*>(*value)->set_number(21);
      },
      [](World& world) { header_of(world, 0)->flags |= kFlagIterator; },
      [](World& world) { world.move(1, 0); },
      [](World& world) { world.link(0, 1, 0); },
      [](World& world) { node_in(world, 0)->set_number(7); },
      [](World& world) { world.make(1, 0), world.link_map(0, 1, 1), world.drop(1); },
      [](World& world) { world.release(0); },
      [](World& world) { Stepper(world.heap()).start(), Stepper(world.heap()).mark(1); },
      [](World& world) { world.heap().collect(); },
  };
  for (const auto& difference : differences) {
    EXPECT_NE(digest_after(difference), expected) << "difference " << &difference - differences;
  }
}

TEST(World, ItsDigestCoversIntegerValues) {
  const auto digest_with = [](uint64_t value) {
    World world(config_of(MapKind::kU64), true);
    world.put(0, 1, value);
    Digest digest;
    world.add_to(digest);
    return digest.value();
  };
  EXPECT_EQ(digest_with(10), digest_with(10));
  EXPECT_NE(digest_with(10), digest_with(11));
}

// Lost coverage shows as a zero, so an arrival must not be counted where it was not.
TEST(World, DecisionPointsAreCountedInThePhaseOfTheirArrival) {
  World world(config_of(MapKind::kU64), true);
  const auto inserted = [&] {
    const PointCounts& points = world.witness().points();
    const auto at = [&](Phase phase) { return points.at(DecisionPoint::kMapEntryInserted, phase); };
    return std::vector<uint64_t>{at(Phase::kIdle), at(Phase::kMark), at(Phase::kSweep)};
  };
  const auto put = [&](uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) world.put(0, i + 10 * count, i);
  };
  Stepper step(world.heap());
  put(1);
  EXPECT_EQ(inserted(), (std::vector<uint64_t>{1, 0, 0}));
  step.start();
  put(2);
  EXPECT_EQ(inserted(), (std::vector<uint64_t>{1, 2, 0}));
  step.mark(UINT64_MAX);
  step.terminate();
  put(3);
  EXPECT_EQ(inserted(), (std::vector<uint64_t>{1, 2, 3}));
}

TEST(World, SeveralNamesForOneMapAreOneMap) {
  World world(config_of(MapKind::kU64Object), true);
  world.put(0, 1, 10);
  world.make_object(0, 2);
  world.link_map(0, 1, 0);
  EXPECT_TRUE(world.open(2, 0, 1));
  world.put(2, 2, 20);
  EXPECT_EQ(world.get(0, 2, true), 20u);
  world.drop(0);
  world.heap().collect();
  EXPECT_EQ(world.get(2, 1, true), 10u);
  world.store(2, 3, 0);  // map -> object -> map
  world.drop(2);
  world.release(0);
  world.heap().collect();
  EXPECT_EQ(oracle_of([&] { world.check_at_end(); }), "");
}

}  // namespace
}  // namespace gcmap::harness
