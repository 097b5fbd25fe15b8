// Worlds of every kind of key and value: what lies in a bucket or behind it is compared to the last byte,
// NaNs and zeroes are Go's.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <set>
#include <string>

#include "gcmap/internal/map/layout.h"
#include "harness/run/test_world.h"

namespace gcmap::harness {
namespace {

char* cell(TestWorld& world, uint32_t slot, bool of_value) {
  const MapSlot& map = world.map(m0);
  const Bucket bucket(map.subject->header()->buckets, map.subject->inspect().type());
  return static_cast<char*>(of_value ? bucket.value(slot) : bucket.key(slot));
}

// Where a cell leads, if it is a box or a string.
char* content(TestWorld& world, uint32_t slot, bool of_value) {
  char* target;
  std::memcpy(&target, cell(world, slot, of_value), sizeof target);
  return target;
}

TEST(WorldKinds, AByteChangedBehindAValueIsMD) {
  for (const MapKind kind : {MapKind::kStrStr, MapKind::kU64Str, MapKind::kBoxBox}) {
    TestWorld world(config_of(kind));
    world.run(PutOperands{m0, 5, 4});
    content(world, 0, true)[100] ^= 1;
    EXPECT_EQ(oracle_of([&] { world.run(GetOperands{m0, 5}); }), "MD") << static_cast<int>(kind);
  }
}

TEST(WorldKinds, AByteChangedBehindAKeyIsNoticed) {
  for (const MapKind kind : {MapKind::kStrU64, MapKind::kStrStr, MapKind::kBoxBox}) {
    TestWorld world(config_of(kind));
    world.run(PutOperands{m0, 4, 5});
    content(world, 0, false)[100] ^= 1;
    EXPECT_EQ(oracle_of([&] { world.verify(); }), "M2") << static_cast<int>(kind);
    EXPECT_EQ(oracle_of([&] { world.run(GetOperands{m0, 4}); }), "MD") << static_cast<int>(kind);
  }
}

// Every cell of a bucket is compared around a look-up, whatever its size, and counts in the digest.
TEST(WorldKinds, ACellChangedShowsInTheDigest) {
  const auto digest_after = [](MapKind kind, const std::function<void(TestWorld&)>& change) {
    TestWorld world(config_of(kind));
    for (uint32_t key = 1; key <= 7; ++key) world.run(PutOperands{m0, key == 3 ? 8 : key, key});
    change(world);
    return world.digest();
  };
  for (size_t i = 0; i < kMapKinds; ++i) {
    const auto kind = static_cast<MapKind>(i);
    if (has_node_keys(kind)) continue;  // their numbers lie in the nodes
    const uint64_t expected = digest_after(kind, [](TestWorld&) {});
    const auto swap_keys = [](TestWorld& world) {
      const uint32_t size = world.map(m0).subject->inspect().type().key_size;
      std::swap_ranges(cell(world, 5, false), cell(world, 5, false) + size, cell(world, 6, false));
    };
    EXPECT_NE(digest_after(kind, swap_keys), expected) << i;
    const auto fill_dead = [](TestWorld& world) { cell(world, 7, false)[0] = 1; };
    EXPECT_NE(digest_after(kind, fill_dead), expected) << i;
  }
}

TEST(WorldKinds, BytesThatTwoEntriesShareAreMissed) {
  TestWorld world(config_of(MapKind::kU64Str));
  world.run(PutOperands{m0, 1, 4});
  world.run(PutOperands{m0, 2, 4});
  char* const shared = content(world, 0, true);
  std::memcpy(cell(world, 1, true), &shared, sizeof shared);
  EXPECT_EQ(oracle_of([&] { world.check_at_end(); }), "G3");
}

TEST(WorldKinds, NumbersOfOneKeyAreOneKey) {
  TestWorld world(config_of(MapKind::kU8U8));
  EXPECT_TRUE(world.run(PutOperands{m0, 1, 300}));
  EXPECT_FALSE(world.run(PutOperands{m0, 255, 5}));
  EXPECT_EQ(world.run(GetOperands{m0, 1 + 2 * 254}), 5u);
  EXPECT_EQ(world.run(IncrementOperands{m0, 1, 255}), 4u);
  EXPECT_TRUE(world.run(EraseOperands{m0, 255}));
  EXPECT_EQ(oracle_of([&] { world.check_at_end(); }), "");
}

TEST(WorldKinds, ASetHasNoValues) {
  TestWorld world(config_of(MapKind::kU64None));
  world.run(PutOperands{m0, 1, 300});
  EXPECT_EQ(world.run(IncrementOperands{m0, 1, 7}), 0u);
  EXPECT_EQ(world.run(GetOperands{m0, 1}), 0u);
  EXPECT_EQ(oracle_of([&] { world.check_at_end(); }), "");
}

constexpr uint64_t kNegative = 1, kPositive = 2, kNan = 3;

TEST(WorldKinds, TheLaterZeroStaysIfItIsPut) {
  TestWorld world(config_of(MapKind::kF64U64));
  EXPECT_TRUE(world.run(PutOperands{m0, kPositive, 1}));
  EXPECT_FALSE(world.run(PutOperands{m0, kNegative, 2}));
  EXPECT_FALSE(world.run(InsertOperands{m0, kPositive, 3}));
  EXPECT_EQ(world.run(IncrementOperands{m0, kPositive, 3}), 5u);
  EXPECT_EQ(world.map(m0).record->reference->find(0)->key_word, 1u);
  EXPECT_EQ(oracle_of([&] { world.check_at_end(); }), "");
}

TEST(WorldKinds, TheOtherZeroIsC9) {
  TestWorld world(config_of(MapKind::kF64U64));
  world.run(PutOperands{m0, kPositive, 1});
  const double other = -0.0;
  std::memcpy(cell(world, 0, false), &other, sizeof other);
  world.run(IterateOperands{m0, i0, 0, 0});
  EXPECT_EQ(oracle_of([&] { world.run(AdvanceOperands{i0, 1}); }), "C9");
}

TEST(WorldKinds, EveryNanIsAnEntryOfItsOwn) {
  TestWorld world(config_of(MapKind::kF64U64));
  for (uint32_t value = 1; value <= 3; ++value) EXPECT_TRUE(world.run(PutOperands{m0, kNan, value}));
  EXPECT_TRUE(world.run(InsertOperands{m0, kNan + 8, 4}));
  EXPECT_EQ(world.run(IncrementOperands{m0, kNan, 5}), 5u);
  EXPECT_EQ(world.run(GetOperands{m0, kNan}), std::nullopt);
  EXPECT_FALSE(world.run(EraseOperands{m0, kNan}));
  world.run(IterateOperands{m0, i0, 0, 0});
  std::set<uint64_t> values;
  while (const auto entry = world.run(AdvanceOperands{i0, 1})) values.insert(entry->second);
  EXPECT_EQ(values, (std::set<uint64_t>{1, 2, 3, 4, 5}));
  EXPECT_EQ(oracle_of([&] { world.check_quickly(), world.verify(), world.check_after_failure(); }), "");
  world.run(ClearOperands{m0});
  EXPECT_EQ(world.map(m0).subject->size(), 0u);
  EXPECT_EQ(oracle_of([&] { world.check_at_end(); }), "");
}

TEST(WorldKinds, ANanMissedOrProducedTwiceIsNoticed) {
  const auto loop = [](const std::function<void(TestWorld&)>& change) {
    TestWorld world(config_of(MapKind::kF64U64));
    for (uint32_t value = 1; value <= 3; ++value) world.run(PutOperands{m0, kNan, value});
    world.run(IterateOperands{m0, i0, 0, 0});
    world.run(AdvanceOperands{i0, 1});
    change(world);
    return oracle_of([&] {
      while (world.run(AdvanceOperands{i0, 1})) continue;
    });
  };
  EXPECT_EQ(loop([](TestWorld&) {}), "");
  EXPECT_EQ(loop([](TestWorld& world) { cell(world, 0, false)[-8 + 1] = kEmptyOne; }), "C7");
  EXPECT_EQ(loop([](TestWorld& world) {
              std::memcpy(cell(world, 1, false), cell(world, 0, false), 8);
              std::memcpy(cell(world, 1, true), cell(world, 0, true), 8);
            }),
            "C5");
}

}  // namespace
}  // namespace gcmap::harness
