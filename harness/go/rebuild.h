// How to build the structure of a map from nothing, by insertions and erasures alone.
//
// Chain by chain, entries are inserted in slot order. A slot that is empty but precedes an entry, or
// that an empty overflow bucket at the end of the chain needs in front of it, is filled with a
// placeholder, which is erased again when the chain is complete: erasing leaves just the marks 0 and 1
// the map has. Chains with many placeholders come first, while there is room below the growth limit.
//
// Not every structure can be built so: not one that is growing, not one with so many overflow buckets
// that the last insertion would begin a growth, not one too large for a hint that programs can write.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "gcmap/internal/map/inspector.h"
#include "harness/go/replay.h"

namespace gcmap::harness {

// Placeholders have ids from here on; recordings have ids below.
inline constexpr uint64_t kPlaceholderIds = uint64_t{1} << 23;

struct RebuildStep {
  enum class Kind : uint8_t { kPut, kErase };
  Kind kind;
  uint64_t id;
  uint64_t hash;
  uint64_t value;  // kPut
};

struct Rebuild {
  uint64_t hint = 0;
  std::vector<RebuildStep> steps;
};

// The least hint for which a new map has 2^b buckets.
uint64_t least_hint(uint64_t b);

// Nothing if the structure cannot be built.
// Cost: O(buckets + entries).
std::optional<Rebuild> plan_rebuild(const MapInspector& map, const GoHashTable& hashes);

}  // namespace gcmap::harness
