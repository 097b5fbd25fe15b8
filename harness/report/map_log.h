// The maps of a run and their buckets, told step by step.
//
// Not here: who has names (name_log.h). Chains are not told: a chain is a bucket of the array and what its
// links lead to.
#pragma once

#include <cstdint>
#include <unordered_set>

#include "gcmap/internal/map/iterate.h"
#include "gcmap/internal/map/layout.h"
#include "harness/report/bucket_log.h"
#include "harness/report/told.h"
#include "harness/run/families.h"

namespace gcmap::harness {

class MapLog {
 public:
  explicit MapLog(const Families& families) : families_(families) {}

  // Writes "maps", "maps_gone" and "buckets", where there is something new, as members of the open object.
  void tell(const SoundMemory& memory, const ObjectAddresses& addresses, JsonText& json);

 private:
  struct Reading;

  void tell_map(ObjectId id, const MapHeader& header, const MapInspector& map, const SoundMemory& memory);
  void tell_array(const void* base, uint8_t b, Reading& reading);
  void tell_chain(Bucket head, Reading& reading);
  void tell_held_arrays(ObjectId id, Reading& reading);

  const Families& families_;
  Told maps_{"maps", "maps_gone"};
  BucketLog buckets_;
};

}  // namespace gcmap::harness
