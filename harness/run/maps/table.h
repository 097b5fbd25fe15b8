// The maps of a run: those that programs name, by their four names, and every one that the graph has.
#pragma once

#include <array>
#include <map>
#include <memory>

#include "harness/model/reference.h"
#include "harness/oracle/map.h"
#include "harness/run/environment.h"

namespace gcmap::harness {

inline constexpr size_t kMaps = 4;

// A map of the graph: whatever its names, it is judged as one.
struct MapRecord {
  MapKind kind;
  std::shared_ptr<ReferenceMap> reference;
  mutable MapOracle oracle;  // judges, and is not judged
};

// A name for a map. Several may name the same one.
struct MapSlot {
  std::unique_ptr<Subject> subject;  // null: the name stands for nothing
  Ref ref = kNoRef;
  MapRecord* record = nullptr;
};

class MapTable final : public NameOwner {
 public:
  explicit MapTable(Environment& environment) : environment_(environment) { environment.add(*this); }

  const MapSlot& slot(MapName name) const { return slots_[name.index]; }
  MapSlot& slot(MapName name) { return slots_[name.index]; }
  const std::array<MapSlot, kMaps>& slots() const { return slots_; }
  MapRecord& record(Ref map) { return records_.at(map); }
  const MapRecord& record(Ref map) const { return records_.at(map); }

  // A new map under the name, or under none. Errors: std::bad_alloc; the graph then has one that nothing
  // leads to.
  void make(MapName name, uint64_t hint);
  std::unique_ptr<Subject> make_unnamed(MapKind kind, uint64_t hint, Ref& ref);
  // The name's map; a new one if it stands for nothing.
  MapSlot& ensure(MapName name);
  void drop(MapName name);
  // The name becomes a further handle on a map that is reachable.
  void open(MapName name, MapHeader* header, Ref ref);
  // A slot outside the table, for a map that may have no name.
  MapSlot open_unnamed(Ref map);
  // The name becomes the clone of a map. Requires: the source stands for one.
  void clone(MapName source, MapName target);
  // Handles of one kind are exchanged by the library, others by their names.
  void swap(MapName first, MapName second);

  const MapHeader* header(Ref map) const {
    return static_cast<const MapHeader*>(environment_.graph().address(map));
  }
  MapInspector inspect(Ref map) const { return inspect_map(record(map).kind, header(map)); }

  // visit(Ref, const MapRecord&) for every map.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (const auto& [ref, record] : records_) visit(ref, record);
  }
  // For those that can be reached. Requires: a walk.
  template <typename Visit>
  void for_each_live(Visit&& visit) const {
    for (const auto& [ref, record] : records_) {
      if (environment_.graph().reached(ref)) visit(ref, record);
    }
  }

  void reach(const ReferenceGraph& graph) const override;

 private:
  void name(MapSlot& slot, Ref ref);

  Environment& environment_;
  std::map<Ref, MapRecord> records_;
  std::array<MapSlot, kMaps> slots_;
};

}  // namespace gcmap::harness
