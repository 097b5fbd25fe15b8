// The structure of a map as numbers: for digests and for "a read changes nothing" (M14).
#pragma once

#include <cstdint>
#include <functional>

#include "harness/digest.h"
#include "harness/subject.h"
#include "map/inspector.h"

namespace gcmap::harness {

// What an entry counts as: the integer itself, a node's number, a map's id; 0 for null.
uint64_t number_of_key(MapKind kind, Word key);
uint64_t number_of_value(MapKind kind, Word value);

// Adds the scalar state: count, B, flags (unless left out), growth and so on.
inline void add_state(Digest& digest, const MapState& state, bool flags = true) {
  digest.add(state.count);
  digest.add(uint64_t{state.b} << 32 | uint64_t{flags ? state.flags : uint8_t{0}} << 16 | state.growth);
  digest.add(state.noverflow);
  digest.add(state.nevacuate);
  digest.add(state.preallocated << 1 | uint64_t{state.allocated});
}

// Calls visit(key, value) for every entry, as it is stored.
void for_each_live_entry(const MapInspector& map, const std::function<void(Word key, Word value)>& visit);

// Digest of the header's bytes and, bucket by bucket, of its place, marks, keys and values. Means something
// only within one run.
uint64_t memory_digest(const MapInspector& map);

// Digest of the state, of every mark, and of every live entry by its numbers. Dead entries count as what they
// are, zeroes. Of an evacuated chain only the head's marks count: whether the rest was wiped depends on who
// iterates and on what the map holds.
uint64_t structure_digest(const MapInspector& map, MapKind kind, bool flags = true);

}  // namespace gcmap::harness
