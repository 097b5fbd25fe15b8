// Where a broken map stops: the operation that meets the damage ends the process, and says what it met.
//
// The verifier finds the same and more, but afterwards. Each test breaks one thing in a sound map.
#include <gtest/gtest.h>

#include <functional>
#include <utility>

#include "gcmap/handles.h"
#include "gcmap/internal/map/access.h"
#include "gcmap/internal/map/grow.h"
#include "gcmap/internal/map/header.h"
#include "gcmap/internal/map/overflow.h"
#include "gcmap/internal/map/writing.h"
#include "gcmap/step.h"

namespace gcmap {
namespace {

struct IdentityHash {
  uint64_t operator()(uint64_t key, uint64_t) const { return key; }
};
using Entries = Access<uint64_t, uint64_t, IdentityHash, std::equal_to<uint64_t>>;

class BrokenMapDeathTest : public testing::Test {
 protected:
  BrokenMapDeathTest() : map_(heap_, make(52)) {}

  MapHeader* make(uint64_t hint) {
    const IdentityHash hasher;
    return make_map(heap_, Entries::type(), hint, 1, &hasher, sizeof(hasher));
  }
  void put(uint64_t key) {
    bool inserted;
    *Entries::assign(*map_, key, inserted).value = key;
  }
  static uint64_t key_in(uint64_t chain, uint64_t i) { return (i + 1) << 56 | i << 8 | chain; }

  // Chain 3 of 8 has an overflow bucket, chain 5 two entries.
  void fill() {
    for (uint64_t i = 0; i < 12; ++i) put(key_in(3, i));
    for (uint64_t i = 0; i < 2; ++i) put(key_in(5, i));
  }
  // As fill, and growing to 16 buckets, with chain 3 not evacuated.
  void fill_growing() {
    fill();
    for (uint64_t i = 0; !map_->growing(); ++i) put(key_in(i % 3, i / 3));
    ASSERT_FALSE(old_bucket(3).evacuated());
  }
  Bucket bucket(uint64_t chain) { return Bucket::at(map_->buckets, chain, type_); }
  Bucket old_bucket(uint64_t chain) { return Bucket::at(map_->old_buckets, chain, type_); }

