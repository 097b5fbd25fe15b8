// A world must notice when its heap does what it must not: lose what can be reached, keep what cannot, or
// leave something behind when an allocation fails. Each test does that behind the world's back.

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

Node* node_in(TestWorld& world, size_t root) {
  return static_cast<Node*>(world.root(RootName(root)).handle->get());
}

MapHeader* header_of(TestWorld& world, size_t map) {
  return world.map(MapName(map)).subject->header();
}

TEST(World, SoundRunsAreNotAccused) {
  for (size_t kind = 0; kind < kMapKinds; ++kind) {
    TestWorld world(config_of(static_cast<MapKind>(kind)));
    for (uint32_t key = 0; key < 40; ++key) world.run(PutOperands{m0, key, key});
    world.run(NewOperands{r0, 4});
    world.run(StoreOperands{m0, 7, r0});
    world.run(LinkMapOperands{r0, 1, m0});
    world.heap().collect();
    EXPECT_EQ(oracle_of([&] { world.check_quickly(); }), "");
    EXPECT_EQ(oracle_of([&] { world.verify(); }), "");
    EXPECT_EQ(oracle_of([&] { world.check_at_end(); }), "");
  }
}

// Node 2 hangs on a link that is cut behind the world's back: the sweeper frees what the graph can reach.
TEST(World, AnObjectFreedThoughReachableIsG3) {
  TestWorld world(config_of(MapKind::kU64));
  world.run(NewOperands{r0, 2});
  world.run(NewOperands{r1, 2});
  world.run(LinkOperands{r0, 0, r1});
  world.run(ReleaseOperands{r1});
  node_in(world, 0)->link = nullptr;
  world.heap().collect();
  EXPECT_EQ(oracle_of([&] { world.check_quickly(); }), "G3");
}

TEST(World, AValueFreedThoughStoredIsG3) {
  TestWorld world(config_of(MapKind::kU64Object));
  world.run(PutOperands{m0, 1, 5});
  world.heap().collect();
  EXPECT_EQ(world.run(GetOperands{m0, 1}), 5u);
  clear_map(*header_of(world, 0), world.map(m0).subject->inspect().type());
  world.heap().collect();
  EXPECT_EQ(oracle_of([&] { world.check_quickly(); }), "G3");
}

// Maps are things of the graph as nodes are.
TEST(World, AMapFreedThoughReachableIsG3) {
  TestWorld world(config_of(MapKind::kU64Object));
  world.run(NewOperands{r0, 2});
  world.run(MakeOperands{m0, 0});
  world.run(LinkMapOperands{r0, 1, m0});
  world.run(DropOperands{m0});
  node_in(world, 0)[1].link = nullptr;
  world.heap().collect();
  EXPECT_EQ(oracle_of([&] { world.check_quickly(); }), "G3");
}

// What names itself wrongly when it dies was overwritten while it lived: past the last number, and past 32
// bits.
TEST(World, AnObjectFreedUnderAWrongNameIsG3) {
  for (const uint64_t id : {uint64_t{99}, (uint64_t{1} << 32) + 1}) {
    TestWorld world(config_of(MapKind::kU64));
    world.run(NewOperands{r0, 2});
    node_in(world, 0)[Node::kIdCell].word = id;
    world.run(ReleaseOperands{r0});
    world.heap().collect();
    EXPECT_EQ(oracle_of([&] { world.check_quickly(); }), "G3") << id;
  }
}

TEST(World, AnUnnamedMapWithAnotherValueIsMDInTheEnd) {
  TestWorld world(config_of(MapKind::kU64));
  world.run(NewOperands{r0, 2});
  world.run(PutOperands{m1, 5, 5});
  world.run(LinkMapOperands{r0, 1, m1});
  world.map(m1).subject->put(5, 6);
  world.run(DropOperands{m1});
  EXPECT_EQ(oracle_of([&] { world.check_at_end(); }), "MD");
}

TEST(World, AnObjectOnlyAnIteratorLeadsToIsMissedAsG3) {
  TestWorld world(config_of(MapKind::kU64Object));
  world.run(PutOperands{m0, 1, 5});
  world.run(IterateOperands{m0, i0, 0, 0});
  MapHeader* const header = header_of(world, 0);
  const MapType& type = world.map(m0).subject->inspect().type();
  world.run(DropOperands{m0});
  clear_map(*header, type);
  world.heap().collect();
  EXPECT_EQ(oracle_of([&] { world.check_quickly(); }), "G3");
}

