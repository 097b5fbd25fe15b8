// Making a map: its header on the heap.
#pragma once

#include <cstddef>
#include <cstdint>

#include "gcmap/heap.h"
#include "gcmap/internal/map/layout.h"

namespace gcmap {

// The collector's view of a header: what tells headers from other objects of a heap.
const Type& map_header_type();

// Returns a new header, unrooted: empty, with a seed of its own and `hint` entries reserved. Arrays
// of one bucket are made by the first insert. `hasher` of at most kHasherBytes is copied.
// Errors: OutOfMemory; for a hint that no range can hold kSizeOverflow, as reserve_map.
MapHeader* make_map(Heap& heap, const MapType& type, uint64_t hint, uint64_t seed, const void* hasher,
                    size_t hasher_bytes);

}  // namespace gcmap
