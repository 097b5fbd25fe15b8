// A walk over every live entry of a map that nobody writes to meanwhile: registers nothing, changes nothing.
#pragma once

#include "gcmap/internal/map/layout.h"

namespace gcmap {

// Calls visit(Bucket, uint32_t slot) for the live slots of one chain until it returns false.
// Returns whether it went through.
template <typename Visit>
bool walk_chain(Bucket head, Visit&& visit) {
  for (Bucket bucket = head; bucket; bucket = bucket.overflow()) {
    for (uint32_t slot = 0; slot < kBucketSlots; ++slot) {
      if (bucket.marks()[slot] == kEmptyRest) return true;
      if (!is_empty_mark(bucket.marks()[slot]) && !visit(bucket, slot)) return false;
    }
  }
  return true;
}

// The same for all chains of both arrays.
template <typename Visit>
bool walk_entries(const MapHeader& map, const MapType& type, Visit&& visit) {
  if (map.count == 0) return true;
  for (uint64_t chain = 0; chain < bucket_count(map.b); ++chain) {
    if (!walk_chain(present_chain(map, chain, type), visit)) return false;
  }
  for (uint64_t chain = 0; map.growing() && chain < bucket_count(map.old_b()); ++chain) {
    const Bucket head = old_chain(map, chain, type);
    if (!head.evacuated() && !walk_chain(head, visit)) return false;
  }
  return true;
}

}  // namespace gcmap
