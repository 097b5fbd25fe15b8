// A read-only look at the structure of a map: for verifiers, recordings, digests and reports.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "gcmap/internal/base/violation.h"

namespace gcmap {

struct MapHeader;
struct MapType;

// One bucket as it lies in memory. Slot i is live iff tophash[i] >= 5; keys and values of other slots
// are whatever is left there.
struct BucketView {
  std::array<uint8_t, 8> tophash;
  const void* keys;    // 8 keys of key_size bytes
  const void* values;  // 8 values of value_size bytes
};

enum class MapArray : uint8_t { kPresent, kOld };

// The scalar state of a map, as Go's header has it; the twelve fields of a recording's state derive
// from it and from the chains.
struct MapState {
  uint64_t count = 0;
  uint8_t b = 0;      // the present array has 2^b buckets
  uint8_t flags = 0;  // 1 iterator, 2 old iterator, 4 writing, 8 same-size growth, 16 halving
  uint32_t noverflow = 0;
  uint8_t growth = 0;  // 0 not growing, 1 doubling, 2 same size, 3 halving
  uint64_t nevacuate = 0;
  uint64_t preallocated = 0;  // overflow buckets preallocated with the present array and still unused
  bool allocated = false;     // the present array exists
};

class MapInspector {
 public:
  MapInspector(const MapHeader* header, const MapType& type) : header_(header), type_(&type) {}

  MapState state() const;

  // Number of chains: 2^b of the present array, of the old array while growing (else 0). 0 if not allocated.
  uint64_t chains(MapArray array) const;
  // Buckets of a chain, head first.
  void for_each_bucket(MapArray array, uint64_t chain,
                       const std::function<void(const BucketView&)>& visit) const;
  bool evacuated(uint64_t old_chain) const;

  // Are the buckets scanned, so that keys or values are references?
  bool scanned() const;
  const MapType& type() const { return *type_; }

  // The header as it lies in memory: for comparing it with itself later, not for reading.
  std::span<const std::byte> header_bytes() const;

  // Calls visit(address, requested bytes) once for each object of the heap the map itself consists of:
  // header, arrays, overflow buckets outside the arrays, side lists and their chunks. What keys and values
  // refer to is not among them, nor is what only iterators hold.
  // Requires: a sound map.
  // Cost: O(buckets).
  void for_each_owned(const std::function<void(const void* address, size_t bytes)>& visit) const;

  // The hash of a key, given as it lies in a bucket.
  uint64_t hash_of(const void* key) const;

  // M2 M3 M4 M5 M6 M9 of the present chain that `hash` names and, while growing, of the old chain that feeds
  // it: what a write touched. No look at the heap, so links that lead nowhere are its end; chains that are
  // cyclic are reported (M11).
  // Requires: an array, if there is one, of the right size.
  // Cost: O(chain).
  Violations verify_chain(uint64_t hash) const;

  // M1 M2 M3 M4 M5 M6 M7 M8 M9 M10 M11 M12 M13: empty when all is well. Changes nothing.
  // Cost: O(buckets + entries).
  Violations verify() const;

 private:
  const MapHeader* header_;
  const MapType* type_;
};

}  // namespace gcmap
