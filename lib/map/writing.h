// The writing flag: up while a map is being written to, so that a second write in the middle of it - from
// another thread, or from the map's own hash or equality - is a readable end instead of a broken structure.
#pragma once

#include "base/check.h"
#include "map/layout.h"

namespace gcmap {

// Raises the writing flag for one write; down again on every way out, exceptions included (M13).
class WritingGuard {
 public:
  explicit WritingGuard(MapHeader& map) : map_(map) {
    GCMAP_CHECK((map.flags & kFlagWriting) == 0,
                "concurrent map writes: this map is being written to already");
    map.flags |= kFlagWriting;
  }
  ~WritingGuard() { map_.flags &= static_cast<uint8_t>(~kFlagWriting); }
  WritingGuard(const WritingGuard&) = delete;
  WritingGuard& operator=(const WritingGuard&) = delete;

 private:
  MapHeader& map_;
};

}  // namespace gcmap
