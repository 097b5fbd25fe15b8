// Resizing on demand: reserve and shrink_to_fit. Incremental growth and shrinking is grow.h's.
#pragma once

#include <cstdint>

#include "gcmap/internal/map/layout.h"

namespace gcmap {

// Makes room for `entries` entries in all: inserting up to that many never grows the map, erasing never
// shrinks it below. A smaller reservation than before takes the larger one back, and changes nothing else.
// Requires: rooted.
// Errors: OutOfMemory, for what no range can hold kSizeOverflow; what the hash throws, MisuseError; entries
// and iterators are as before.
// Cost: O(entries) when the array grows.
void reserve_map(MapHeader& map, const MapType& type, uint64_t entries);

// Moves the entries to the smallest array that holds them, without overflow buckets nobody needs, and takes
// any reservation back.
// Requires, errors and cost as above.
// Ended by an error, it may have come part of the way.
void shrink_map_to_fit(MapHeader& map, const MapType& type);

}  // namespace gcmap
