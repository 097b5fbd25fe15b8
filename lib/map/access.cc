#include "gcmap/internal/map/access.h"

#include "gcmap/internal/gc/heap_door.h"

namespace gcmap {
namespace {

// The bucket before `bucket` in the chain of `head`.
// Requires: bucket != head, and it is in that chain.
Bucket previous_bucket(Bucket head, Bucket bucket) {
  Bucket previous = head;
  while (previous.overflow().memory() != bucket.memory()) {
    previous = previous.overflow();
    GCMAP_CHECK(previous, "bucket %p is not in the chain of %p: an entry was found in another chain",
                bucket.memory(), head.memory());
  }
  return previous;
}

// Is everything after this slot empty? Mark 0 says so itself.
bool nothing_follows(Bucket bucket, uint32_t slot) {
  if (slot + 1 < kBucketSlots) return bucket.marks()[slot + 1] == kEmptyRest;
  const Bucket next = bucket.overflow();
  return !next || next.marks()[0] == kEmptyRest;
}

}  // namespace

void remove_slot(const MapType& type, Bucket head, Bucket bucket, uint32_t slot) {
  GCMAP_CHECK(slot < kBucketSlots, "slot %u of a bucket of %u is to be emptied", slot, kBucketSlots);
  GCMAP_CHECK(bucket.marks()[slot] >= kMinTopHash,
              "slot %u with mark %u holds no entry: erased twice, or evacuated?", slot, bucket.marks()[slot]);
  wipe_cell(type.key, bucket.key(slot));
  wipe_cell(type.value, bucket.value(slot));
  bucket.marks()[slot] = kEmptyOne;
  if (!nothing_follows(bucket, slot)) return;
  // Turn the run of 1s that now ends the chain into 0s, backwards across buckets.
  for (;;) {
    bucket.marks()[slot] = kEmptyRest;
    if (slot > 0) {
      --slot;
    } else {
      if (bucket.memory() == head.memory()) return;
      bucket = previous_bucket(head, bucket);
      slot = kBucketSlots - 1;
    }
    if (bucket.marks()[slot] != kEmptyOne) return;
  }
}

void end_emptying(MapHeader& map) {
  map.seed = HeapDoor::random(Heap::of(&map)).next();
  if (map.shrinks && map.b > map.least_b) drop_arrays(map);
}

}  // namespace gcmap
