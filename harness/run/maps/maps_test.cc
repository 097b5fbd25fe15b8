// Maps and iterators: it must be noticed when an entry or what keeps it is gone.
#include "harness/run/maps/maps.h"

#include <gtest/gtest.h>

#include <new>
#include <string>

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

// Of sixty entries twelve are left, of which a halving moves two chains at a time, or of 26 the next one
// begins a doubling. A clone stands still.
TEST(Maps, AreEqualWhileTheirEntriesAreWhateverTheyGrowInto) {
  for (const bool halves : {false, true}) {
    TestFamilies families(config_of(MapKind::kU64));
    families.run(PutRunOperands{.map = m0, .key = 1, .count = halves ? uint16_t{60} : uint16_t{27}});
    if (halves) {
      families.run(ShrinkOperands{m0, true});
      families.run(EraseRunOperands{.map = m0, .key = 1, .count = 48});
    }
    ASSERT_NE(families.map(m0).adapter->inspect().state().growth, 0);
    families.run(CloneOperands{m1, m0});
    EXPECT_TRUE(families.run(CompareOperands{m0, m1}));
    for (uint32_t key = halves ? 49 : 1; key <= (halves ? 60 : 27); ++key) {
      const uint64_t value = *families.run(GetOperands{m1, key});
      families.run(PutOperands{m1, key, value + 1});
      EXPECT_FALSE(families.run(CompareOperands{m0, m1})) << key;
      families.run(EraseOperands{m1, key});
      families.run(PutOperands{m1, key + 100, value});
      EXPECT_FALSE(families.run(CompareOperands{m0, m1})) << key;
      families.run(EraseOperands{m1, key + 100});
      EXPECT_FALSE(families.run(CompareOperands{m0, m1})) << key;
      families.run(PutOperands{m1, key, value});
      EXPECT_TRUE(families.run(CompareOperands{m0, m1})) << key;
    }
    EXPECT_NE(families.map(m0).adapter->inspect().state().growth, 0);
  }
}

// A NaN equals nothing, objects equal themselves.
TEST(Maps, AreComparedByWhatTheirKindCallsEqual) {
  for (size_t i = 0; i < kMapKinds; ++i) {
    TestFamilies families(config_of(static_cast<MapKind>(i)));
    EXPECT_FALSE(families.run(CompareOperands{m0, m1}));
    for (uint32_t key = 4; key <= 10; ++key) families.run(PutOperands{m0, key, key});
    families.run(CloneOperands{m1, m0});
    EXPECT_TRUE(families.run(CompareOperands{m0, m1})) << i;
    EXPECT_TRUE(families.run(CompareOperands{m0, m0})) << i;
    families.run(PutOperands{m1, 7, 7});
    const bool refers = has_node_values(static_cast<MapKind>(i)) || has_map_values(static_cast<MapKind>(i));
    EXPECT_EQ(families.run(CompareOperands{m0, m1}), !refers) << i;
    families.run(PutOperands{m0, 11, 0});
    families.run(CloneOperands{m1, m0});
    EXPECT_EQ(families.run(CompareOperands{m0, m1}), !has_float_keys(static_cast<MapKind>(i))) << i;
  }
}

