// Maps of objects and of maps, hashes that are set, and callbacks that do what they must not.
#include <string>

#include "gcmap/misuse_error.h"
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
  if (!objects_.is_node(op.source)) return false;
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

// Returns false, and does nothing, while a map holds the key or an iterator runs. Once there are weak
// references, a map that nothing leads to may come back.
bool Maps::set_hash(uint64_t key, uint64_t hash) {
  const uint64_t id = identity_of(environment_.kind(), key_named(environment_.kind(), key));
  environment_.walk();
  bool held = false;
  table_.for_each([&](ObjectId object_id, const MapRecord& record) {
    const bool may_be_used = environment_.graph().reached(object_id) || lifetimes_.model().used();
    held |= may_be_used && record.model->find(id) != nullptr;
  });
  if (held || iterators_.any_running()) return false;
  environment_.hasher().fix(id, hash);
  return true;
}

void Maps::misuse(ObjectId map, CallbackAction action) {
  const MapSlot slot = table_.open_unnamed(map);
  if (slot.adapter->size() == 0) return;
  if (action == CallbackAction::kClear) {
    slot.adapter->clear();
  } else {
    slot.adapter->erase_as(key_count(slot.record->kind));
  }
  throw Failure{"M16", "a callback wrote to the map that called it"};
}

}  // namespace gcmap::harness
