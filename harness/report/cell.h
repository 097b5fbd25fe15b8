// A key or value as it lies in a slot of a bucket, in a program's terms: the number that names it, or the
// object it leads to.
#pragma once

#include <cstdint>

#include "harness/report/json_text.h"
#include "harness/report/object_addresses.h"
#include "harness/report/sound_memory.h"
#include "harness/subject/structure.h"

namespace gcmap::harness {

struct Cell {
  enum class What : uint8_t {
    kNothing,  // zeroes where nothing lives
    kNumber,
    kNull,      // a reference that leads nowhere
    kObject,    // a node or map of the graph
    kNumbered,  // a key that is a node, with the number it counts as
    kLost,      // it leads to no live object
    kLeft,      // bytes that a dead slot should not have
  };
  What what = What::kNothing;
  ObjectId object_id = kNoObject;
  uint64_t number = 0;

  bool operator==(const Cell&) const = default;

  // 17, "#5", "17#5", "null", "lost", "left", null.
  void write(JsonText& json) const;
};

// Reads the cells of one map.
class CellView {
 public:
  CellView(const MapInspector& map, MapKind kind, const SoundMemory& memory, const ObjectAddresses& addresses,
           const ModelGraph& graph)
      : type_(map.type()),
        kind_(kind),
        reader_(map, kind),
        memory_(memory),
        addresses_(addresses),
        graph_(graph) {}

  // Of any slot, by its mark.
  // Requires: the bucket may be read.
  Cell key(const BucketView& bucket, uint32_t slot) const;
  Cell value(const BucketView& bucket, uint32_t slot) const;

 private:
  bool leads_to_objects(const Type& cell_type, const void* cell, bool boxed, bool reference) const;
  Cell object_at(Word word) const;

  const MapType& type_;
  const MapKind kind_;
  const CellReader reader_;
  const SoundMemory& memory_;
  const ObjectAddresses& addresses_;
  const ModelGraph& graph_;
};

}  // namespace gcmap::harness
