// The structure of a map as bytes: for digests and for "a read changes nothing" (M14).
#pragma once

#include <cstdint>

#include "harness/digest.h"
#include "map/inspector.h"

namespace gcmap::harness {

// Adds the scalar state: count, B, flags (unless left out), growth and so on.
inline void add_state(Digest& digest, const MapState& state, bool flags = true) {
  digest.add(state.count);
  digest.add(uint64_t{state.b} << 32 | uint64_t{flags ? state.flags : uint8_t{0}} << 16 | state.growth);
  digest.add(state.noverflow);
  digest.add(state.nevacuate);
  digest.add(state.preallocated << 1 | uint64_t{state.allocated});
}

// Digest of the header's bytes, and of the place and every byte of every bucket: differs if anything about
// the map does. Means something only within one run.
uint64_t memory_digest(const MapInspector& map, size_t key_bytes, size_t value_bytes);

// Digest of the state and of every byte of every bucket: marks, keys and values, dead slots included.
uint64_t structure_digest(const MapInspector& map, size_t key_bytes, size_t value_bytes, bool flags = true);

}  // namespace gcmap::harness
