// What one map's structure must do from operation to operation: the invariants a single look cannot show.
//
//   M10  a growth begins exactly when the sizes call for it, and never on an overwrite
//   M13  the flags agree with running iterators; the writing flag is down
//   M14  a read changes nothing
//   M15  a growth ends within as many writes as the old array has buckets: each moves at least the next one
#pragma once

#include <cstdint>

#include "harness/subject.h"
#include "map/inspector.h"

namespace gcmap::harness {

class MapOracle {
 public:
  // Around every insert, overwrite and erase. `inserts`: the key is absent and will be inserted.
  // `works`: the write owes growth work (everything but an erase on an empty map).
  // Throw Failure.
  void before_write(const MapInspector& map);
  void after_write(const MapInspector& map, bool inserts, bool works);

  // After a write that an allocation failure ended. Growth it began may stay.
  void after_failed_write(const MapInspector& map);

  // Around every look-up.
  void before_read(const MapInspector& map, bool every_byte);
  void after_read(const MapInspector& map, bool every_byte) const;

  // After make: the size is the smallest that takes `hint` entries without growing.
  static void check_made(const MapInspector& map, uint64_t hint);

  // After clear or make: nothing carries over.
  void reset() { writes_in_growth_ = 0; }

  // For a running iterator of this map.
  static void check_iterator(const MapInspector& map, const SubjectIterator& iterator);

 private:
  void check_growth_decision(const MapState& after, bool inserts) const;

  MapState before_;
  uint64_t digest_ = 0;
  uint64_t writes_in_growth_ = 0;
};

}  // namespace gcmap::harness