TEST(World, ALoopOverAnEmptyMapKeepsNothingAlive) {
  TestWorld world(config_of(MapKind::kU64Object));
  world.run(MakeOperands{m0, 26});
  world.run(IterateOperands{m0, i1, 0, 0});
  world.run(MakeOperands{m0, 0});
  world.heap().collect();
  EXPECT_EQ(oracle_of([&] { world.check_quickly(); }), "");
  EXPECT_EQ(oracle_of([&] { world.check_at_end(); }), "");
}

// Nobody says that it was freed: in the end it is not there.
TEST(World, WhatTheWitnessIsNotToldIsH12) {
  const auto after = [](void (*deed)(TestWorld&)) {
    TestWorld world(config_of(MapKind::kU64));
    world.run(NewOperands{r0, 2});
    EXPECT_EQ(oracle_of([&] { world.check_told(); }), "");
    world.run(ReleaseOperands{r0});
    Stepper(world.heap()).set_event_sink(nullptr);
    deed(world);
    return oracle_of([&] { world.check_told(); });
  };
  EXPECT_EQ(after([](TestWorld&) {}), "");
  EXPECT_EQ(after([](TestWorld& world) { world.run(NewOperands{r1, 2}); }), "H12");
  EXPECT_EQ(after([](TestWorld& world) { world.heap().collect(); }), "H12");
  EXPECT_EQ(after([](TestWorld& world) { Stepper(world.heap()).start(); }), "H12");
}

TEST(World, AnObjectFreedUnreportedIsG3InTheEnd) {
  TestWorld world(config_of(MapKind::kU64));
  world.run(NewOperands{r0, 2});
  world.run(NewOperands{r1, 2});
  world.run(LinkOperands{r0, 0, r1});
  world.run(ReleaseOperands{r1});
  Stepper(world.heap()).set_event_sink(nullptr);
  node_in(world, 0)->link = nullptr;
  world.heap().collect();
  EXPECT_EQ(oracle_of([&] { world.check_quickly(); }), "");
  EXPECT_EQ(oracle_of([&] { world.check_at_end(); }), "G3");
}

// As many objects as there must be, but not those.
TEST(World, AnObjectKeptDoesNotMakeUpForOneLost) {
  TestWorld world(config_of(MapKind::kU64));
  world.run(NewOperands{r0, 2});
  world.run(NewOperands{r1, 2});
  world.run(LinkOperands{r0, 0, r1});
  world.run(ReleaseOperands{r1});
  Stepper(world.heap()).set_event_sink(nullptr);
  node_in(world, 0)->link = nullptr;
  node_in(world, 0)->set_link(1, make_node(world.heap(), 2, 0, 0));
  world.heap().collect();
  EXPECT_EQ(oracle_of([&] { world.check_at_end(); }), "G2");
}

TEST(World, MemoryNoMapOwnsIsG2) {
  static const Type kPlain{.name = "plain", .size = 8};
  TestWorld world(config_of(MapKind::kU64));
  world.run(PutOperands{m0, 1, 1});
  world.run(NewOperands{r0, 2});
  node_in(world, 0)->set_link(1, world.heap().allocate(kPlain));
  EXPECT_EQ(oracle_of([&] { world.check_at_end(); }), "G2");
}

// A link the graph does not know keeps a node alive.
TEST(World, AnObjectKeptThoughUnreachableIsG2) {
  TestWorld world(config_of(MapKind::kU64));
  world.run(NewOperands{r0, 2});
  world.run(NewOperands{r1, 2});
  node_in(world, 0)->set_link(1, node_in(world, 1));
  world.run(ReleaseOperands{r1});
  EXPECT_EQ(oracle_of([&] { world.check_at_end(); }), "G2");
}

TEST(World, AnObjectOfNobodyIsG2) {
  TestWorld world(config_of(MapKind::kU64));
  const Root<Node> hidden(world.heap(), make_node(world.heap(), 2, 0, 0));
  EXPECT_EQ(oracle_of([&] { world.check_at_end(); }), "G2");
}

