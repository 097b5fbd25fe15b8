// The maps of a run: those that programs name, by their four names, and every one that the graph has.
#pragma once

#include <array>
#include <map>
#include <memory>

#include "harness/model/map.h"
#include "harness/oracle/map.h"
#include "harness/run/environment.h"

namespace gcmap::harness {

inline constexpr size_t kMaps = count_of(OperandKind::kMap);

// A map of the graph: whatever its names, it is judged as one.
struct MapRecord {
  MapKind kind;
  std::shared_ptr<ModelMap> model;
  MapOracle oracle;
};

// A name for a map. Several may name the same one.
struct MapSlot {
  std::unique_ptr<MapAdapter> adapter;  // null: the name stands for nothing
  ObjectId object_id = kNoObject;
  MapRecord* record = nullptr;
};

class MapTable final : public NameOwner {
 public:
  explicit MapTable(Environment& environment) : environment_(environment) { environment.add(*this); }

  const MapSlot& slot(MapName name) const { return slots_[name.index]; }
  MapSlot& slot(MapName name) { return slots_[name.index]; }
  const std::array<MapSlot, kMaps>& slots() const { return slots_; }
  MapRecord& record(ObjectId map) { return records_.at(map); }
  const MapRecord& record(ObjectId map) const { return records_.at(map); }

  // A new map under the name, or under none.
  // Errors: std::bad_alloc; the graph then has one that nothing leads to.
  void make(MapName name, uint64_t hint);
  std::unique_ptr<MapAdapter> make_unnamed(MapKind kind, uint64_t hint, ObjectId& object_id);
  // The name's map; a new one if it stands for nothing.
  MapSlot& ensure(MapName name);
  void drop(MapName name);
  // The name becomes a further handle on a map that is reachable.
  void open(MapName name, MapHeader* header, ObjectId object_id);
  // A write to the map was ended by what was injected. What of it may stay is judged no more.
  void note_failed_write(ObjectId map);
  // A slot outside the table, for a map that may have no name.
  MapSlot open_unnamed(ObjectId map);
  // The name becomes the clone of a map.
  // Requires: the source stands for one.
  void clone(MapName source, MapName target);
  // MD: do both hold the same entries?
  // Requires: both stand for maps, of one kind.
  // Returns what the first answered; the other way round it is the same.
  bool compare(MapName first, MapName second, bool every_byte) const;
  // Handles of one kind are exchanged by the library, others by their names.
  void swap(MapName first, MapName second);

  const MapHeader* header(ObjectId map) const {
    return static_cast<const MapHeader*>(environment_.graph().address(map));
  }
  MapInspector inspect(ObjectId map) const { return inspect_map(record(map).kind, header(map)); }

  // visit(ObjectId, const MapRecord&) for every map.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (const auto& [object_id, record] : records_) visit(object_id, record);
  }
  // For those that the walk has reached.
  template <typename Visit>
  void for_each_live(const ModelWalk& walk, Visit&& visit) const {
    for (const auto& [object_id, record] : records_) {
      if (walk.reached(object_id)) visit(object_id, record);
    }
  }

  void reach(ModelWalk& walk) const override;

 private:
  void name(MapSlot& slot, ObjectId object_id);

  Environment& environment_;
  std::map<ObjectId, MapRecord> records_;
  std::array<MapSlot, kMaps> slots_;
};

}  // namespace gcmap::harness
