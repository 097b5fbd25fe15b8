// The map's verifier must speak: each test breaks one thing in a sound map and names the invariant.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "gcmap/handles.h"
#include "gcmap/internal/map/access.h"
#include "gcmap/internal/map/clear.h"
#include "gcmap/internal/map/header.h"
#include "gcmap/internal/map/inspector.h"
#include "gcmap/internal/map/overflow.h"
#include "map/sizing.h"

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

  MapInspector inspect() { return MapInspector(map_.get(), Entries::type()); }
  Violations verify() { return inspect().verify(); }
  void expect_in_chain(uint64_t hash, const std::string& id) {
    const Violations violations = inspect().verify_chain(hash);
    EXPECT_TRUE(
        std::any_of(violations.begin(), violations.end(), [&](const Violation& v) { return v.id == id; }))
        << "expected " << id << " in the chain of " << hash;
  }
  void expect(const std::string& id) {
    const Violations violations = verify();
    EXPECT_TRUE(
        std::any_of(violations.begin(), violations.end(), [&](const Violation& v) { return v.id == id; }))
        << "expected " << id << ", got " << (violations.empty() ? "nothing" : violations[0].id);
  }
  // Where other checks of the same invariant would speak too.
  void expect_first(const std::string& id, const std::string& path) {
    const Violations violations = verify();
    ASSERT_FALSE(violations.empty()) << "expected " << id;
    EXPECT_EQ(violations[0].id, id);
    EXPECT_EQ(violations[0].path, path);
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

// The mark that ends a chain may lie in a bucket before the entry's.
TEST_F(Broken, EntryInAnOverflowBucketAfterMark0IsM5) {
  fill();
  bucket(3).marks()[7] = kEmptyRest;
  expect("M5");
}

TEST_F(Broken, HalfEvacuatedChainIsM6) {
  fill_growing();
  old_bucket(3).overflow().marks()[0] = kEvacuatedX;
  expect("M6");
}

TEST_F(Broken, LiveMarkInAnEvacuatedChainIsM6) {
  fill_growing();
  const uint64_t chain = map_->nevacuate - 1;
  ASSERT_TRUE(old_bucket(chain).evacuated());
  old_bucket(chain).marks()[5] = 9;
  expect("M6");
}

TEST_F(Broken, MoveToYInASameSizeGrowthIsM6) {
  for (uint64_t i = 0; i < 48; ++i) put(key_in(3, i));
  for (uint64_t i = 0; i < 48; ++i) Entries::erase(*map_, key_in(3, i));
  for (uint64_t i = 0; map_->old_buckets == nullptr; ++i) put(key_in(5, i));
  ASSERT_TRUE(map_->same_size_growth());
  ASSERT_TRUE(old_bucket(0).evacuated());
  EXPECT_TRUE(verify().empty());
  old_bucket(0).marks()[0] = kEvacuatedY;
  expect("M6");
}

TEST_F(Broken, NevacuateBeyondAnUnevacuatedChainIsM6) {
  fill_growing();
  map_->nevacuate = 4;
  expect("M6");
}

TEST_F(Broken, GrowthThatShouldHaveEndedIsM6) {
  fill_growing();
  map_->nevacuate = bucket_count(map_->old_b());
  expect_first("M6", "header");
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

TEST_F(Broken, GrowthWithoutAPresentArrayIsM6) {
  fill_growing();
  map_->buckets = nullptr;
  expect_first("M6", "header");
}

TEST_F(Broken, MoreBucketsThanThereCanBeIsM7) {
  fill();
  map_->b = kMaxB + 1;
  expect_first("M7", "header");
}

TEST_F(Broken, EntriesWithoutAnArrayIsM7) {
  map_ = make(0);
  map_->count = 1;
  expect_first("M7", "header");
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

TEST_F(Broken, OverflowBucketSharedWithTheOldArrayIsM11) {
  fill_growing();
  Bucket last = bucket(0);
  while (last.overflow()) last = last.overflow();
  last.set_overflow(old_bucket(3).overflow().memory());
  expect("M11");
}

TEST_F(Broken, OverflowBucketThatIsNoObjectIsM11) {
  fill();
  bucket(5).set_overflow(bucket(0).value(3));
  expect("M11");
}

TEST_F(Broken, OverflowBucketOutsideTheHeapIsM11) {
  fill();
  std::vector<uint64_t> foreign(Entries::type().bucket_size / sizeof(uint64_t));
  bucket(5).set_overflow(foreign.data());
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

// As many buckets as are needed, but not those.
TEST_F(Broken, OneBucketListedInPlaceOfAnotherIsM12) {
  fill();
  auto* const list = static_cast<OverflowList*>(map_->extra.overflow);
  ASSERT_EQ(list->size, 1u);
  Heap::store(&static_cast<OverflowChunk*>(list->newest)->buckets[0], map_->buckets);
  expect("M12");
}

TEST_F(Broken, OldSideListMissingIsM12) {
  fill_growing();
  map_->extra.old_overflow = nullptr;
  expect("M12");
}

TEST_F(Broken, OldSideListWithoutAnOldArrayIsM12) {
  fill();
  map_->extra.old_overflow = map_->extra.overflow;
  expect("M12");
}

TEST_F(Broken, WritingFlagLeftUpIsM13) {
  map_->flags |= kFlagWriting;
  expect("M13");
}

// The chain a key lives in, looked at alone.
TEST_F(Broken, AChainIsVerifiedAlone) {
  EXPECT_TRUE(inspect().verify_chain(3).empty());
  fill_growing();
  for (uint64_t chain = 0; chain < 16; ++chain) EXPECT_TRUE(inspect().verify_chain(chain).empty()) << chain;
  const uint64_t key = key_in(3, 0);
  EXPECT_EQ(inspect().hash_of(&key), key);
  old_bucket(3).marks()[1] ^= 0x40;
  expect_in_chain(key, "M2");
  EXPECT_TRUE(inspect().verify_chain(5).empty());
}

TEST_F(Broken, WhatAChainShowsIsFoundInTheChain) {
  fill();
  bucket(5).marks()[2] = kEmptyOne;
  expect_in_chain(5, "M5");
  *static_cast<uint64_t*>(bucket(3).key(0)) += 4;
  expect_in_chain(3, "M3");
  *static_cast<uint64_t*>(bucket(3).key(1)) = *static_cast<uint64_t*>(bucket(3).key(2));
  expect_in_chain(3, "M4");
  *static_cast<uint64_t*>(bucket(0).value(4)) = 1;
  expect_in_chain(0, "M9");
  bucket(6).marks()[0] = kEvacuatedX;
  expect_in_chain(6, "M6");
}

TEST_F(Broken, AnEntryBeforeItsOldChainIsEvacuatedIsFoundInEitherChain) {
  fill_growing();
  bucket(3 + 8).marks()[0] = 9;
  expect_in_chain(3, "M6");
  expect_in_chain(3 + 8, "M6");
}

TEST_F(Broken, ACyclicChainDoesNotHoldUpItsVerifier) {
  for (uint64_t i = 0; i < 30; ++i) put(key_in(1, i));
  const Bucket last = bucket(1).overflow().overflow().overflow();
  for (const Bucket target : {bucket(1), bucket(1).overflow(), last}) {
    last.set_overflow(target.memory());
    expect_in_chain(1, "M11");
  }
  map_ = make(52);
  fill_growing();
  old_bucket(3).overflow().set_overflow(old_bucket(3).overflow().memory());
  expect_in_chain(3, "M11");
}

TEST_F(Broken, BorrowedChainsWithoutGrowthAreM6) {
  fill();
  map_->old_borrowed = 1;
  expect("M6");
}

TEST_F(Broken, OverflowLinkToAnArrayIsM11) {
  map_ = make(0);
  put(1);
  bucket(0).set_overflow(map_->buckets);
  expect("M11");
}

struct Item {
  uint64_t number;
};
struct ItemHash {
  uint64_t operator()(const Item* item, uint64_t) const { return item->number; }
};
struct ItemEqual {
  bool operator()(const Item* a, const Item* b) const { return a->number == b->number; }
};
using ItemEntries = Access<Member<Item>, Member<Item>, ItemHash, ItemEqual>;

// The same with buckets that are scanned.
class BrokenScanned : public testing::Test {
 protected:
  BrokenScanned() : map_(heap_) {
    const ItemHash hasher;
    map_ = make_map(heap_, ItemEntries::type(), 104, 1, &hasher, sizeof(hasher));
  }
  void put(uint64_t number) {
    const Local<Item> item(heap_, make<Item>(heap_));
    item->number = number;
    bool inserted;
    *ItemEntries::assign(*map_, item.get(), inserted).value = item.get();
  }
  // 16 buckets; chain 0 has four overflow buckets, two of them spare ones. Growing; chain 0 is evacuated, 9
  // is not.
  void fill_growing() {
    for (uint64_t i = 0; i < 40; ++i) put(16 * i);
    for (uint64_t i = 0; map_->old_buckets == nullptr; ++i) put(16 * (i / 15) + 1 + i % 15);
    ASSERT_TRUE(old_bucket(0).evacuated());
    ASSERT_FALSE(old_bucket(9).evacuated());
  }
  Bucket old_bucket(uint64_t chain) { return Bucket::at(map_->old_buckets, chain, ItemEntries::type()); }
  Bucket bucket(uint64_t chain) { return Bucket::at(map_->buckets, chain, ItemEntries::type()); }
  MapInspector inspect() { return MapInspector(map_.get(), ItemEntries::type()); }
  void expect(const std::string& id) {
    const Violations violations = inspect().verify();
    EXPECT_TRUE(
        std::any_of(violations.begin(), violations.end(), [&](const Violation& v) { return v.id == id; }))
        << "expected " << id << ", got " << (violations.empty() ? "nothing" : violations[0].id);
  }

  Heap heap_;
  Root<MapHeader> map_;
};

TEST_F(BrokenScanned, NothingIsSilent) {
  EXPECT_TRUE(inspect().verify().empty());
  fill_growing();
  EXPECT_TRUE(inspect().verify().empty());
  for (uint64_t chain = 0; chain < 32; ++chain) EXPECT_TRUE(inspect().verify_chain(chain).empty());
  EXPECT_TRUE(inspect().scanned());
}

TEST_F(BrokenScanned, KeyLeftInAnEvacuatedChainIsM9) {
  fill_growing();
  Heap::store(static_cast<void**>(old_bucket(0).key(3)), *static_cast<void**>(bucket(0).key(0)));
  expect("M9");
  EXPECT_FALSE(inspect().verify_chain(0).empty());
  map_->flags |= kFlagOldIterator;
  EXPECT_TRUE(inspect().verify().empty()) << "an iterator may be walking it";
  map_->flags &= static_cast<uint8_t>(~kFlagOldIterator);
  map_->old_borrowed = 1;
  EXPECT_TRUE(inspect().verify_chain(0).empty()) << "an iterator may have borrowed it";
}

// Only one that may walk the old array keeps its entries from being wiped.
TEST_F(BrokenScanned, AnIteratorOfThePresentArrayIsNoExcuseForM9) {
  fill_growing();
  Heap::store(static_cast<void**>(old_bucket(0).key(3)), *static_cast<void**>(bucket(0).key(0)));
  map_->flags |= kFlagIterator;
  expect("M9");
}

TEST_F(BrokenScanned, ValueLeftInAnEvacuatedChainIsM9) {
  fill_growing();
  Heap::store(static_cast<void**>(old_bucket(0).value(3)), *static_cast<void**>(bucket(0).value(0)));
  expect("M9");
}

TEST_F(BrokenScanned, EvacuatedChainWithOverflowBucketsIsM9) {
  fill_growing();
  void* const bucket = heap_.allocate(ItemEntries::type().bucket);
  std::memset(bucket, kEvacuatedEmpty, kBucketSlots);
  old_bucket(0).set_overflow(bucket);
  expect("M9");
}

TEST_F(BrokenScanned, KeyLeftInACutOffSpareBucketIsM9) {
  fill_growing();
  const Bucket spare = old_bucket(16);
  ASSERT_TRUE(is_evacuated_mark(spare.marks()[0]));
  Heap::store(static_cast<void**>(spare.key(0)), *static_cast<void**>(bucket(0).key(0)));
  expect("M9");
}

TEST_F(BrokenScanned, ASideListIsM12) {
  fill_growing();
  ensure_overflow_list(*map_);
  expect("M12");
}

TEST_F(BrokenScanned, AnOverflowBucketThatIsNotScannedIsM11) {
  fill_growing();
  static const Type kPlain{.name = "plain", .size = ItemEntries::type().bucket_size};
  bucket(20).set_overflow(heap_.allocate(kPlain));
  expect("M11");
}

TEST_F(BrokenScanned, AnArrayThatIsNotScannedIsM7) {
  static const Type kPlain{.name = "plain", .size = ItemEntries::type().bucket_size};
  Heap::store(&map_->buckets, heap_.allocate(kPlain, 18));
  expect("M7");
}

}  // namespace
}  // namespace gcmap