TEST(Maps, AComparisonThatIsWrongIsMD) {
  TestFamilies families(config_of(MapKind::kU64));
  families.run(PutOperands{m0, 1, 5});
  families.run(CloneOperands{m1, m0});
  families.map(m1).adapter->put(1, 6);
  EXPECT_EQ(oracle_of([&] { families.run(CompareOperands{m0, m1}); }), "MD");
  families.run(PutOperands{m1, 1, 6});
  families.map(m1).adapter->put(1, 5);
  EXPECT_EQ(oracle_of([&] { families.run(CompareOperands{m0, m1}); }), "MD");
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

// Each action at each place of a loop over maps of every kind, growing or not.
TEST(MapLoops, AreNotAccused) {
  constexpr uint16_t kNth[] = {1, 3, 14};
  constexpr uint16_t kEntries[] = {5, 14, 27};
  for (size_t kind = 0; kind < kMapKinds; ++kind) {
    for (size_t action = 0; action < kVisitActionCount; ++action) {
      for (const uint16_t nth : kNth) {
        for (const uint16_t entries : kEntries) {
          TestFamilies families(config_of(static_cast<MapKind>(kind)));
          EXPECT_EQ(families.run(LoopOperands{m0}), 0u) << "there is no map yet";
          families.run(PutRunOperands{.map = m0, .key = 1, .count = entries});
          const LoopOperands loop{
              .map = m0, .nth = nth, .action = static_cast<VisitAction>(action), .key = nth + 3u};
          const std::string what = std::to_string(kind) + " " + std::to_string(action) + " " +
                                   std::to_string(nth) + " " + std::to_string(entries);
          EXPECT_EQ(oracle_of([&] { families.run(loop), families.check_quickly(), families.verify(); }), "")
              << what;
          EXPECT_EQ(oracle_of([&] { families.run(loop); }), "") << what;
          EXPECT_EQ(oracle_of([&] { families.check_at_end(); }), "") << what;
        }
      }
    }
  }
}

TEST(MapLoops, MeetEveryEntryAndWhatIsPutMeanwhileOrNot) {
  TestFamilies families(config_of(MapKind::kU64));
  families.run(PutRunOperands{.map = m0, .key = 1, .count = 20});
  EXPECT_EQ(families.run(LoopOperands{m0}), 20u);
  EXPECT_EQ(families.run(LoopOperands{.map = m0, .nth = 20, .action = VisitAction::kErase}), 20u);
  EXPECT_EQ(families.map(m0).adapter->size(), 19u);
  EXPECT_EQ(families.run(LoopOperands{.map = m0, .nth = 5, .action = VisitAction::kClear}), 5u);
  EXPECT_EQ(families.map(m0).adapter->size(), 0u);
}

TEST(MapLoops, AnEntryThatIsPassedOverIsC7) {
  TestFamilies families(config_of(MapKind::kU64));
  families.run(PutRunOperands{.map = m0, .key = 1, .count = 3});
  families.map(m0).adapter->erase(2);
  EXPECT_EQ(oracle_of([&] { families.run(LoopOperands{m0}); }), "C7");
}

TEST(MapLoops, AnEntryThatIsNotThereIsC2) {
  TestFamilies families(config_of(MapKind::kU64));
  families.run(PutRunOperands{.map = m0, .key = 1, .count = 3});
  families.map(m0).adapter->put(4, 4);
  EXPECT_EQ(oracle_of([&] { families.run(LoopOperands{m0}); }), "C2");
}

TEST(MapLoops, AValueOfBeforeIsC6) {
  TestFamilies families(config_of(MapKind::kU64));
  families.run(PutRunOperands{.map = m0, .key = 1, .count = 3});
  families.map(m0).adapter->put(2, 77);
  EXPECT_EQ(oracle_of([&] { families.run(LoopOperands{m0}); }), "C6");
}

// In ranges, too, of equal keys the first one counts.
TEST(Maps, ARangeInsertsWhatIsAbsent) {
  for (size_t i = 0; i < kMapKinds; ++i) {
    TestFamilies families(config_of(static_cast<MapKind>(i)));
    families.run(PutOperands{m0, 5, 1});
    const uint64_t inserted = families.run(InsertRangeOperands{.map = m0, .key = 4, .count = 30, .value = 7});
    EXPECT_EQ(inserted, 29u) << i;
    EXPECT_EQ(families.map(m0).record->model->size(), 30u) << i;
    EXPECT_EQ(oracle_of([&] { families.check_quickly(), families.verify(); }), "") << i;
    EXPECT_EQ(oracle_of([&] { families.check_at_end(); }), "") << i;
  }
  TestFamilies bytes(config_of(MapKind::kU8U8));
  EXPECT_EQ(bytes.run(InsertRangeOperands{.map = m0, .key = 0, .count = 600, .value = 3}), 254u);
  EXPECT_EQ(bytes.run(GetOperands{m0, 0}), 3u);
}

TEST(Maps, ARangeThatIsEndedKeepsWhatCameBefore) {
  for (const MapKind kind : {MapKind::kU64, MapKind::kObjectStr, MapKind::kU64Map, MapKind::kF64U64}) {
    for (uint16_t nth = 1; nth < 40; ++nth) {
      TestFamilies families(config_of(kind));
      families.run(FailOperands{nth});
      bool ended = false;
      try {
        families.run(InsertRangeOperands{.map = m0, .key = 1, .count = 10, .value = 1});
      } catch (const std::bad_alloc&) {
        ended = true;
      }
      families->injection.disarm();
      EXPECT_EQ(oracle_of([&] { families.check_after_failure(); }), "") << nth;
      EXPECT_EQ(oracle_of([&] { families.check_at_end(); }), "") << nth;
      if (!ended) break;
    }
  }
}

TEST(Maps, ARangeThatLosesAnElementIsMD) {
  TestFamilies families(config_of(MapKind::kU64));
  families.run(PutOperands{m0, 3, 1});
  families.map(m0).adapter->erase(3);
  EXPECT_EQ(oracle_of([&] { families.run(InsertRangeOperands{.map = m0, .key = 4, .count = 3}); }), "MD");
}

TEST(Maps, RunsByNumberAreThoseByKey) {
  for (const MapKind kind : {MapKind::kObjectU64, MapKind::kStrU64, MapKind::kU64}) {
    TestFamilies families(config_of(kind));
    families.run(PutRunOperands{.map = m0, .key = 1, .count = 20});
    EXPECT_EQ(families.run(GetAsRunOperands{.map = m0, .key = 15, .count = 10}), 6u);
    EXPECT_EQ(families.run(EraseAsRunOperands{.map = m0, .key = 11, .count = 20}), 10u);
    EXPECT_EQ(families.run(GetAsRunOperands{.map = m0, .key = 1, .count = 30}), 10u);
    EXPECT_EQ(oracle_of([&] { families.check_at_end(); }), "");
  }
}

TEST(Maps, OneHashIsFixedForARunOfKeysThatNoMapHolds) {
  TestFamilies families(config_of(MapKind::kU64));
  families.run(PutOperands{m0, 3, 1});
  EXPECT_EQ(families.run(SetHashRunOperands{.key = 1, .count = 10, .hash = 5}), 9u);
  for (uint32_t key = 1; key <= 10; ++key)
    EXPECT_EQ(families->environment.hasher().hash_of(key, 0) == 5, key != 3) << key;
  families.run(IterateOperands{m0, i0, 0, 0});
  EXPECT_EQ(families.run(SetHashRunOperands{.key = 1, .count = 10, .hash = 6}), 0u);
}

}  // namespace
}  // namespace gcmap::harness
