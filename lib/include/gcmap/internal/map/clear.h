// Clearing a map: the present array is wiped and kept, everything else is let go.
#pragma once

#include "gcmap/internal/map/layout.h"

namespace gcmap {

// Empties the map. Abandons a growth, makes all spare buckets available again, redraws the seed and counts a
// clear generation, by which iterators know that what they hold is from before (C8). Does nothing to an empty
// map. Cannot fail.
// Requires: rooted.
// Cost: O(buckets).
void clear_map(MapHeader& map, const MapType& type);

}  // namespace gcmap
