#include "harness/structure.h"

#include <cstring>

#include "harness/node.h"

namespace gcmap::harness {
namespace {

constexpr size_t kSlots = 8;
constexpr uint8_t kLive = 5;

Word word_at(const void* words, size_t i) {
  Word word;
  std::memcpy(&word, static_cast<const char*>(words) + i * sizeof word, sizeof word);
  return word;
}

template <typename Visit>
void for_each_bucket(const MapInspector& map, Visit&& visit) {
  for (const MapArray array : {MapArray::kPresent, MapArray::kOld}) {
    const uint64_t chains = map.chains(array);
    for (uint64_t chain = 0; chain < chains; ++chain) {
      const bool evacuated = array == MapArray::kOld && map.evacuated(chain);
      bool head = true;
      const auto visit_next = [&](const BucketView& bucket) {
        visit(chain, head, evacuated, bucket);
        head = false;
      };
      map.for_each_bucket(array, chain, std::cref(visit_next));  // std::function would allocate for a copy
    }
  }
}

uint64_t node_number(Word word) {
  return word == 0 ? 0 : reinterpret_cast<const Node*>(word)->number();
}

}  // namespace

uint64_t number_of_key(MapKind kind, Word key) {
  return has_node_keys(kind) ? node_number(key) : key;
}

uint64_t number_of_value(MapKind kind, Word value) {
  if (has_node_values(kind)) return node_number(value);
  if (!has_map_values(kind)) return value;
  return value == 0 ? 0 : id_of_map(reinterpret_cast<const MapHeader*>(value));
}

void for_each_live_entry(const MapInspector& map, const std::function<void(Word key, Word value)>& visit) {
  for_each_bucket(map, [&](uint64_t, bool, bool evacuated, const BucketView& bucket) {
    for (size_t i = 0; i < kSlots && !evacuated; ++i) {
      if (bucket.tophash[i] >= kLive) visit(word_at(bucket.keys, i), word_at(bucket.values, i));
    }
  });
}

uint64_t memory_digest(const MapInspector& map) {
  Digest digest;
  digest.add_bytes(map.header_bytes().data(), map.header_bytes().size());
  for_each_bucket(map, [&](uint64_t, bool, bool, const BucketView& bucket) {
    digest.add(reinterpret_cast<uintptr_t>(bucket.keys));
    digest.add_bytes(bucket.tophash.data(), bucket.tophash.size());
    digest.add_bytes(bucket.keys, kSlots * sizeof(Word));
    digest.add_bytes(bucket.values, kSlots * sizeof(Word));
  });
  return digest.value();
}

uint64_t structure_digest(const MapInspector& map, MapKind kind, bool flags) {
  Digest digest;
  add_state(digest, map.state(), flags);
  for_each_bucket(map, [&](uint64_t chain, bool head, bool evacuated, const BucketView& bucket) {
    if (evacuated && !head) return;
    digest.add(chain);
    digest.add_bytes(bucket.tophash.data(), bucket.tophash.size());
    for (size_t i = 0; i < kSlots && !evacuated; ++i) {
      const bool live = bucket.tophash[i] >= kLive;
      const Word key = word_at(bucket.keys, i);
      const Word value = word_at(bucket.values, i);
      digest.add(live ? number_of_key(kind, key) : key);
      digest.add(live ? number_of_value(kind, value) : value);
    }
  });
  return digest.value();
}

}  // namespace gcmap::harness