TEST(World, ALinkToAnotherObjectIsMD) {
  TestWorld world(config_of(MapKind::kU64));
  for (size_t root = 0; root < 3; ++root) world.run(NewOperands{RootName(root), 2});
  world.run(LinkOperands{r0, 0, r1});
  node_in(world, 0)->set_link(0, node_in(world, 2));
  EXPECT_EQ(oracle_of([&] { world.run(LoadOperands{r3, r0, 0}); }), "MD");
}

TEST(World, AnEntryThatIsGoneIsMD) {
  TestWorld world(config_of(MapKind::kU64));
  world.run(PutOperands{m0, 1, 5});
  world.map(m0).subject->erase(1);
  EXPECT_EQ(oracle_of([&] { world.run(GetOperands{m0, 1}); }), "MD");
}

TEST(World, AnEntryWithAnotherObjectOfTheSameNumberIsMD) {
  TestWorld world(config_of(MapKind::kU64Object));
  world.run(PutOperands{m0, 1, 5});
  const Root<Node> twin(world.heap(), make_node(world.heap(), 2, 5, 0));
  world.map(m0).subject->put(1, reinterpret_cast<Word>(twin.get()));
  EXPECT_EQ(oracle_of([&] { world.run(GetOperands{m0, 1}); }), "MD");
}

TEST(World, AStorePastTheBarrierIsG9) {
  TestWorld world(config_of(MapKind::kU64));
  world.run(NewOperands{r0, 2});
  world.run(NewOperands{r1, 2});
  Stepper(world.heap()).start();
  node_in(world, 0)->link = node_in(world, 1);
  EXPECT_EQ(oracle_of([&] { world.check_quickly(); }), "G9");
}

TEST(World, AHandleThatTakesUnshadedIsG9) {
  TestWorld world(config_of(MapKind::kU64));
  world.run(NewOperands{r0, 2});
  Stepper(world.heap()).start();
  EXPECT_EQ(oracle_of([&] { world.run(CopyOperands{r1, r0}); }), "");
  world.check_quickly();
  Stepper(world.heap()).set_event_sink(nullptr);  // from here on nobody hears of a shade
  EXPECT_EQ(oracle_of([&] {
              world.run(CopyOperands{r2, r0});
            }),
            "G9")
      << "the shade of an operation before does not count";
}

TEST(World, TheChainLastWrittenToIsLookedAtAtOnce) {
  TestWorld world(config_of(MapKind::kU64));
  world.run(PutOperands{m0, 1, 1});
  static_cast<uint8_t*>(header_of(world, 0)->buckets)[1] = kEmptyOne;
  EXPECT_EQ(oracle_of([&] { world.check_quickly(); }), "M5");
}

TEST(World, AFlagLeftUpByAFailureIsG7) {
  TestWorld world(config_of(MapKind::kU64));
  for (uint32_t key = 0; key < 8; ++key) world.run(PutOperands{m0, key, key});
  world.run(FailOperands{1});
  EXPECT_THROW(world.run(PutOperands{m0, 8, 8}), std::bad_alloc);
  world.families().injection.disarm();
  header_of(world, 0)->flags |= kFlagWriting;
  EXPECT_EQ(oracle_of([&] { world.check_after_failure(); }), "G7");
  header_of(world, 0)->flags &= static_cast<uint8_t>(~kFlagWriting);
  EXPECT_EQ(oracle_of([&] { world.check_after_failure(); }), "");
}

TEST(World, AnEntryThatAFailureLeftBehindIsG7) {
  TestWorld world(config_of(MapKind::kU64));
  for (uint32_t key = 0; key < 8; ++key) world.run(PutOperands{m0, key, key});
  world.run(FailOperands{1});
  EXPECT_THROW(world.run(PutOperands{m0, 8, 8}), std::bad_alloc);
  world.families().injection.disarm();
  world.map(m0).subject->put(8, 8);
  EXPECT_EQ(oracle_of([&] { world.check_after_failure(); }), "G7");
}

