// The map's verifier must speak: each test breaks one thing in a sound map and names the invariant.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <string>

#include "gcmap/handles.h"
#include "map/access.h"
#include "map/clear.h"
#include "map/header.h"
#include "map/inspector.h"
#include "map/overflow.h"

namespace gcmap {
namespace {

struct IdentityHash {
  uint64_t operator()(uint64_t key, uint64_t) const { return key; }
};
using Entries = Access<uint64_t, uint64_t, IdentityHash, std::equal_to<uint64_t>>;

// A map held by its header, so that tests can reach into the structure.
class Broken : public testing::Test {
 protected:
  Broken() : map_(heap_, make(52)) {}

  MapHeader* make(uint64_t hint) {
    const IdentityHash hasher;
    return make_map(heap_, Entries::type(), hint, 1, &hasher, sizeof(hasher));
  }
  void put(uint64_t key) {
    bool inserted;
    *Entries::assign(*map_, key, inserted).value = key;
  }
  // Key number i of chain `chain` in an array of 2^4 buckets or less.
  static uint64_t key_in(uint64_t chain, uint64_t i) { return (i + 1) << 56 | i << 8 | chain; }

  // 8 buckets; chain 3 has an overflow bucket of its own, chain 5 two entries.
  void fill() {
    for (uint64_t i = 0; i < 12; ++i) put(key_in(3, i));
    for (uint64_t i = 0; i < 2; ++i) put(key_in(5, i));
  }
  // As fill, and growing to 16 buckets, with chain 3 not evacuated.
  void fill_growing() {
    fill();
    for (uint64_t i = 0; map_->old_buckets == nullptr; ++i) put(key_in(i % 3, i / 3));
    ASSERT_FALSE(Bucket::at(map_->old_buckets, 3, Entries::type()).evacuated());
  }
  Bucket bucket(uint64_t chain) { return Bucket::at(map_->buckets, chain, Entries::type()); }
  Bucket old_bucket(uint64_t chain) { return Bucket::at(map_->old_buckets, chain, Entries::type()); }

  Violations verify() { return MapInspector(map_.get(), Entries::type()).verify(); }
  void expect(const std::string& id) {
    const Violations violations = verify();
    EXPECT_TRUE(
        std::any_of(violations.begin(), violations.end(), [&](const Violation& v) { return v.id == id; }))
        << "expected " << id << ", got " << (violations.empty() ? "nothing" : violations[0].id);
  }

  Heap heap_;
  Root<MapHeader> map_;
};

TEST_F(Broken, NothingIsSilent) {
  EXPECT_TRUE(verify().empty());
  fill();
  EXPECT_TRUE(verify().empty());
  fill_growing();
  EXPECT_TRUE(verify().empty());
  heap_.collect();
  EXPECT_TRUE(verify().empty());
  clear_map(*map_, Entries::type());
  EXPECT_TRUE(verify().empty());
}

TEST_F(Broken, CountIsM1) {
  fill();
  --map_->count;
  expect("M1");
}

TEST_F(Broken, WrongMarkIsM2) {
  fill();
  bucket(5).marks()[1] ^= 0x40;
  expect("M2");
}

TEST_F(Broken, EntryInAnotherChainIsM3) {
  fill();
  std::swap(*static_cast<uint64_t*>(bucket(5).key(0)), *static_cast<uint64_t*>(bucket(3).key(0)));
  expect("M3");
}

TEST_F(Broken, KeyTwiceIsM4) {
  fill();
  std::memcpy(bucket(3).overflow().key(1), bucket(3).key(0), 8);
  bucket(3).overflow().marks()[1] = bucket(3).marks()[0];
  expect("M4");
}

TEST_F(Broken, EntryAfterMark0IsM5) {
  fill();
  bucket(5).marks()[0] = kEmptyRest;
  expect("M5");
}

TEST_F(Broken, TrailingMark1IsM5) {
  fill();
  bucket(5).marks()[2] = kEmptyOne;
  expect("M5");
}

TEST_F(Broken, HalfEvacuatedChainIsM6) {
  fill_growing();
  old_bucket(3).overflow().marks()[0] = kEvacuatedX;
  expect("M6");
}

TEST_F(Broken, NevacuateBeyondAnUnevacuatedChainIsM6) {
  fill_growing();
  map_->nevacuate = 4;
  expect("M6");
}

TEST_F(Broken, EntryBeforeItsOldChainIsEvacuatedIsM6) {
  fill_growing();
  bucket(3).marks()[0] = 9;
  expect("M6");
}

TEST_F(Broken, SameSizeFlagWithoutGrowthIsM6) {
  fill();
  map_->flags |= kFlagSameSizeGrow;
  expect("M6");
}

TEST_F(Broken, ArrayOfAnotherSizeIsM7) {
  fill();
  map_->b = 2;
  expect("M7");
}

TEST_F(Broken, OverflowCounterIsM8) {
  fill();
  ++map_->noverflow;
  expect("M8");
}

TEST_F(Broken, UsedSpareCountedAsUnusedIsM8) {
  map_ = make(104);
  for (uint64_t i = 0; i < 12; ++i) put(key_in(3, i));
  ++map_->spares_left;
  expect("M8");
}

TEST_F(Broken, ValueLeftInADeadSlotIsM9) {
  fill();
  *static_cast<uint64_t*>(bucket(5).value(4)) = 1;
  expect("M9");
}

TEST_F(Broken, KeyLeftInADeadSlotIsM9) {
  fill();
  *static_cast<uint64_t*>(bucket(5).key(4)) = 1;
  expect("M9");
}

TEST_F(Broken, MoreEntriesThanTheLoadAllowsIsM10) {
  fill();
  map_->count = 1000;
  expect("M10");
}

TEST_F(Broken, CyclicChainIsM11) {
  fill();
  bucket(3).overflow().set_overflow(bucket(3).memory());
  expect("M11");
}

TEST_F(Broken, SharedOverflowBucketIsM11) {
  fill();
  bucket(5).set_overflow(bucket(3).overflow().memory());
  expect("M11");
}

TEST_F(Broken, OverflowBucketThatIsNoObjectIsM11) {
  fill();
  bucket(5).set_overflow(bucket(0).value(3));
  expect("M11");
}

TEST_F(Broken, OverflowBucketOfAnotherSizeIsM11) {
  fill();
  static const Type kOther{.name = "other", .size = 8};
  bucket(5).set_overflow(heap_.allocate(kOther));
  expect("M11");
}

TEST_F(Broken, BucketMissingFromTheSideListIsM12) {
  fill();
  empty_overflow_list(*static_cast<OverflowList*>(map_->extra.overflow));
  expect("M12");
}

TEST_F(Broken, BucketListedThoughInNoChainIsM12) {
  fill();
  bucket(3).set_overflow(nullptr);
  expect("M12");
}

TEST_F(Broken, OldSideListMissingIsM12) {
  fill_growing();
  map_->extra.old_overflow = nullptr;
  expect("M12");
}

TEST_F(Broken, WritingFlagLeftUpIsM13) {
  map_->flags |= kFlagWriting;
  expect("M13");
}

}  // namespace
}  // namespace gcmap
