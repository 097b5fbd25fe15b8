#include "harness/run/maps/table.h"

#include <string>
#include <utility>

#include "gcmap/internal/gc/heap_door.h"
#include "harness/run/maps/judge.h"

namespace gcmap::harness {

std::unique_ptr<MapAdapter> MapTable::make_unnamed(MapKind kind, uint64_t hint, ObjectId& object_id) {
  auto model = std::make_shared<ModelMap>();
  object_id = environment_.graph().add_map(model);
  std::unique_ptr<MapAdapter> adapter =
      make_adapter(kind, environment_.heap(), environment_.hasher(), object_id, hint);
  environment_.graph().set_address(object_id, adapter->header());
  MapRecord& made = records_.emplace(object_id, MapRecord{kind, std::move(model), {}}).first->second;
  if (environment_.oracles()) made.oracle.after_make(adapter->inspect(), hint);
  return adapter;
}

void MapTable::make(MapName name, uint64_t hint) {
  ObjectId object_id = kNoObject;
  MapSlot& slot = this->slot(name);
  slot.adapter = make_unnamed(environment_.kind(), hint, object_id);
  this->name(slot, object_id);
}

MapSlot& MapTable::ensure(MapName name) {
  if (slot(name).adapter == nullptr) make(name, 0);
  return slot(name);
}

void MapTable::name(MapSlot& slot, ObjectId object_id) {
  slot.object_id = object_id;
  slot.record = object_id == kNoObject ? nullptr : &records_.at(object_id);
}

void MapTable::drop(MapName name) {
  slot(name).adapter.reset();
  this->name(slot(name), kNoObject);
}

void MapTable::open(MapName name, MapHeader* header, ObjectId object_id) {
  const bool marking = HeapDoor::marking(environment_.heap());
  slot(name).adapter = open_adapter(record(object_id).kind, header);
  this->name(slot(name), object_id);
  environment_.expect_alive(header, object_id, "G3");
  environment_.expect_shaded(marking, header);
}

void MapTable::note_failed_write(ObjectId map) {
  if (map != kNoObject && environment_.oracles()) record(map).oracle.after_failed_write(inspect(map));
}

MapSlot MapTable::open_unnamed(ObjectId map) {
  MapSlot slot;
  slot.adapter = open_adapter(record(map).kind, const_cast<MapHeader*>(header(map)));
  name(slot, map);
  return slot;
}

// M17: the clone holds what its source holds, which does not change. That they share nothing mutable shows
// later, when either is written to and both are compared, and in the end, when boxes are counted (G3).
void MapTable::clone(MapName source_name, MapName target) {
  const MapSlot& source = slot(source_name);
  const MapRecord& record = *source.record;
  const bool oracles = environment_.oracles();
  auto model = std::make_shared<ModelMap>(*record.model);
  const ObjectId object_id = environment_.graph().add_map(model);
  const uint64_t before = oracles ? MapOracle::before_read(source.adapter->inspect(), true) : 0;
  std::unique_ptr<MapAdapter> adapter = source.adapter->clone(object_id);
  environment_.hasher().disarm();
  if (oracles) MapOracle::after_read(before, source.adapter->inspect(), true);
  environment_.graph().set_address(object_id, adapter->header());
  MapRecord& copy = records_.emplace(object_id, MapRecord{record.kind, std::move(model), {}}).first->second;
  if (oracles) {
    copy.oracle.after_clone(adapter->inspect(), record.oracle);
    MapJudge(environment_).check_entries(copy, adapter->inspect());
  }
  slot(target).adapter = std::move(adapter);
  name(slot(target), object_id);
}

bool MapTable::compare(MapName first_name, MapName second_name, bool every_byte) const {
  const MapSlot& first = slot(first_name);
  const MapSlot& second = slot(second_name);
  const bool expected = MapJudge::are_equal(*first.record, *second.record);
  const auto ask = [&](const MapSlot& left, const MapSlot& right) {
    const bool oracles = environment_.oracles();
    const uint64_t before_left = oracles ? MapOracle::before_read(left.adapter->inspect(), every_byte) : 0;
    const uint64_t before_right = oracles ? MapOracle::before_read(right.adapter->inspect(), every_byte) : 0;
    const bool equal = left.adapter->equals(*right.adapter);
    if (oracles) {
      MapOracle::after_read(before_left, left.adapter->inspect(), every_byte);
      MapOracle::after_read(before_right, right.adapter->inspect(), every_byte);
    }
    if (equal != expected) {
      throw Failure{"MD", "map " + std::to_string(left.object_id) + " of " +
                              std::to_string(left.record->model->size()) + " entries should " +
                              (expected ? "" : "not ") + "equal map " + std::to_string(right.object_id)};
    }
  };
  ask(first, second);
  ask(second, first);
  return expected;
}

void MapTable::swap(MapName first_name, MapName second_name) {
  MapSlot& first = slot(first_name);
  MapSlot& second = slot(second_name);
  const bool by_handles =
      first.adapter != nullptr && second.adapter != nullptr && first.record->kind == second.record->kind;
  if (by_handles) {
    first.adapter->swap(*second.adapter);
    std::swap(first.object_id, second.object_id);
    std::swap(first.record, second.record);
  } else {
    std::swap(first, second);
  }
}

void MapTable::reach(ModelWalk& walk) const {
  for (const MapSlot& slot : slots_) walk.reach(slot.object_id);
}

}  // namespace gcmap::harness
