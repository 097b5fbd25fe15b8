#include "harness/structure.h"

namespace gcmap::harness {

uint64_t memory_digest(const MapInspector& map, size_t key_bytes, size_t value_bytes) {
  Digest digest;
  digest.add_bytes(map.header_bytes().data(), map.header_bytes().size());
  for (const MapArray array : {MapArray::kPresent, MapArray::kOld}) {
    for (uint64_t chain = 0; chain < map.chains(array); ++chain) {
      map.for_each_bucket(array, chain, [&](const BucketView& bucket) {
        digest.add(reinterpret_cast<uintptr_t>(bucket.keys));
      });
    }
  }
  digest.add(structure_digest(map, key_bytes, value_bytes));
  return digest.value();
}

uint64_t structure_digest(const MapInspector& map, size_t key_bytes, size_t value_bytes, bool flags) {
  Digest digest;
  add_state(digest, map.state(), flags);
  for (const MapArray array : {MapArray::kPresent, MapArray::kOld}) {
    const uint64_t chains = map.chains(array);
    for (uint64_t chain = 0; chain < chains; ++chain) {
      map.for_each_bucket(array, chain, [&](const BucketView& bucket) {
        digest.add_bytes(bucket.tophash.data(), bucket.tophash.size());
        digest.add_bytes(bucket.keys, bucket.tophash.size() * key_bytes);
        digest.add_bytes(bucket.values, bucket.tophash.size() * value_bytes);
      });
      digest.add(chain);
    }
  }
  return digest.value();
}

}  // namespace gcmap::harness
