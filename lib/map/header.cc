#include "gcmap/internal/map/header.h"

#include "gcmap/handles.h"
#include "gcmap/internal/map/grow.h"
#include "map/sizing.h"

namespace gcmap {

const Type& map_header_type() {
  static const Type type{.name = "map header",
                         .size = sizeof(MapHeader),
                         .pointer_offsets = kMapHeaderPointers,
                         .pointer_count = std::size(kMapHeaderPointers)};
  return type;
}

MapHeader* make_map(Heap& heap, const MapType& type, uint64_t hint, uint64_t seed, const void* hasher,
                    size_t hasher_bytes) {
  GCMAP_CHECK(hasher_bytes <= kHasherBytes, "a hash function object of %zu bytes; a header has room for %zu",
              hasher_bytes, kHasherBytes);
  const uint8_t b = b_for_request(hint, type.bucket_size);
  const Local<MapHeader> map(heap, static_cast<MapHeader*>(heap.allocate(map_header_type())));
  map->seed = seed;
  std::memcpy(map->hasher, hasher, hasher_bytes);
  if (b > 0) make_array(*map, type, b);
  map->least_b = b;
  return map.get();
}

}  // namespace gcmap
