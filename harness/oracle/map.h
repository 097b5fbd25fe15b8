// What one map's structure must do from operation to operation: the invariants a single look cannot show.
//
//   M10  a growth, or a shrinking, begins exactly when the sizes call for it, and never on an overwrite
//   M13  the flags agree with running iterators; the writing flag is down
//   M14  a read changes nothing
//   M15  a growth ends within as many writes as the old array has buckets: each moves at least the next one
#pragma once

#include <cstdint>

#include "gcmap/internal/map/inspector.h"
#include "harness/subject/subject.h"

namespace gcmap::harness {

class MapOracle {
 public:
  // Around every insert, overwrite and erase. `inserts`: the key is absent and will be inserted.
  // `works`: the write owes growth work (everything but an erase on an empty map).
  // Throw Failure.
  void before_write(const MapInspector& map);
  // `erases`: the key is present and will be erased.
  void after_write(const MapInspector& map, bool inserts, bool works, bool erases = false);

  // Around what resizes on demand, and after what writes many times.
  void after_reserve(const MapInspector& map, uint64_t entries);
  void after_fit(const MapInspector& map);
  void after_many_writes(const MapInspector& map);

  // May the map shrink?
  void set_shrinking(bool on) { shrinks_ = on; }

  // After a write that an allocation failure ended. Growth it began may stay.
  void after_failed_write(const MapInspector& map);

  // Around every look-up.
  void before_read(const MapInspector& map, bool every_byte);
  void after_read(const MapInspector& map, bool every_byte) const;

  // After make: the size is the smallest that takes `hint` entries without growing. So it is after a clone,
  // which may shrink if its source may.
  void after_make(const MapInspector& map, uint64_t hint);
  void after_clone(const MapInspector& map, const MapOracle& source);

  // After clear or make: nothing carries over.
  void reset() { writes_in_growth_ = 0; }

  // For a running iterator of this map.
  static void check_iterator(const MapInspector& map, const SubjectIterator& iterator);

 private:
  struct Size {
    uint8_t b;
    uint8_t growth;
  };

  void check_growth_decision(const MapState& after, bool inserts, bool erases) const;
  Size size_after_erasing() const;

  MapState before_;
  uint8_t least_b_ = 0;  // what is reserved
  bool shrinks_ = false;
  uint64_t digest_ = 0;
  uint64_t writes_in_growth_ = 0;
};

}  // namespace gcmap::harness
