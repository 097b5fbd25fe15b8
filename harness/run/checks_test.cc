// The checks of a run must notice when its heap does what it must not: lose what can be reached, keep what
// cannot, report less than it does. Each test does that behind the families' backs.
#include "harness/run/checks.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "gcmap/internal/map/layout.h"
#include "gcmap/step.h"
#include "harness/run/test_families.h"

namespace gcmap::harness {
namespace {

Node* node_in(TestFamilies& families, size_t root) {
  return static_cast<Node*>(families.root(RootName(root)).handle->get());
}

MapHeader* header_of(TestFamilies& families, size_t map) {
  return families.map(MapName(map)).adapter->header();
}

TEST(Checks, SoundRunsAreNotAccused) {
  for (size_t kind = 0; kind < kMapKinds; ++kind) {
    TestFamilies families(config_of(static_cast<MapKind>(kind)));
    for (uint32_t key = 0; key < 40; ++key) families.run(PutOperands{m0, key, key});
    families.run(NewOperands{r0, 4});
    families.run(StoreOperands{m0, 7, r0});
    families.run(LinkMapOperands{r0, 1, m0});
    families.heap().collect();
    EXPECT_EQ(oracle_of([&] { families.check_quickly(); }), "");
    EXPECT_EQ(oracle_of([&] { families.verify(); }), "");
    EXPECT_EQ(oracle_of([&] { families.check_at_end(); }), "");
  }
}

// Node 2 hangs on a link that is cut behind their backs: the sweeper frees what the graph can reach.
TEST(Checks, AnObjectFreedThoughReachableIsG3) {
  TestFamilies families(config_of(MapKind::kU64));
  families.run(NewOperands{r0, 2});
  families.run(NewOperands{r1, 2});
  families.run(LinkOperands{r0, 0, r1});
  families.run(ReleaseOperands{r1});
  node_in(families, 0)->link = nullptr;
  families.heap().collect();
  EXPECT_EQ(oracle_of([&] { families.check_quickly(); }), "G3");
}

// What names itself wrongly when it dies was overwritten while it lived: past the last number, and past 32
// bits.
TEST(Checks, AnObjectFreedUnderAWrongNameIsG3) {
  for (const uint64_t id : {uint64_t{99}, (uint64_t{1} << 32) + 1}) {
    TestFamilies families(config_of(MapKind::kU64));
    families.run(NewOperands{r0, 2});
    node_in(families, 0)[Node::kIdCell].word = id;
    families.run(ReleaseOperands{r0});
    families.heap().collect();
    EXPECT_EQ(oracle_of([&] { families.check_quickly(); }), "G3") << id;
  }
}

TEST(Checks, WhatStrikesAndIsSwallowedIsAccused) {
  TestFamilies families(config_of(MapKind::kU64));
  const auto judged = [&](const Struck& struck, ObjectId dropped) {
    return oracle_of([&] { families->checks.check_struck(struck, dropped); });
  };
  EXPECT_EQ(judged({}, kNoObject), "");
  EXPECT_EQ(judged({.failure = true}, kNoObject), "G7");
  EXPECT_EQ(judged({.callback = true}, kNoObject), "M16");
  EXPECT_EQ(judged({}, 1), "G11") << "there was memory";
  EXPECT_EQ(judged({.failure = true}, 1), "");
  families.run(SetLimitOperands{1000});
  EXPECT_EQ(judged({}, 1), "") << "there may be none";
}

// Nobody says that it was freed: in the end it is not there.
TEST(Checks, WhatTheRecorderIsNotToldIsH12) {
  const auto after = [](void (*action)(TestFamilies&)) {
    TestFamilies families(config_of(MapKind::kU64));
    families.run(NewOperands{r0, 2});
    EXPECT_EQ(oracle_of([&] { families.check_told(); }), "");
    families.run(ReleaseOperands{r0});
    Stepper(families.heap()).set_event_sink(nullptr);
    action(families);
    return oracle_of([&] { families.check_told(); });
  };
  EXPECT_EQ(after([](TestFamilies&) {}), "");
  EXPECT_EQ(after([](TestFamilies& families) { families.run(NewOperands{r1, 2}); }), "H12");
  EXPECT_EQ(after([](TestFamilies& families) { families.heap().collect(); }), "H12");
  EXPECT_EQ(after([](TestFamilies& families) { Stepper(families.heap()).start(); }), "H12");
}

TEST(Checks, AnObjectFreedUnreportedIsG3InTheEnd) {
  TestFamilies families(config_of(MapKind::kU64));
  families.run(NewOperands{r0, 2});
  families.run(NewOperands{r1, 2});
  families.run(LinkOperands{r0, 0, r1});
  families.run(ReleaseOperands{r1});
  Stepper(families.heap()).set_event_sink(nullptr);
  node_in(families, 0)->link = nullptr;
  families.heap().collect();
  EXPECT_EQ(oracle_of([&] { families.check_quickly(); }), "");
  EXPECT_EQ(oracle_of([&] { families.check_at_end(); }), "G3");
}

// As many objects as there must be, but not those.
TEST(Checks, AnObjectKeptDoesNotMakeUpForOneLost) {
  TestFamilies families(config_of(MapKind::kU64));
  families.run(NewOperands{r0, 2});
  families.run(NewOperands{r1, 2});
  families.run(LinkOperands{r0, 0, r1});
  families.run(ReleaseOperands{r1});
  Stepper(families.heap()).set_event_sink(nullptr);
  node_in(families, 0)->link = nullptr;
  node_in(families, 0)->set_link(1, make_node(families.heap(), 2, 0, 0));
  families.heap().collect();
  EXPECT_EQ(oracle_of([&] { families.check_at_end(); }), "G2");
}

TEST(Checks, MemoryNoMapOwnsIsG2) {
  static const Type kPlain{.name = "plain", .size = 8};
  TestFamilies families(config_of(MapKind::kU64));
  families.run(PutOperands{m0, 1, 1});
  families.run(NewOperands{r0, 2});
  node_in(families, 0)->set_link(1, families.heap().allocate(kPlain));
  EXPECT_EQ(oracle_of([&] { families.check_at_end(); }), "G2");
}

// A link the graph does not know keeps a node alive.
TEST(Checks, AnObjectKeptThoughUnreachableIsG2) {
  TestFamilies families(config_of(MapKind::kU64));
  families.run(NewOperands{r0, 2});
  families.run(NewOperands{r1, 2});
  node_in(families, 0)->set_link(1, node_in(families, 1));
  families.run(ReleaseOperands{r1});
  EXPECT_EQ(oracle_of([&] { families.check_at_end(); }), "G2");
}

TEST(Checks, AnObjectOfNobodyIsG2) {
  TestFamilies families(config_of(MapKind::kU64));
  const Root<Node> hidden(families.heap(), make_node(families.heap(), 2, 0, 0));
  EXPECT_EQ(oracle_of([&] { families.check_at_end(); }), "G2");
}

// Runs that differ in one thing a program can see have different digests.
TEST(Checks, ItsDigestCoversAllThatCanBeSeen) {
  const auto digest_after = [](const std::function<void(TestFamilies&)>& last) {
    TestFamilies families(config_of(MapKind::kU64Object));
    for (uint32_t key = 1; key < 4; ++key) families.run(PutOperands{m0, key, 10 * key});
    families.run(NewOperands{r0, 2});
    last(families);
    return families.digest();
  };
  const auto nothing = [](TestFamilies&) {};
  const uint64_t expected = digest_after(nothing);
  EXPECT_EQ(digest_after(nothing), expected);
  const std::function<void(TestFamilies&)> differences[] = {
      [](TestFamilies& families) {
        const auto value = families.map(m0).adapter->find(2);
        if (value) reinterpret_cast<Node*>(*value)->set_number(21);
      },
      [](TestFamilies& families) { header_of(families, 0)->flags |= kFlagIterator; },
      [](TestFamilies& families) {
        families.run(MoveOperands{r1, r0});
      },
      [](TestFamilies& families) {
        families.run(LinkOperands{r0, 1, r0});
      },
      [](TestFamilies& families) { node_in(families, 0)->set_number(7); },
      [](TestFamilies& families) {
        families.run(MakeOperands{m1, 0}), families.run(LinkMapOperands{r0, 1, m1}),
            families.run(DropOperands{m1});
      },
      [](TestFamilies& families) { families.run(ReleaseOperands{r0}); },
      [](TestFamilies& families) { Stepper(families.heap()).start(), Stepper(families.heap()).mark(1); },
      [](TestFamilies& families) { families.heap().collect(); },
  };
  for (const auto& difference : differences) {
    EXPECT_NE(digest_after(difference), expected) << "difference " << &difference - differences;
  }
}

TEST(Checks, ItsDigestCoversIntegerValues) {
  const auto digest_with = [](uint64_t value) {
    TestFamilies families(config_of(MapKind::kU64));
    families.run(PutOperands{m0, 1, value});
    return families.digest();
  };
  EXPECT_EQ(digest_with(10), digest_with(10));
  EXPECT_NE(digest_with(10), digest_with(11));
}

// Lost coverage shows as a zero, so an arrival must not be counted where it was not.
TEST(Checks, DecisionPointsAreCountedInThePhaseOfTheirArrival) {
  TestFamilies families(config_of(MapKind::kU64));
  const auto inserted = [&] {
    const PointCounts& points = families->environment.recorder().points();
    const auto at = [&](Phase phase) { return points.at(DecisionPoint::kMapEntryInserted, phase); };
    return std::vector<uint64_t>{at(Phase::kIdle), at(Phase::kMark), at(Phase::kSweep)};
  };
  const auto put = [&](uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) families.run(PutOperands{m0, i + 10 * count, i});
  };
  Stepper step(families.heap());
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

}  // namespace
}  // namespace gcmap::harness