// What was armed for one operation does not reach the next.
TEST(World, DisarmTakesBackWhatDidNotHappen) {
  TestWorld world(config_of(MapKind::kU64Object));
  world.run(InsideOperands{DecisionPoint::kMapEntryInserted, 1, CollectorStep::kCollect, 1});
  world.run(FailOperands{100});
  world.families().injection.disarm();
  world.run(PutOperands{m0, 1, 1});
  EXPECT_EQ(world.heap().stats().cycles, 0u);
  world.run(InsideOperands{DecisionPoint::kMapEntryInserted, 2, CollectorStep::kCollect, 1});
  world.run(PutOperands{m0, 2, 1});
  EXPECT_EQ(world.heap().stats().cycles, 0u);
  world.run(PutOperands{m0, 3, 1});
  EXPECT_EQ(world.heap().stats().cycles, 1u);
}

// Worlds that differ in one thing a program can see have different digests.
TEST(World, ItsDigestCoversAllThatCanBeSeen) {
  const auto digest_after = [](const std::function<void(TestWorld&)>& last) {
    TestWorld world(config_of(MapKind::kU64Object));
    for (uint32_t key = 1; key < 4; ++key) world.run(PutOperands{m0, key, 10 * key});
    world.run(NewOperands{r0, 2});
    last(world);
    return world.digest();
  };
  const auto nothing = [](TestWorld&) {};
  const uint64_t expected = digest_after(nothing);
  EXPECT_EQ(digest_after(nothing), expected);
  const std::function<void(TestWorld&)> differences[] = {
      [](TestWorld& world) {
        const auto value = world.map(m0).subject->find(2);
        if (value) reinterpret_cast<Node*>(*value)->set_number(21);
      },
      [](TestWorld& world) { header_of(world, 0)->flags |= kFlagIterator; },
      [](TestWorld& world) {
        world.run(MoveOperands{r1, r0});
      },
      [](TestWorld& world) {
        world.run(LinkOperands{r0, 1, r0});
      },
      [](TestWorld& world) { node_in(world, 0)->set_number(7); },
      [](TestWorld& world) {
        world.run(MakeOperands{m1, 0}), world.run(LinkMapOperands{r0, 1, m1}), world.run(DropOperands{m1});
      },
      [](TestWorld& world) { world.run(ReleaseOperands{r0}); },
      [](TestWorld& world) { Stepper(world.heap()).start(), Stepper(world.heap()).mark(1); },
      [](TestWorld& world) { world.heap().collect(); },
  };
  for (const auto& difference : differences) {
    EXPECT_NE(digest_after(difference), expected) << "difference " << &difference - differences;
  }
}

TEST(World, ItsDigestCoversIntegerValues) {
  const auto digest_with = [](uint64_t value) {
    TestWorld world(config_of(MapKind::kU64));
    world.run(PutOperands{m0, 1, value});
    return world.digest();
  };
  EXPECT_EQ(digest_with(10), digest_with(10));
  EXPECT_NE(digest_with(10), digest_with(11));
}

// Lost coverage shows as a zero, so an arrival must not be counted where it was not.
TEST(World, DecisionPointsAreCountedInThePhaseOfTheirArrival) {
  TestWorld world(config_of(MapKind::kU64));
  const auto inserted = [&] {
    const PointCounts& points = world.families().environment.witness().points();
    const auto at = [&](Phase phase) { return points.at(DecisionPoint::kMapEntryInserted, phase); };
    return std::vector<uint64_t>{at(Phase::kIdle), at(Phase::kMark), at(Phase::kSweep)};
  };
  const auto put = [&](uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) world.run(PutOperands{m0, i + 10 * count, i});
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
  TestWorld world(config_of(MapKind::kU64Object));
  world.run(PutOperands{m0, 1, 10});
  world.run(NewOperands{r0, 2});
  world.run(LinkMapOperands{r0, 1, m0});
  EXPECT_TRUE(world.run(OpenOperands{m2, r0, 1}));
  world.run(PutOperands{m2, 2, 20});
  EXPECT_EQ(world.run(GetOperands{m0, 2}), 20u);
  world.run(DropOperands{m0});
  world.heap().collect();
  EXPECT_EQ(world.run(GetOperands{m2, 1}), 10u);
  world.run(StoreOperands{m2, 3, r0});  // map -> object -> map
  world.run(DropOperands{m2});
  world.run(ReleaseOperands{r0});
  world.heap().collect();
  EXPECT_EQ(oracle_of([&] { world.check_at_end(); }), "");
}

}  // namespace
}  // namespace gcmap::harness
