// Maps of every kind of key and value: what lies in a bucket or behind it is compared to the last byte,
// NaNs and zeroes are Go's.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <set>
#include <string>

#include "gcmap/internal/map/layout.h"
#include "harness/run/test_families.h"

namespace gcmap::harness {
namespace {

char* cell(TestFamilies& families, uint32_t slot, bool of_value) {
  const MapSlot& map = families.map(m0);
  const Bucket bucket(map.adapter->header()->buckets, map.adapter->inspect().type());
  return static_cast<char*>(of_value ? bucket.value(slot) : bucket.key(slot));
}

// Where a cell leads, if it is a box or a string.
char* content(TestFamilies& families, uint32_t slot, bool of_value) {
  char* target;
  std::memcpy(&target, cell(families, slot, of_value), sizeof target);
  return target;
}

TEST(MapKinds, AByteChangedBehindAValueIsMD) {
  for (const MapKind kind : {MapKind::kStrStr, MapKind::kU64Str, MapKind::kBoxBox, MapKind::kObjectStr,
                             MapKind::kRefBoxRef}) {
    TestFamilies families(config_of(kind));
    families.run(PutOperands{m0, 5, 4});
    content(families, 0, true)[100] ^= 1;
    EXPECT_EQ(oracle_of([&] { families.run(GetOperands{m0, 5}); }), "MD") << static_cast<int>(kind);
  }
}

TEST(MapKinds, AByteChangedBehindAKeyIsNoticed) {
  for (const MapKind kind : {MapKind::kStrU64, MapKind::kStrStr, MapKind::kBoxBox}) {
    TestFamilies families(config_of(kind));
    families.run(PutOperands{m0, 4, 5});
    content(families, 0, false)[100] ^= 1;
    EXPECT_EQ(oracle_of([&] { families.verify(); }), "M2") << static_cast<int>(kind);
    EXPECT_EQ(oracle_of([&] { families.run(GetOperands{m0, 4}); }), "MD") << static_cast<int>(kind);
  }
}

// Of a struct that refers to a node every word follows from the pointer.
TEST(MapKinds, AByteChangedBesideAReferenceIsNoticed) {
  for (const bool of_value : {false, true}) {
    TestFamilies families(config_of(of_value ? MapKind::kBoxRefRef : MapKind::kRefBoxRef));
    families.run(PutOperands{m0, 5, 4});
    cell(families, 0, of_value)[30] ^= 1;
    families.run(IterateOperands{m0, i0, 0, 0});
    EXPECT_EQ(oracle_of([&] { families.run(AdvanceOperands{i0, 1}); }), of_value ? "C6" : "C2");
  }
  TestFamilies families(config_of(MapKind::kBoxRefRef));
  families.run(PutOperands{m0, 5, 4});
  content(families, 0, false)[130] ^= 1;
  families.run(IterateOperands{m0, i0, 0, 0});
  EXPECT_EQ(oracle_of([&] { families.run(AdvanceOperands{i0, 1}); }), "C2");
}

// What is handed over may be led to by nothing else, and a write allocates: copies, boxes, buckets.
TEST(MapKinds, ACollectionInsideAWriteFreesNothingOfIt) {
  for (size_t i = 0; i < kMapKinds; ++i) {
    for (uint16_t arrival = 1; arrival <= 6; ++arrival) {
      TestFamilies families(config_of(static_cast<MapKind>(i)));
      families.run(NewOperands{r0, 2});
      const auto collect_inside = [&](uint16_t nth) {
        families.run(InsideOperands{DecisionPoint::kAllocationPublished, nth, CollectorStep::kCollect, 1});
      };
      for (uint32_t key = 4; key <= 9; ++key) {
        collect_inside(arrival);
        families.run(PutOperands{m0, key, 4});
        collect_inside(arrival);
        families.run(InsertOperands{m0, key + 10, 4});
        collect_inside(arrival);
        families.run(IncrementOperands{m0, key + 1, 4});
        collect_inside(arrival);
        families.run(StoreOperands{m0, key, r0});
        EXPECT_EQ(oracle_of([&] { families.check_quickly(), families.verify(); }), "") << i << " " << arrival;
      }
      EXPECT_EQ(oracle_of([&] { families.check_at_end(); }), "") << i << " " << arrival;
    }
  }
}

// Every cell of a bucket is compared around a look-up, whatever its size, and counts in the digest.
TEST(MapKinds, ACellChangedShowsInTheDigest) {
  const auto digest_after = [](MapKind kind, const std::function<void(TestFamilies&)>& change) {
    TestFamilies families(config_of(kind));
    for (uint32_t key = 1; key <= 7; ++key) families.run(PutOperands{m0, key == 3 ? 8 : key, key});
    change(families);
    return families.digest();
  };
  for (size_t i = 0; i < kMapKinds; ++i) {
    const auto kind = static_cast<MapKind>(i);
    if (has_node_keys(kind)) continue;  // their numbers lie in the nodes
    const uint64_t expected = digest_after(kind, [](TestFamilies&) {});
    const auto swap_keys = [](TestFamilies& families) {
      const uint32_t size = families.map(m0).adapter->inspect().type().key_size;
      std::swap_ranges(cell(families, 5, false), cell(families, 5, false) + size, cell(families, 6, false));
    };
    EXPECT_NE(digest_after(kind, swap_keys), expected) << i;
    const auto fill_dead = [](TestFamilies& families) { cell(families, 7, false)[0] = 1; };
    EXPECT_NE(digest_after(kind, fill_dead), expected) << i;
  }
}

TEST(MapKinds, BytesThatTwoEntriesShareAreMissed) {
  TestFamilies families(config_of(MapKind::kU64Str));
  families.run(PutOperands{m0, 1, 4});
  families.run(PutOperands{m0, 2, 4});
  char* const shared = content(families, 0, true);
  std::memcpy(cell(families, 1, true), &shared, sizeof shared);
  EXPECT_EQ(oracle_of([&] { families.check_at_end(); }), "G3");
}

TEST(MapKinds, NumbersOfOneKeyAreOneKey) {
  TestFamilies families(config_of(MapKind::kU8U8));
  EXPECT_TRUE(families.run(PutOperands{m0, 1, 300}));
  EXPECT_FALSE(families.run(PutOperands{m0, 255, 5}));
  EXPECT_EQ(families.run(GetOperands{m0, 1 + 2 * 254}), 5u);
  EXPECT_EQ(families.run(IncrementOperands{m0, 1, 255}), 4u);
  EXPECT_TRUE(families.run(EraseOperands{m0, 255}));
  EXPECT_EQ(oracle_of([&] { families.check_at_end(); }), "");
}

TEST(MapKinds, ASetHasNoValues) {
  TestFamilies families(config_of(MapKind::kU64None));
  families.run(PutOperands{m0, 1, 300});
  EXPECT_EQ(families.run(IncrementOperands{m0, 1, 7}), 0u);
  EXPECT_EQ(families.run(GetOperands{m0, 1}), 0u);
  EXPECT_EQ(oracle_of([&] { families.check_at_end(); }), "");
}

constexpr uint64_t kNegative = 1, kPositive = 2, kNan = 3;

TEST(MapKinds, TheLaterZeroStaysIfItIsPut) {
  TestFamilies families(config_of(MapKind::kF64U64));
  EXPECT_TRUE(families.run(PutOperands{m0, kPositive, 1}));
  EXPECT_FALSE(families.run(PutOperands{m0, kNegative, 2}));
  EXPECT_FALSE(families.run(InsertOperands{m0, kPositive, 3}));
  EXPECT_EQ(families.run(IncrementOperands{m0, kPositive, 3}), 5u);
  EXPECT_EQ(families.map(m0).record->model->find(0)->key_word, 1u);
  EXPECT_EQ(oracle_of([&] { families.check_at_end(); }), "");
}

TEST(MapKinds, TheOtherZeroIsC9) {
  TestFamilies families(config_of(MapKind::kF64U64));
  families.run(PutOperands{m0, kPositive, 1});
  const double other = -0.0;
  std::memcpy(cell(families, 0, false), &other, sizeof other);
  families.run(IterateOperands{m0, i0, 0, 0});
  EXPECT_EQ(oracle_of([&] { families.run(AdvanceOperands{i0, 1}); }), "C9");
}

TEST(MapKinds, EveryNanIsAnEntryOfItsOwn) {
  TestFamilies families(config_of(MapKind::kF64U64));
  for (uint32_t value = 1; value <= 3; ++value) EXPECT_TRUE(families.run(PutOperands{m0, kNan, value}));
  EXPECT_TRUE(families.run(InsertOperands{m0, kNan + 8, 4}));
  EXPECT_EQ(families.run(IncrementOperands{m0, kNan, 5}), 5u);
  EXPECT_EQ(families.run(GetOperands{m0, kNan}), std::nullopt);
  EXPECT_FALSE(families.run(EraseOperands{m0, kNan}));
  families.run(IterateOperands{m0, i0, 0, 0});
  std::set<uint64_t> values;
  while (const auto entry = families.run(AdvanceOperands{i0, 1})) values.insert(entry->second);
  EXPECT_EQ(values, (std::set<uint64_t>{1, 2, 3, 4, 5}));
  EXPECT_EQ(oracle_of([&] { families.check_quickly(), families.verify(), families.check_after_failure(); }),
            "");
  families.run(ClearOperands{m0});
  EXPECT_EQ(families.map(m0).adapter->size(), 0u);
  EXPECT_EQ(oracle_of([&] { families.check_at_end(); }), "");
}

TEST(MapKinds, ANanMissedOrProducedTwiceIsNoticed) {
  const auto loop = [](const std::function<void(TestFamilies&)>& change) {
    TestFamilies families(config_of(MapKind::kF64U64));
    for (uint32_t value = 1; value <= 3; ++value) families.run(PutOperands{m0, kNan, value});
    families.run(IterateOperands{m0, i0, 0, 0});
    families.run(AdvanceOperands{i0, 1});
    change(families);
    return oracle_of([&] {
      while (families.run(AdvanceOperands{i0, 1})) continue;
    });
  };
  EXPECT_EQ(loop([](TestFamilies&) {}), "");
  EXPECT_EQ(loop([](TestFamilies& families) { cell(families, 0, false)[-8 + 1] = kEmptyOne; }), "C7");
  EXPECT_EQ(loop([](TestFamilies& families) {
              std::memcpy(cell(families, 1, false), cell(families, 0, false), 8);
              std::memcpy(cell(families, 1, true), cell(families, 0, true), 8);
            }),
            "C5");
}

}  // namespace
}  // namespace gcmap::harness
