#include "gcmap/internal/map/clear.h"

#include "gcmap/heap.h"
#include "gcmap/internal/gc/heap_door.h"
#include "gcmap/internal/map/access.h"
#include "gcmap/internal/map/overflow.h"
#include "gcmap/internal/map/writing.h"
#include "map/sizing.h"

namespace gcmap {

void clear_map(MapHeader& map, const MapType& type) {
  if (map.count == 0) return;
  const WritingGuard guard(map, type);
  map.count = 0;
  end_emptying(map);
  ++map.clear_generation;
  map.cleared_array = map.buckets;
  if (map.buckets == nullptr) return;
  const uint64_t spares = spare_buckets(map.b, type.bucket_size);
  HeapDoor::clear_range(type.bucket, map.buckets, (bucket_count(map.b) + spares) * type.bucket_size);
  Heap::store(&map.old_buckets, nullptr);
  if (map.extra.overflow != nullptr) empty_overflow_list(*static_cast<OverflowList*>(map.extra.overflow));
  Heap::store(&map.extra.old_overflow, nullptr);
  map.flags &= static_cast<uint8_t>(~(kFlagSameSizeGrow | kFlagHalving));
  map.old_borrowed = false;
  map.noverflow = 0;
  map.nevacuate = 0;
  map.spares_left = static_cast<uint32_t>(spares);
}

}  // namespace gcmap