  const MapType& type_ = Entries::type();
  Heap heap_;
  Local<MapHeader> map_;
};

TEST_F(BrokenMapDeathTest, AnEntryIsRemovedOnce) {
  fill();
  EXPECT_DEATH(remove_slot(type_, bucket(5), bucket(5), 2), "slot 2 with mark 0 holds no entry");
  EXPECT_DEATH(remove_slot(type_, bucket(5), bucket(5), kBucketSlots), "slot 8 of a bucket of 8");
}

TEST_F(BrokenMapDeathTest, AnEntryIsRemovedFromItsOwnChain) {
  fill();
  const Bucket tail = bucket(3).overflow();
  for (uint32_t slot = 3; slot > 0; --slot) remove_slot(type_, bucket(3), tail, slot);
  for (uint32_t slot = 0; slot < kBucketSlots; ++slot) bucket(3).marks()[slot] = kEmptyOne;
  EXPECT_DEATH(remove_slot(type_, bucket(5), tail, 0), "is not in the chain of");
}

TEST_F(BrokenMapDeathTest, TheCursorOfEvacuationStaysInTheOldArray) {
  fill_growing();
  map_->nevacuate = 8;
  EXPECT_DEATH(put(key_in(3, 0)), "chain 8 of 2\\^3 is to be evacuated");
}

TEST_F(BrokenMapDeathTest, OnlyAGrowingMapIsEvacuated) {
  fill();
  EXPECT_DEATH(growth_work(*map_, type_, 3), "chain 3 of a map that does not grow");
}

TEST_F(BrokenMapDeathTest, OneGrowthEndsBeforeTheNextBegins) {
  fill_growing();
  EXPECT_DEATH(begin_doubling(*map_, type_), "a growth begins with chain .* of the last one still to move");
}

TEST_F(BrokenMapDeathTest, OnlyAMapWithAnArrayGrows) {
  const Local<MapHeader> map(heap_, make(0));
  EXPECT_DEATH(begin_doubling(*map, type_), "a map without an array is to grow to 2\\^1 buckets");
}

TEST_F(BrokenMapDeathTest, ArraysGrowWithinTheAddressSpace) {
  map_->b = 48;
  EXPECT_DEATH(begin_doubling(*map_, type_), "is to grow to 2\\^49 buckets, at most 2\\^48");
  EXPECT_DEATH(make_array(*map_, type_, 200), "an array of 2\\^200 buckets");
}

TEST_F(BrokenMapDeathTest, ArraysWithEntriesAreKept) {
  fill();
  EXPECT_DEATH(drop_arrays(*map_), "the arrays are let go with 14 entries in them");
}

TEST_F(BrokenMapDeathTest, SpareBucketsAreThoseOfTheArray) {
  const Local<MapHeader> map(heap_, make(100));
  ASSERT_EQ(map->b, 4);
  map->spares_left = 3;
  const auto fill_a_chain = [&] {
    bool inserted;
    for (uint64_t i = 0; i < 9; ++i) Entries::assign(*map, key_in(3, i), inserted);
  };
  EXPECT_DEATH(fill_a_chain(), "3 spare buckets left of 2: counted for another array");
}

TEST_F(BrokenMapDeathTest, NoMoreOverflowBucketsAreUsedThanReserved) {
  EXPECT_DEATH(
      {
        OverflowReserve reserve(*map_, type_, 1);
        (void)reserve.next();
        (void)reserve.next();
      },
      "an overflow bucket wanted beyond those reserved");
}

TEST_F(BrokenMapDeathTest, NoMoreSpareBucketsAreUsedThanThereAre) {
  const Local<MapHeader> map(heap_, make(100));
  EXPECT_DEATH(
      {
        OverflowReserve reserve(*map, type_, 1);
        map->spares_left = 0;
        (void)reserve.next();
      },
      "spare buckets of an array: 0 less 1 is below zero");
}

// Breaks something while entries move.
class AtEntryMoved final : public EventSink {
 public:
  explicit AtEntryMoved(std::function<void()> action) : action_(std::move(action)) {}
  void on_point(DecisionPoint point) override {
    if (point == DecisionPoint::kMapCellEvacuated) action_();
  }

 private:
  std::function<void()> action_;
};

// At every point of an allocation the side list of the present array loses what it had.
class ListEmptier final : public EventSink {
 public:
  explicit ListEmptier(MapHeader& map) : map_(map) {}
  void on_point(DecisionPoint) override {
    if (map_.extra.overflow != nullptr) static_cast<OverflowList*>(map_.extra.overflow)->size = 0;
  }

