// Maps of objects and of maps.
#include "harness/run/maps/maps.h"

namespace gcmap::harness {

bool Maps::store(const StoreOperands& op, Step& step) {
  if (!objects_.is_heap_node(op.source)) return false;
  MapSlot& slot = table_.ensure(op.map);
  if (!has_node_values(slot.record->kind)) return false;
  WrittenWords words{.key = key_named(slot.record->kind, op.key)};
  entries_.make_key(slot.record->kind, words);
  const RootSlot& source = objects_.root(op.source);
  words.value = reinterpret_cast<Word>(source.node());
  words.value_object_id = source.object_id;
  words.number = environment_.graph().number(words.value_object_id);
  entries_.assign(slot, words, step);
  return true;
}

bool Maps::fetch(const FetchOperands& op) {
  const MapSlot& slot = table_.slot(op.map);
  if (slot.adapter == nullptr || !has_node_values(slot.record->kind)) return false;
  const std::optional<Word> found = slot.adapter->find(entries_.key_to_find(slot.record->kind, op.key));
  judge_.expect_stored("look-up", *slot.record, op.key, found);
  if (!found) return false;
  const ObjectId object_id = slot.record->model->find(op.key)->value_object_id;
  objects_.set_root(op.root, reinterpret_cast<void*>(*found), object_id);
  return true;
}

bool Maps::open(const OpenOperands& op) {
  if (!objects_.has_links(op.source)) return false;
  ObjectId object_id = kNoObject;
  void* const target = objects_.link_target(op.source, op.link, object_id);
  if (object_id == kNoObject || !environment_.graph().is_map(object_id)) return false;
  table_.open(op.map, static_cast<MapHeader*>(target), object_id);
  return true;
}

bool Maps::store_map(const StoreMapOperands& op, Step& step) {
  const MapSlot& stored = table_.slot(op.target);
  if (stored.adapter == nullptr || stored.record->kind != kInnerKind) return false;
  MapSlot& slot = table_.ensure(op.map);
  if (!has_map_values(slot.record->kind)) return false;
  WrittenWords words{.id = op.key, .key = op.key, .value = reinterpret_cast<Word>(stored.adapter->header())};
  words.number = words.value_object_id = stored.object_id;
  entries_.assign(slot, words, step);
  return true;
}

bool Maps::fetch_map(const FetchMapOperands& op) {
  const MapSlot& slot = table_.slot(op.map);
  if (slot.adapter == nullptr || !has_map_values(slot.record->kind)) return false;
  const std::optional<Word> found = slot.adapter->find(op.key);
  judge_.expect_stored("look-up", *slot.record, op.key, found);
  if (!found) return false;
  const ObjectId object_id = slot.record->model->find(op.key)->value_object_id;
  table_.open(op.target, reinterpret_cast<MapHeader*>(*found), object_id);
  return true;
}

}  // namespace gcmap::harness
