// What a heap and its maps look like, as text for people.
#pragma once

#include <functional>
#include <string>

#include "gcmap/heap.h"
#include "gcmap/internal/map/inspector.h"
#include "gcmap/map.h"

namespace gcmap {

// The structure of a map, read-only, and its verifier.
// Requires: the map is not nil.
template <typename K, typename V, typename Hash, typename Equal>
MapInspector inspect(const Map<K, V, Hash, Equal>& map) {
  return MapDoor::inspect(map);
}

// One line: "9 entries, B 1, doubling (nevacuate 1), 2 overflow".
std::string describe(const MapState& state);

// One line: "phase mark, 12 objects, 4096 bytes, 3 cycles".
std::string describe(const Heap& heap);

// The buckets of a map, a chain a line: marks in hexadecimal, each live slot followed by what `entry` returns
// for its key and value. Present array first, then the old one while growing. `indent` begins every line.
// Cost: O(buckets).
std::string draw(const MapInspector& map,
                 const std::function<std::string(const BucketView& bucket, uint32_t slot)>& entry,
                 const std::string& indent = "");

// The same for a map of any kind: entries are "key:value", integers as unsigned numbers, strings in quotes,
// references and boxes as "@" and the offset of their object in the heap, or "null"; what is larger than 8
// bytes as its size.
std::string draw(const MapInspector& map, const std::string& indent = "");

// For `draw`: "key:value" of maps from uint64_t to uint64_t.
std::string draw_u64_entry(const BucketView& bucket, uint32_t slot);

}  // namespace gcmap
