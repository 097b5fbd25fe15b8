// Overflow buckets: where they come from and what keeps them alive.
//
// A chain takes its next bucket from the array's spare ones while there are any, else from the heap;
// the latter is entered in the side list of its array, since pointer-free buckets are never scanned. Buckets
// of scanned maps live through the overflow links, and there are no side lists.
//
// Layout: OverflowList -> chunk -> chunk -> ..., newest first. A chunk is nothing but pointers: word 0
// leads to the next chunk, the others to buckets; all chunks but the newest are full. A list is an object
// of its own, so that an iterator that holds it also holds the buckets added to the same array later.
//
// Invariants: M8 (noverflow, spares), M12 (side lists).
#pragma once

#include <cstdint>
#include <optional>

#include "gcmap/handles.h"
#include "gcmap/internal/map/layout.h"

namespace gcmap {

inline constexpr uint32_t kChunkBuckets = 7;

struct OverflowChunk {
  void* next;
  void* buckets[kChunkBuckets];
};

struct OverflowList {
  void* newest;   // OverflowChunk
  uint64_t size;  // buckets in all chunks

  // Buckets in the newest chunk; 0: there is none.
  uint32_t newest_count() const {
    return size == 0 ? 0 : static_cast<uint32_t>((size - 1) % kChunkBuckets + 1);
  }
};

// Returns the present array's side list, made if there is none.
// Requires: rooted, not scanned.
// Errors: std::bad_alloc, nothing changed.
OverflowList& ensure_overflow_list(MapHeader& map);

// Forgets every bucket of a list. The list itself stays its array's: iterators that hold it go on holding
// what the array gets later.
inline void empty_overflow_list(OverflowList& list) {
  Heap::store(&list.newest, nullptr);
  list.size = 0;
}

// Calls visit(void* bucket) for every bucket of a list; a null list is empty.
template <typename Visit>
void for_each_overflow(const OverflowList* list, Visit&& visit) {
  if (list == nullptr) return;
  uint32_t count = list->newest_count();
  for (auto* chunk = static_cast<const OverflowChunk*>(list->newest); chunk != nullptr;
       chunk = static_cast<const OverflowChunk*>(chunk->next)) {
    for (uint32_t i = 0; i < count; ++i) visit(chunk->buckets[i]);
    count = kChunkBuckets;
  }
}

// Overflow buckets taken ahead of need, so that what needs them cannot fail halfway: the constructor
// takes `wanted`, next() hands them out. All of them are used before the reserve dies.
// Requires: the map is rooted.
// Errors: std::bad_alloc from the constructor; the map is as it was.
class OverflowReserve {
 public:
  OverflowReserve(MapHeader& map, const MapType& type, uint64_t wanted);
  ~OverflowReserve();
  OverflowReserve(const OverflowReserve&) = delete;
  OverflowReserve& operator=(const OverflowReserve&) = delete;

  // The next bucket, empty, counted in noverflow.
  // Requires: fewer than `wanted` calls so far.
  Bucket next();

 private:
  void take_listed(uint64_t wanted);
  void take_linked(uint64_t wanted);

  MapHeader& map_;
  const MapType& type_;
  uint64_t spares_;  // spare buckets of the array still to hand out; they go first
  Bucket pending_;   // then these, linked by their overflow links, alive through the side list
  std::optional<RootHandle> pending_root_;  // or, in a scanned map, through this
};

}  // namespace gcmap
