// A world must notice when its heap does what it must not: lose what can be reached, keep what cannot, or
// leave something behind when an allocation fails. Each test does that behind the world's back.
#include "harness/world.h"

#include <gtest/gtest.h>

#include <functional>
#include <new>
#include <string>

#include "map/clear.h"
#include "map/layout.h"

namespace gcmap::harness {
namespace {

Config config_of(MapKind kind) {
  Config config;
  config.kind = static_cast<uint32_t>(kind);
  config.cadence = 1;
  return config;
}

std::string oracle_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Failure& failure) {
    return failure.oracle;
  }
  return "";
}

Node* node_in(World& world, size_t root) {
  return static_cast<Node*>(world.root(root).handle->get());
}

MapHeader* header_of(World& world, size_t map) {
  return world.map(map).subject->header();
}

TEST(World, SoundRunsAreNotAccused) {
  for (size_t kind = 0; kind < 5; ++kind) {
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