 private:
  MapHeader& map_;
};

TEST_F(BrokenMapDeathTest, NoMoreBucketsLeaveASideListThanWereEntered) {
  Stepper step(heap_);
  ListEmptier sink(*map_);
  step.set_event_sink(&sink);
  step.fail_allocation(6);  // after the list, two buckets and their chunks
  EXPECT_DEATH(OverflowReserve(*map_, type_, 3), "buckets of a side list: 0 less 1 is below zero");
  step.set_event_sink(nullptr);
  step.fail_allocation(0);
}

TEST_F(BrokenMapDeathTest, NoMoreEntriesAreErasedThanCounted) {
  fill_growing();
  Stepper step(heap_);
  AtEntryMoved sink([&] { map_->count = 0; });
  step.set_event_sink(&sink);
  EXPECT_DEATH(Entries::erase(*map_, key_in(3, 0)), "entries of a map: 0 less 1 is below zero");
  step.set_event_sink(nullptr);
}

TEST_F(BrokenMapDeathTest, AHashFunctionObjectFitsTheHeader) {
  const std::byte large[kHasherBytes + 1] = {};
  EXPECT_DEATH(make_map(heap_, type_, 0, 1, large, sizeof large), "a hash function object of 17 bytes");
}

#ifndef NDEBUG

TEST_F(BrokenMapDeathTest, AChainsNumberIsBelowTheSizeOfItsArray) {
  fill();
  EXPECT_DEATH(present_chain(*map_, 8, type_), "chain 8 of an array of 2\\^3");
  const Local<MapHeader> without_array(heap_, make(0));
  EXPECT_DEATH(present_chain(*without_array, 0, type_), "chain 0 of a map without an array");
  EXPECT_DEATH(old_chain(*map_, 0, type_), "old chain 0 of a map that does not grow");
  fill_growing();
  EXPECT_DEATH(old_chain(*map_, 8, type_), "old chain 8 of an array of 2\\^3");
}

TEST_F(BrokenMapDeathTest, ALookUpMeetsNoEvacuatedChain) {
  fill();
  bucket(5).marks()[0] = kEvacuatedX;
  EXPECT_DEATH((void)Entries::find(*map_, key_in(5, 1)), "a search in chain .*, which was evacuated");
}

TEST_F(BrokenMapDeathTest, AnEntryIsMovedOnce) {
  fill_growing();
  old_bucket(3).marks()[1] = kEvacuatedY;
  EXPECT_DEATH(growth_work(*map_, type_, 3), "slot 1 with mark 3 is moved a second time");
}

TEST_F(BrokenMapDeathTest, AChainIsNoLongerThanItsPlan) {
  fill_growing();
  Stepper step(heap_);
  AtEntryMoved sink([&] { old_bucket(3).overflow().set_overflow(bucket(5).memory()); });
  step.set_event_sink(&sink);
  EXPECT_DEATH(growth_work(*map_, type_, 3),
               "bucket 2 of a plan for 2: a chain is longer than when it was planned");
  step.set_event_sink(nullptr);
}

TEST_F(BrokenMapDeathTest, OnlyADoublingMapHasYChains) {
  fill_growing();
  MapType type = type_;
  type.hash = [](const MapHeader& map, const void*) {
    const_cast<MapHeader&>(map).flags |= kFlagSameSizeGrow;
    return UINT64_MAX;
  };
  EXPECT_DEATH(growth_work(*map_, type, 3), "an entry goes to Y, and the map does not double");
}

TEST_F(BrokenMapDeathTest, ANewEntryGoesToAnEmptySlot) {
  const Local<MapHeader> map(heap_, make(100));
  const Bucket spare = Bucket::at(map->buckets, bucket_count(map->b), type_);
  spare.marks()[0] = kMinTopHash;
  const auto fill_a_chain = [&] {
    bool inserted;
    for (uint64_t i = 0; i < 9; ++i) Entries::assign(*map, key_in(3, i), inserted);
  };
  EXPECT_DEATH(fill_a_chain(), "a new entry goes to a slot with mark 5: it is taken");
}

TEST_F(BrokenMapDeathTest, WhatIsReservedIsUsed) {
  const Local<MapHeader> map(heap_, make(100));
  EXPECT_DEATH(OverflowReserve(*map, type_, 2), "2 spare overflow buckets reserved but not used");
}

TEST_F(BrokenMapDeathTest, TheWritingFlagStaysUpForTheWrite) {
  EXPECT_DEATH(
      {
        const WritingGuard guard(*map_, type_);
        map_->flags = 0;
      },
      "the writing flag went down while a write was under way");
}

TEST_F(BrokenMapDeathTest, OverflowBucketsAreCountedInSixteenBits) {
  map_->noverflow = UINT16_MAX;
  EXPECT_DEATH(
      {
        OverflowReserve reserve(*map_, type_, 1);
        (void)reserve.next();
      },
      "noverflow is full at b = 3");
}

#endif

}  // namespace
}  // namespace gcmap
