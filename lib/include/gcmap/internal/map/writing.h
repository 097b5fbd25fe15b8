// The writing flag: up while a map is being written to, so that whoever meets it knows of two operations at
// once. From a callback of the same map that is an exception, from another thread the readable end of the
// process: best effort, as in Go, since the flag is no lock.
#pragma once

#include "gcmap/internal/base/check.h"
#include "gcmap/internal/map/callback.h"
#include "gcmap/internal/map/layout.h"

namespace gcmap {

// Raises the writing flag for one write; down again on every way out, exceptions included (M13).
// Errors: MisuseError from inside a callback of the map, nothing changed.
class WritingGuard {
 public:
  WritingGuard(MapHeader& map, const MapType& type) : map_(check_writable(map, type)) {
    map.flags |= kFlagWriting;
    ++map.writes;
  }
  ~WritingGuard() {
    GCMAP_DCHECK((map_.flags & kFlagWriting) != 0, "the writing flag went down while a write was under way");
    map_.flags &= static_cast<uint8_t>(~kFlagWriting);
  }
  WritingGuard(const WritingGuard&) = delete;
  WritingGuard& operator=(const WritingGuard&) = delete;

 private:
  static MapHeader& check_writable(MapHeader& map, const MapType& type) {
    if (type.calls_back && CallbackScope::running(map)) [[unlikely]]
      throw MisuseError("gcmap::Map: a hash or == called by an operation of this map writes to it");
    GCMAP_CHECK((map.flags & kFlagWriting) == 0,
                "concurrent map writes: this map is being written to already");
    return map;
  }

  MapHeader& map_;
  [[no_unique_address]] ThreadUse::Scope use_{HeapRangeHeader::of(&map_)->use};
};

// Ends the process if another thread is writing to the map. Its own callbacks may read it meanwhile.
inline void check_readable(const MapHeader& map) {
  GCMAP_CHECK((map.flags & kFlagWriting) == 0 || CallbackScope::running(map),
              "concurrent map read and map write: this map is being written to");
}

// The same for loops, which leave traces in the map.
// Errors: MisuseError from inside a callback of a write.
inline void check_iterable(const MapHeader& map) {
  if ((map.flags & kFlagWriting) == 0) [[likely]]
    return;
  if (CallbackScope::running(map))
    throw MisuseError("gcmap::Map: a hash or == called by a write of this map loops over it");
  GCMAP_CHECK(false, "concurrent map iteration and map write: this map is being written to");
}

}  // namespace gcmap
