#include "gcmap/internal/map/iterate.h"

#include <cstring>
#include <utility>

#include "gcmap/internal/base/sometimes.h"
#include "gcmap/internal/map/overflow.h"
#include "gcmap/internal/map/writing.h"

namespace gcmap {
namespace {

// No live entry, here or moved? Asked of eight marks at once, so that passing an emptied array costs a load
// and a branch a bucket. A bucket of which only some marks say so is for the walk to find out.
bool holds_nothing(Bucket bucket) {
  constexpr uint64_t kEveryMark = 0x0101010101010101;
  uint64_t marks;
  std::memcpy(&marks, bucket.marks(), sizeof marks);
  return (marks & ~(kEveryMark * kEmptyOne)) == 0 || marks == kEveryMark * kEvacuatedEmpty;
}

// Asked before anything is registered.
MapHeader* iterable(MapHeader* map) {
  if (map != nullptr && map->count != 0) check_iterable(*map);
  return map;
}

}  // namespace

MapIterator::MapIterator(Heap& heap, MapHeader* map, const MapType& type, IterationStart start)
    : type_(&type),
      map_(heap, iterable(map)),
      array_(heap),
      overflow_(heap),
      borrowed_array_(heap),
      borrowed_overflow_(heap) {
  if (map == nullptr || map->count == 0) {
    finish();
    return;
  }
  if (!type.scanned()) {
    // The list must exist now: overflow buckets added to this array later are then held through it.
    overflow_.set(&ensure_overflow_list(*map));
  }
  done_ = false;
  array_.set(map->buckets);
  clear_generation_ = map->clear_generation;
  seed_ = map->seed;
  b_ = map->b;
  start_ = chain_ = start.bucket & bucket_mask(b_);
  offset_ = static_cast<uint8_t>(start.offset % kBucketSlots);
  map->flags |= kFlagIterator | kFlagOldIterator;
}

int MapIterator::generation() const {
  if (done_) return 2;
  if (array_.get() == map().buckets) return 0;
  return array_.get() == map().old_buckets ? 1 : 2;
}

IteratorPlace MapIterator::place() const {
  if (done_) return {};
  IteratorPlace place{array_.get(), b_, start_, chain_};
  if (!bucket_) return place;
  place.bucket = bucket_.memory();
  if (step_ > 0) place.slot = (step_ - 1 + offset_) % kBucketSlots;
  if (borrowed_) place.borrowed = borrowed_array_.get();
  return place;
}

EntryRef MapIterator::next() {
  if (done_) return {};
  const MapHeader& map = this->map();
  check_iterable(map);
  if (clear_generation_ != map.clear_generation) forget_cleared(map);
  if (seed_ != map.seed) forget_emptied(map);
  for (;;) {
    if (!bucket_ && !enter_chain()) {
      finish();
      return {};
    }
    if (step_ == 0 && holds_nothing(bucket_)) step_ = kBucketSlots;
    while (step_ < kBucketSlots) {
      const uint32_t slot = (step_ + offset_) % kBucketSlots;
      const EntryRef entry = entry_at(map, slot);
      ++step_;
      if (entry.key != nullptr) return entry;
    }
    enter_next_bucket();
  }
}

void MapIterator::enter_next_bucket() {
  bucket_ = bucket_.overflow();
  if (!bucket_) bucket_ = std::exchange(sister_, Bucket());
  step_ = 0;
}

// Stands at the head of the next chain to walk. False: the walk is over.
bool MapIterator::enter_chain() {
  if (done_ || (wrapped_ && chain_ == start_)) return false;
  MapHeader& map = header();
  bucket_ = Bucket::at(array_.get(), chain_, *type_);
  filter_ = kNoFilter;
  borrowed_ = false;
  if (may_borrow(map)) {
    const Bucket old = old_chain(map, chain_ & bucket_mask(map.old_b()), *type_);
    if (!old.evacuated()) borrow(map, old);
  }
  step_ = 0;
  if (++chain_ == bucket_count(b_)) {
    chain_ = 0;
    wrapped_ = true;
  }
  return true;
}

void MapIterator::borrow(MapHeader& map, Bucket head) {
  bucket_ = head;
  if (map.doubling()) filter_ = chain_;
  if (map.halving()) sister_ = old_chain(map, chain_ + bucket_count(b_), *type_);
  borrowed_ = true;
  borrowed_array_.set(map.old_buckets);
  borrowed_overflow_.set(map.extra.old_overflow);
  if (type_->scanned()) map.old_borrowed = true;
}

// Do chains of this number lie in the map's old array? After the map was emptied, an array of before and the
// arrays of after are cut up by different seeds: a key may lie in one chain here and in another one there,
// so nothing is borrowed for an array the map has left.
bool MapIterator::may_borrow(const MapHeader& map) const {
  return map.growing() && map.b == b_ && ((type_->reflexive && !emptied_) || array_.get() == map.buckets);
}

bool MapIterator::filtered_out(const MapHeader& map, Bucket bucket, uint32_t slot) const {
  if (filter_ == kNoFilter) return false;
  if (goes_by_itself(bucket.key(slot))) return (bucket.marks()[slot] & 1) != filter_ >> (b_ - 1);
  return (type_->hash(map, bucket.key(slot)) & bucket_mask(b_)) != filter_;
}

// A key that does not equal itself cannot be looked up: it is produced where it is met. Of a chain that is
// borrowed it belongs to the half that evacuation will send it to, by its mark.
bool MapIterator::goes_by_itself(const void* key) const {
  return !type_->reflexive && !type_->equal(map(), key, key);
}

// The entry to produce for a slot of the bucket at hand, or null pointers to pass it.
EntryRef MapIterator::entry_at(const MapHeader& map, uint32_t slot) const {
  const uint8_t mark = bucket_.marks()[slot];
  if (is_empty_mark(mark) || mark == kEvacuatedEmpty || filtered_out(map, bucket_, slot)) return {};
  if (is_evacuated_mark(mark) && !goes_by_itself(bucket_.key(slot)))
    return type_->find(map, bucket_.key(slot));
  return {bucket_.key(slot), bucket_.value(slot)};
}

// The map was cleared since the last step. The array that was present then was wiped in place: what it
// holds now came later. A chain's overflow buckets, a borrowed chain and every other array hold entries
// from before and are let go.
void MapIterator::forget_cleared(const MapHeader& map) {
  clear_generation_ = map.clear_generation;
  GCMAP_SOMETIMES(array_.get() == map.cleared_array && map.count > 0,
                  "a loop goes on in an array that was cleared");
  if (array_.get() != map.cleared_array) {
    finish();
    return;
  }
  const bool in_array = bucket_ && bucket_.memory() >= array_.get() &&
                        bucket_.memory() < Bucket::at(array_.get(), bucket_count(b_), *type_).memory();
  if (!in_array) bucket_ = Bucket();
  sister_ = Bucket();
}

// The map was empty since the last step, and has another seed. What is left in a borrowed chain has moved,
// and who is found by looking it up now was inserted since: it lies in a chain of its own, to be met there.
void MapIterator::forget_emptied(const MapHeader& map) {
  seed_ = map.seed;
  GCMAP_SOMETIMES(borrowed_ && bucket_, "a map is emptied under a loop that borrows a chain");
  emptied_ = true;
  if (borrowed_) bucket_ = Bucket();
  sister_ = Bucket();
}

// Lets go of everything, so that a finished iterator keeps no memory alive.
void MapIterator::finish() {
  done_ = true;
  bucket_ = sister_ = Bucket();
  map_.set(nullptr);
  array_.set(nullptr);
  overflow_.set(nullptr);
  borrowed_array_.set(nullptr);
  borrowed_overflow_.set(nullptr);
}

}  // namespace gcmap
