// The structure of a map as numbers: for digests and for "a read changes nothing" (M14).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>

#include "gcmap/internal/map/inspector.h"
#include "harness/program/digest.h"
#include "harness/subject/map_adapter.h"

namespace gcmap::harness {

// What an entry counts as: the word itself, a node's number, a map's id; 0 for null.
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

// Reads the cells of a map's buckets as words.
class CellReader {
 public:
  CellReader(const MapInspector& map, MapKind kind);

  // Of slots that hold an entry.
  Word key(const BucketView& bucket, size_t slot) const {
    return read(bucket.keys, key_size_, read_key_, slot);
  }
  Word value(const BucketView& bucket, size_t slot) const {
    return read(bucket.values, value_size_, read_value_, slot);
  }

  // Of any slot: zero iff all bytes are.
  uint64_t key_residue(const BucketView& bucket, size_t slot) const {
    return residue(bucket.keys, key_size_, read_key_, slot);
  }
  uint64_t value_residue(const BucketView& bucket, size_t slot) const {
    return residue(bucket.values, value_size_, read_value_, slot);
  }

 private:
  static Word read(const void* cells, size_t size, AdapterKind::ReadCell read_cell, size_t slot) {
    const char* const cell = static_cast<const char*>(cells) + slot * size;
    if (read_cell != nullptr) return read_cell(cell);
    Word word;
    std::memcpy(&word, cell, sizeof word);
    return word;
  }
  static uint64_t residue(const void* cells, size_t size, AdapterKind::ReadCell read_cell, size_t slot);

  size_t key_size_;
  size_t value_size_;
  AdapterKind::ReadCell read_key_;
  AdapterKind::ReadCell read_value_;
};

// Calls visit(key, value) for every entry, as it is stored.
void for_each_live_entry(const MapInspector& map, MapKind kind,
                         const std::function<void(Word key, Word value)>& visit);

// Calls visit for every object that belongs to an entry: boxes, which are one's alone, and the bytes of
// strings, which a clone's may share.
void for_each_object_of_entries(const MapInspector& map, MapKind kind,
                                const std::function<void(const void* object, bool box)>& visit);

// Digest of the header's bytes and, bucket by bucket, of its place, marks, keys and values. Means something
// only within one run.
uint64_t memory_digest(const MapInspector& map);

// Digest of the state, of every mark, and of every live entry by its numbers. Dead entries count as what they
// are, zeroes. Of an evacuated chain only the head's marks count: whether the rest was wiped depends on who
// iterates and on what the map holds.
uint64_t structure_digest(const MapInspector& map, MapKind kind, bool flags = true);

}  // namespace gcmap::harness
