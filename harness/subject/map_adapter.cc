// From a kind to its instantiation.
#include "harness/subject/map_adapter.h"

#include <cstring>

#include "gcmap/internal/map/layout.h"
#include "harness/subject/map_adapter_of.h"

namespace gcmap::harness {

const AdapterKind& adapter_kind_of(MapKind kind) {
  static constexpr const AdapterKind* kKinds[] = {
#define KIND(constant, text, doc) &k##constant##Adapter,
#include "harness/program/map_kind.def"
#undef KIND
  };
  return *kKinds[static_cast<size_t>(kind)];
}

std::unique_ptr<MapAdapter> make_adapter(MapKind kind, Heap& heap, const KeyHasher& hasher, uint64_t id,
                                         uint64_t hint) {
  return adapter_kind_of(kind).make(heap, hasher, id, hint);
}

std::unique_ptr<MapAdapter> open_adapter(MapKind kind, MapHeader* map) {
  return adapter_kind_of(kind).open(map);
}

MapInspector inspect_map(MapKind kind, const MapHeader* map) {
  return adapter_kind_of(kind).inspect(map);
}

uint64_t id_of_map(const MapHeader* map) {
  ForwardHash hash{};
  std::memcpy(static_cast<void*>(&hash), map->hasher, sizeof hash);
  return hash.id;
}

}  // namespace gcmap::harness
