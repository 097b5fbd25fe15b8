#include "map/overflow.h"

#include <algorithm>

#include "map/sizing.h"

namespace gcmap {
namespace {

constexpr uint32_t kFirstChunkCapacity = 6;
constexpr uint32_t kLargestChunkCapacity = 126;

void trace_chunk(const Type&, const void* object, size_t, SlotVisitor& visitor) {
  const auto* chunk = static_cast<const OverflowChunk*>(object);
  visitor.visit(&chunk->next);
  for (uint32_t i = 0; i < chunk->count; ++i) visitor.visit(&chunk->slots()[i]);
}

// A chunk's element is one word, so that capacity is free to vary.
const Type& chunk_type() {
  static const Type type{.name = "overflow chunk", .size = sizeof(void*), .trace = trace_chunk};
  return type;
}

const Type& list_type() {
  static constexpr uint32_t kOffsets[] = {offsetof(OverflowList, newest)};
  static const Type type{.name = "overflow list",
                         .size = sizeof(OverflowList),
                         .pointer_offsets = kOffsets,
                         .pointer_count = 1};
  return type;
}

// Makes room for one more bucket at the newest end.
void ensure_room(OverflowList& list, Heap& heap) {
  const auto* newest = static_cast<const OverflowChunk*>(list.newest);
  if (newest != nullptr && newest->count < newest->capacity) return;
  const uint32_t capacity =
      newest == nullptr ? kFirstChunkCapacity : std::min(2 * newest->capacity + 2, kLargestChunkCapacity);
  const size_t words = sizeof(OverflowChunk) / sizeof(void*) + capacity;
  auto* chunk = static_cast<OverflowChunk*>(heap.allocate(chunk_type(), words));
  chunk->capacity = capacity;
  Heap::store(&chunk->next, list.newest);
  Heap::store(&list.newest, chunk);
}

// Enters a bucket. Requires: ensure_room since the last push.
void push(OverflowList& list, void* bucket) {
  auto* newest = static_cast<OverflowChunk*>(list.newest);
  Heap::store(&newest->slots()[newest->count], bucket);
  ++newest->count;
  ++list.size;
}

// Removes the newest `count` buckets.
void pop(OverflowList& list, uint64_t count) {
  while (count > 0) {
    auto* newest = static_cast<OverflowChunk*>(list.newest);
    if (newest->count == 0) {
      Heap::store(&list.newest, newest->next);
      continue;
    }
    Heap::store(&newest->slots()[newest->count - 1], nullptr);
    --newest->count;
    --list.size;
    --count;
  }
}

// Counts one more overflow bucket. From b = 16 on the counter would not hold them all: it then counts
// each with probability 2^-(b-15) and stays comparable with the limit 2^15, as in Go.
void count_overflow(MapHeader& map) {
  if (map.b >= kExactOverflowB) {
    const uint64_t mask = bucket_mask(static_cast<uint8_t>(map.b - 15));
    if ((Heap::of(&map).random().next() & mask) != 0) return;
  }
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
  if (wanted > spares_) take_from_heap(wanted - spares_);
}

OverflowReserve::~OverflowReserve() {
  GCMAP_DCHECK(spares_ == 0 && !pending_, "%llu spare overflow buckets reserved but not used",
               static_cast<unsigned long long>(spares_));
}

void OverflowReserve::take_from_heap(uint64_t wanted) {
  Heap& heap = Heap::of(&map_);
  OverflowList& list = ensure_overflow_list(map_);
  uint64_t taken = 0;
  try {
    for (; taken < wanted; ++taken) {
      ensure_room(list, heap);
      const Bucket bucket(heap.allocate(type_.bucket), type_);
      push(list, bucket.memory());
      bucket.set_overflow(pending_.memory());
      pending_ = bucket;
    }
  } catch (...) {
    pop(list, taken);
    throw;
  }
}

Bucket OverflowReserve::next() {
  Bucket bucket;
  if (spares_ > 0) {
    const uint64_t end = bucket_count(map_.b) + spare_buckets(map_.b, type_.bucket_size);
    bucket = Bucket::at(map_.buckets, end - map_.spares_left, type_);
    --spares_;
    --map_.spares_left;
  } else {
    bucket = pending_;
    pending_ = bucket.overflow();
    bucket.set_overflow(nullptr);
  }
  count_overflow(map_);
  return bucket;
}

}  // namespace gcmap
