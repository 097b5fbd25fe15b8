#include "harness/subject/structure.h"

#include <algorithm>

#include "gcmap/internal/map/layout.h"
#include "harness/subject/node.h"

namespace gcmap::harness {
namespace {

constexpr size_t kSlots = 8;
constexpr uint8_t kLive = 5;

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

// What the pointers of a live cell lead to.
template <typename Visit>
void visit_targets(const Type& cell, const void* cells, size_t slot, Visit&& visit) {
  for (uint32_t i = 0; i < cell.pointer_count; ++i) {
    const void* target;
    std::memcpy(&target, static_cast<const char*>(cells) + slot * cell.size + cell.pointer_offsets[i],
                sizeof target);
    if (target != nullptr) visit(target);
  }
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

CellReader::CellReader(const MapInspector& map, MapKind kind)
    : key_size_(map.type().key_size),
      value_size_(map.type().value_size),
      read_key_(adapter_kind_of(kind).read_key),
      read_value_(adapter_kind_of(kind).read_value) {}

// A word where cells are words, else one bit: addresses must not come into digests.
uint64_t CellReader::residue(const void* cells, size_t size, AdapterKind::ReadCell read_cell, size_t slot) {
  if (read_cell == nullptr) return read(cells, size, nullptr, slot);
  const char* const cell = static_cast<const char*>(cells) + slot * size;
  return std::any_of(cell, cell + size, [](char byte) { return byte != 0; }) ? 1 : 0;
}

void for_each_live_entry(const MapInspector& map, MapKind kind,
                         const std::function<void(Word key, Word value)>& visit) {
  const CellReader cells(map, kind);
  for_each_bucket(map, [&](uint64_t, bool, bool evacuated, const BucketView& bucket) {
    for (size_t i = 0; i < kSlots && !evacuated; ++i) {
      if (bucket.tophash[i] >= kLive) visit(cells.key(bucket, i), cells.value(bucket, i));
    }
  });
}

void for_each_object_of_entries(const MapInspector& map, MapKind kind,
                                const std::function<void(const void* object, bool box)>& visit) {
  const bool in_keys = !has_node_keys(kind) || map.type().key_box != nullptr;
  const bool in_values =
      (!has_node_values(kind) && !has_map_values(kind)) || map.type().value_box != nullptr;
  const auto of_key = [&](const void* object) { visit(object, map.type().key_box != nullptr); };
  const auto of_value = [&](const void* object) { visit(object, map.type().value_box != nullptr); };
  for_each_bucket(map, [&](uint64_t, bool, bool evacuated, const BucketView& bucket) {
    for (size_t i = 0; i < kSlots && !evacuated; ++i) {
      if (bucket.tophash[i] < kLive) continue;
      if (in_keys) visit_targets(map.type().key, bucket.keys, i, of_key);
      if (in_values) visit_targets(map.type().value, bucket.values, i, of_value);
    }
  });
}

uint64_t memory_digest(const MapInspector& map) {
  Digest digest;
  digest.add_bytes(map.header_bytes().data(), map.header_bytes().size());
  for_each_bucket(map, [&](uint64_t, bool, bool, const BucketView& bucket) {
    digest.add(reinterpret_cast<uintptr_t>(bucket.keys));
    digest.add_bytes(bucket.tophash.data(), bucket.tophash.size());
    digest.add_bytes(bucket.keys, kSlots * map.type().key_size);
    digest.add_bytes(bucket.values, kSlots * map.type().value_size);
  });
  return digest.value();
}

uint64_t structure_digest(const MapInspector& map, MapKind kind, bool flags) {
  const CellReader cells(map, kind);
  Digest digest;
  add_state(digest, map.state(), flags);
  for_each_bucket(map, [&](uint64_t chain, bool head, bool evacuated, const BucketView& bucket) {
    if (evacuated && !head) return;
    digest.add(chain);
    digest.add_bytes(bucket.tophash.data(), bucket.tophash.size());
    for (size_t i = 0; i < kSlots && !evacuated; ++i) {
      const bool live = bucket.tophash[i] >= kLive;
      digest.add(live ? number_of_key(kind, cells.key(bucket, i)) : cells.key_residue(bucket, i));
      digest.add(live ? number_of_value(kind, cells.value(bucket, i)) : cells.value_residue(bucket, i));
    }
  });
  return digest.value();
}

}  // namespace gcmap::harness
