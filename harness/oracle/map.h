// What one map's structure must do from operation to operation: the invariants a single look cannot show.
//
//   M10  a growth, or a shrinking, begins exactly when the sizes call for it, and never on an overwrite
//   M13  the flags agree with running iterators; the writing flag is down
//   M14  a read changes nothing
//   M15  a growth ends within as many writes as the old array has buckets: each moves at least the next one
//   M19  a write moves at most two chains of each growth it works at
#pragma once

#include <cstdint>
#include <string>

#include "gcmap/internal/map/inspector.h"
#include "harness/subject/map_adapter.h"

namespace gcmap::harness {

// What a heap told of the growths of its maps so far, or during a write.
struct GrowthSteps {
  uint64_t begun = 0;
  uint64_t chains_moved = 0;
};

class MapOracle {
 public:
  // Each throws Failure if it is not so.
  // After every insert, overwrite and erase. `before`: the state the write found. `inserts`: the key was
  // absent and is inserted. `works`: the write owes growth work (everything but an erase on an empty map).
  // `erases`: the key was present and is erased.
  void after_write(const MapState& before, const MapInspector& map, bool inserts, bool works,
                   bool erases = false);

  // After the same, of a map that was growing (M10) and of any (M19), by what the heap told meanwhile.
  void after_growth_steps(const MapState& before, const MapInspector& map, const GrowthSteps& steps,
                          bool inserts, bool erases) const;
  // After clear: the array stays, unless the map may shrink.
  void after_clear(const MapState& before, const MapInspector& map) const;

  // After what resizes on demand, and after what writes many times.
  void after_reserve(const MapState& before, const MapInspector& map, uint64_t entries);
  void after_fit(const MapState& before, const MapInspector& map);
  void after_many_writes(const MapInspector& map);

  // May the map shrink?
  void set_shrinking(bool on) { shrinks_ = on; }

  // After a write that an allocation failure ended: growth it began may stay, and is judged from here on.
  // That no flag is up is for check_failed_write to say.
  void after_failed_write(const MapInspector& map);
  static void check_failed_write(const MapInspector& map);

  // Around every look-up: what before_read returns is compared afterwards.
  static uint64_t before_read(const MapInspector& map, bool every_byte);
  static void after_read(uint64_t before, const MapInspector& map, bool every_byte);

  // After make: the size is the smallest that takes `hint` entries without growing. So it is after a clone,
  // which may shrink if its source may.
  void after_make(const MapInspector& map, uint64_t hint);
  void after_clone(const MapInspector& map, const MapOracle& source);

  // After clear or make: nothing carries over.
  void reset() { writes_in_growth_ = 0; }

  // Does the next new key let a map in that state, which is not growing, grow?
  static bool calls_for_growth(const MapState& state);

  // For a running iterator of this map.
  static void check_iterator(const MapInspector& map, const AdapterIterator& iterator);

 private:
  struct Size {
    uint8_t b;
    uint8_t growth;
  };

  void check_growth_decision(const MapState& before, const MapState& after, bool inserts, bool erases) const;
  Size size_after_erasing(const MapState& before) const;
  void check_decision_while_growing(const MapState& before, const MapState& after, uint64_t begun,
                                    bool inserts, bool erases) const;
  static std::string in_words(const MapState& state);

  uint8_t least_b_ = 0;  // what is reserved
  bool shrinks_ = false;
  uint64_t writes_in_growth_ = 0;
};

}  // namespace gcmap::harness
