// Clones: a second map with the same entries.
//
// Invariant: M17, a clone holds what its source holds and shares nothing mutable.
#pragma once

#include "gcmap/internal/map/layout.h"

namespace gcmap {

// Returns a new map, unrooted, with the entries of `source`, its hash function, its seed and its leave to
// shrink. Buckets and boxes are its own; what keys and values refer to is shared. Its size is what its
// entries need, whatever the source's is. The source may be growing; it does not change.
// Requires: rooted.
// Errors: std::bad_alloc, what hash and equality throw.
// Cost: O(buckets + entries); keys are hashed only where the clone has more chains than the array they
// come from.
MapHeader* clone_map(const MapHeader& source, const MapType& type);

}  // namespace gcmap
