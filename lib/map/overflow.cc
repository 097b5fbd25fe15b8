#include "gcmap/internal/map/overflow.h"

#include <algorithm>

#include "gcmap/internal/base/counter.h"
#include "gcmap/internal/base/sometimes.h"
#include "gcmap/internal/gc/heap_door.h"
#include "map/sizing.h"

namespace gcmap {
namespace {

// Words of pointers: a chunk can be marked in pieces.
const Type& chunk_type() {
  static constexpr uint32_t kOffsets[] = {0};
  static const Type type{
      .name = "overflow chunk", .size = sizeof(void*), .pointer_offsets = kOffsets, .pointer_count = 1};
  return type;
}

const Type& list_type() {
  static constexpr uint32_t kOffsets[] = {offsetof(OverflowList, newest)};
  static const Type type{
      .name = "overflow list", .size = sizeof(OverflowList), .pointer_offsets = kOffsets, .pointer_count = 1};
  return type;
}

// Enters a bucket.
// Requires: it is rooted.
// Errors: std::bad_alloc, nothing changed.
void push(OverflowList& list, void* bucket) {
  if (list.size % kChunkBuckets == 0) {
    auto* chunk = static_cast<OverflowChunk*>(
        Heap::of(&list).allocate(chunk_type(), sizeof(OverflowChunk) / sizeof(void*)));
    Heap::store(&chunk->next, list.newest);
    Heap::store(&list.newest, chunk);
  }
  Heap::store(&static_cast<OverflowChunk*>(list.newest)->buckets[list.size % kChunkBuckets], bucket);
  ++list.size;
}

// Removes the newest `count` buckets.
void pop(OverflowList& list, uint64_t count) {
  for (; count > 0; --count) {
    const uint64_t left = checked_sub(list.size, 1, "buckets of a side list");
    auto* newest = static_cast<OverflowChunk*>(list.newest);
    Heap::store(&newest->buckets[left % kChunkBuckets], nullptr);
    list.size = left;
    if (left % kChunkBuckets == 0) Heap::store(&list.newest, newest->next);
  }
}

// Counts one more overflow bucket. From b = 16 on the counter would not hold them all: it then counts
// each with probability 2^-(b-15) and stays comparable with the limit 2^15, as in Go.
void count_overflow(MapHeader& map) {
  if (map.b >= kExactOverflowB) {
    const uint64_t mask = bucket_mask(static_cast<uint8_t>(map.b - 15));
    if ((HeapDoor::random(Heap::of(&map)).next() & mask) != 0) return;
  }
  GCMAP_DCHECK(map.noverflow < UINT16_MAX, "noverflow is full at b = %u: the map should have grown", map.b);
  ++map.noverflow;
}

}  // namespace

OverflowList& ensure_overflow_list(MapHeader& map) {
  if (map.extra.overflow == nullptr) {
    void* const list = Heap::of(&map).allocate(list_type());
    Heap::store(&map.extra.overflow, list);
  }
  return *static_cast<OverflowList*>(map.extra.overflow);
}

OverflowReserve::OverflowReserve(MapHeader& map, const MapType& type, uint64_t wanted)
    : map_(map), type_(type), spares_(std::min<uint64_t>(wanted, map.spares_left)) {
  if (wanted == spares_) return;
  if (type.scanned()) {
    take_linked(wanted - spares_);
  } else {
    take_listed(wanted - spares_);
  }
}

OverflowReserve::~OverflowReserve() {
  GCMAP_DCHECK(spares_ == 0 && !pending_, "%llu spare overflow buckets reserved but not used",
               static_cast<unsigned long long>(spares_));
}

void OverflowReserve::take_linked(uint64_t wanted) {
  Heap& heap = Heap::of(&map_);
  pending_root_.emplace(heap);
  for (; wanted > 0; --wanted) {
    const Bucket bucket(heap.allocate(type_.bucket), type_);
    bucket.set_overflow(pending_.memory());
    pending_root_->set(bucket.memory());
    pending_ = bucket;
  }
}

void OverflowReserve::take_listed(uint64_t wanted) {
  Heap& heap = Heap::of(&map_);
  RootHandle fresh(heap);
  OverflowList& list = ensure_overflow_list(map_);
  uint64_t taken = 0;
  try {
    for (; taken < wanted; ++taken) {
      fresh.set(heap.allocate(type_.bucket));
      const Bucket bucket(fresh.get(), type_);
      push(list, bucket.memory());
      bucket.set_overflow(pending_.memory());
      pending_ = bucket;
    }
  } catch (...) {
    GCMAP_SOMETIMES(taken > 0, "an allocation fails with overflow buckets listed already");
    pop(list, taken);
    throw;
  }
}

Bucket OverflowReserve::next() {
  Bucket bucket;
  GCMAP_CHECK(spares_ > 0 || pending_,
              "an overflow bucket wanted beyond those reserved: a chain outgrew its plan");
  if (spares_ > 0) {
    const uint64_t spares = spare_buckets(map_.b, type_.bucket_size);
    GCMAP_CHECK(map_.spares_left <= spares, "%u spare buckets left of %llu: counted for another array",
                map_.spares_left, static_cast<unsigned long long>(spares));
    const uint64_t end = bucket_count(map_.b) + spares;
    bucket = Bucket::at(map_.buckets, end - map_.spares_left, type_);
    take_off(spares_, 1, "spare buckets reserved");
    take_off(map_.spares_left, 1, "spare buckets of an array");
  } else {
    bucket = pending_;
    pending_ = bucket.overflow();
    if (pending_root_) pending_root_->set(pending_.memory());
    bucket.set_overflow(nullptr);
  }
  count_overflow(map_);
  return bucket;
}

}  // namespace gcmap
