#include "gcmap/internal/map/resize.h"

#include <algorithm>

#include "gcmap/internal/map/grow.h"
#include "gcmap/internal/map/writing.h"
#include "map/sizing.h"

namespace gcmap {

void reserve_map(MapHeader& map, const MapType& type, uint64_t entries) {
  const WritingGuard guard(map, type);
  const uint8_t b = b_for_request(entries, type.bucket_size);
  const bool without_array = map.buckets == nullptr;
  if (without_array && b == 0) {
    map.b = 0;  // the next insert makes it
  } else if (without_array || (map.count == 0 && b > map.b)) {
    make_array(map, type, b);
  } else if (b > map.b) {
    finish_growth(map, type);
    while (b > map.b) {
      begin_doubling(map, type);
      finish_growth(map, type);
    }
  }
  map.least_b = b;
}

void shrink_map_to_fit(MapHeader& map, const MapType& type) {
  const WritingGuard guard(map, type);
  if (map.count == 0) {
    map.least_b = 0;
    drop_arrays(map);
    return;
  }
  finish_growth(map, type);
  const uint8_t b = b_for(map.count);
  if (b == map.b && map.noverflow != 0) {
    begin_same_size(map, type);
    finish_growth(map, type);
  }
  while (b < map.b) {
    begin_halving(map, type);
    map.least_b = std::min(map.least_b, map.b);
    finish_growth(map, type);
  }
  map.least_b = 0;
}

}  // namespace gcmap
