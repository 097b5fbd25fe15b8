// Maps and iterators: it must be noticed when an entry or what keeps it is gone.
#include "harness/run/maps/maps.h"

#include <gtest/gtest.h>

#include "gcmap/internal/map/clear.h"
#include "gcmap/internal/map/layout.h"
#include "harness/program/operands.h"
#include "harness/run/test_families.h"

namespace gcmap::harness {
namespace {

Node* node_in(TestFamilies& families, size_t root) {
  return static_cast<Node*>(families.root(RootName(root)).handle->get());
}

MapHeader* header_of(TestFamilies& families, size_t map) {
  return families.map(MapName(map)).adapter->header();
}

TEST(Maps, AValueFreedThoughStoredIsG3) {
  TestFamilies families(config_of(MapKind::kU64Object));
  families.run(PutOperands{m0, 1, 5});
  families.heap().collect();
  EXPECT_EQ(families.run(GetOperands{m0, 1}), 5u);
  clear_map(*header_of(families, 0), families.map(m0).adapter->inspect().type());
  families.heap().collect();
  EXPECT_EQ(oracle_of([&] { families.check_quickly(); }), "G3");
}

// Maps are objects of the graph as nodes are.
TEST(Maps, AMapFreedThoughReachableIsG3) {
  TestFamilies families(config_of(MapKind::kU64Object));
  families.run(NewOperands{r0, 2});
  families.run(MakeOperands{m0, 0});
  families.run(LinkMapOperands{r0, 1, m0});
  families.run(DropOperands{m0});
  node_in(families, 0)[1].link = nullptr;
  families.heap().collect();
  EXPECT_EQ(oracle_of([&] { families.check_quickly(); }), "G3");
}

TEST(Maps, AnUnnamedMapWithAnotherValueIsMDInTheEnd) {
  TestFamilies families(config_of(MapKind::kU64));
  families.run(NewOperands{r0, 2});
  families.run(PutOperands{m1, 5, 5});
  families.run(LinkMapOperands{r0, 1, m1});
  families.map(m1).adapter->put(5, 6);
  families.run(DropOperands{m1});
  EXPECT_EQ(oracle_of([&] { families.check_at_end(); }), "MD");
}

TEST(Maps, AnObjectOnlyAnIteratorLeadsToIsMissedAsG3) {
  TestFamilies families(config_of(MapKind::kU64Object));
  families.run(PutOperands{m0, 1, 5});
  families.run(IterateOperands{m0, i0, 0, 0});
  MapHeader* const header = header_of(families, 0);
  const MapType& type = families.map(m0).adapter->inspect().type();
  families.run(DropOperands{m0});
  clear_map(*header, type);
  families.heap().collect();
  EXPECT_EQ(oracle_of([&] { families.check_quickly(); }), "G3");
}

TEST(Maps, ALoopOverAnEmptyMapKeepsNothingAlive) {
  TestFamilies families(config_of(MapKind::kU64Object));
  families.run(MakeOperands{m0, 26});
  families.run(IterateOperands{m0, i1, 0, 0});
  families.run(MakeOperands{m0, 0});
  families.heap().collect();
  EXPECT_EQ(oracle_of([&] { families.check_quickly(); }), "");
  EXPECT_EQ(oracle_of([&] { families.check_at_end(); }), "");
}

TEST(Maps, AnEntryThatIsGoneIsMD) {
  TestFamilies families(config_of(MapKind::kU64));
  families.run(PutOperands{m0, 1, 5});
  families.map(m0).adapter->erase(1);
  EXPECT_EQ(oracle_of([&] { families.run(GetOperands{m0, 1}); }), "MD");
}

TEST(Maps, AnEntryWithAnotherObjectOfTheSameNumberIsMD) {
  TestFamilies families(config_of(MapKind::kU64Object));
  families.run(PutOperands{m0, 1, 5});
  const Root<Node> twin(families.heap(), make_node(families.heap(), 2, 5, 0));
  families.map(m0).adapter->put(1, reinterpret_cast<Word>(twin.get()));
  EXPECT_EQ(oracle_of([&] { families.run(GetOperands{m0, 1}); }), "MD");
}

TEST(Maps, TheChainLastWrittenToIsLookedAtAtOnce) {
  TestFamilies families(config_of(MapKind::kU64));
  families.run(PutOperands{m0, 1, 1});
  static_cast<uint8_t*>(header_of(families, 0)->buckets)[1] = kEmptyOne;
  EXPECT_EQ(oracle_of([&] { families.check_quickly(); }), "M5");
}

TEST(Maps, SeveralNamesForOneMapAreOneMap) {
  TestFamilies families(config_of(MapKind::kU64Object));
  families.run(PutOperands{m0, 1, 10});
  families.run(NewOperands{r0, 2});
  families.run(LinkMapOperands{r0, 1, m0});
  EXPECT_TRUE(families.run(OpenOperands{m2, r0, 1}));
  families.run(PutOperands{m2, 2, 20});
  EXPECT_EQ(families.run(GetOperands{m0, 2}), 20u);
  families.run(DropOperands{m0});
  families.heap().collect();
  EXPECT_EQ(families.run(GetOperands{m2, 1}), 10u);
  families.run(StoreOperands{m2, 3, r0});  // map -> object -> map
  families.run(DropOperands{m2});
  families.run(ReleaseOperands{r0});
  families.heap().collect();
  EXPECT_EQ(oracle_of([&] { families.check_at_end(); }), "");
}

// Its entries would lie where the old hash had them.
// The reducer asks the row (harness/reduce/rescue.cc). After a drop there is no map to look at.
TEST(Maps, WhatDrawsAnotherSeedSaysSo) {
  for (const OpInfo& row : all_ops()) {
    TestFamilies families(config_of(MapKind::kU64));
    families.run(PutOperands{m0, 1, 0});
    const uint64_t seed = header_of(families, 0)->seed;
    visit(simplest_operation(row.kind), [&](const auto& operands) { families.run(operands); });
    if (families.map(m0).adapter == nullptr) continue;
    EXPECT_EQ(header_of(families, 0)->seed != seed, row.traits.draws_seed) << row.text;
  }
}

TEST(Maps, HashesAreNotChangedWhereAMapMayComeBack) {
  TestFamilies families(config_of(MapKind::kU64));
  families.run(NewOperands{r0, 2});
  families.run(PutOperands{m0, 7, 7});
  families.run(LinkMapOperands{r0, 1, m0});
  families.run(WeakenOperands{w0, r0});
  families.run(DropOperands{m0});
  families.run(ReleaseOperands{r0});
  EXPECT_FALSE(families.run(SetHashOperands{7, 0}));
  EXPECT_TRUE(families.run(StrengthenOperands{r0, w0}));
  EXPECT_TRUE(families.run(OpenOperands{m0, r0, 1}));
  EXPECT_EQ(oracle_of([&] { families.verify(); }), "");
}

}  // namespace
}  // namespace gcmap::harness
