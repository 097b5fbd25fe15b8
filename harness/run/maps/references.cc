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
  words.value_ref = source.ref;
  words.number = environment_.graph().number(words.value_ref);
  entries_.assign(slot, words, step);
  return true;
}

bool Maps::fetch(const FetchOperands& op) {
  const MapSlot& slot = table_.slot(op.map);
  if (slot.subject == nullptr || !has_node_values(slot.record->kind)) return false;
  const std::optional<Word> found = slot.subject->find(entries_.key_to_find(slot.record->kind, op.key));
  judge_.expect_stored("look-up", *slot.record, op.key, found);
  if (!found) return false;
  const Ref ref = slot.record->reference->find(op.key)->value_ref;
  objects_.set_root(op.root, reinterpret_cast<void*>(*found), ref);
  return true;
}

bool Maps::open(const OpenOperands& op) {
  if (!objects_.is_node(op.source)) return false;
  Ref ref = kNoRef;
  void* const target = objects_.link_target(op.source, op.link, ref);
  if (ref == kNoRef || !environment_.graph().is_map(ref)) return false;
  table_.open(op.map, static_cast<MapHeader*>(target), ref);
  return true;
}

bool Maps::store_map(const StoreMapOperands& op, Step& step) {
  const MapSlot& stored = table_.slot(op.target);
  if (stored.subject == nullptr || stored.record->kind != kInnerKind) return false;
  MapSlot& slot = table_.ensure(op.map);
  if (!has_map_values(slot.record->kind)) return false;
  WrittenWords words{.id = op.key, .key = op.key, .value = reinterpret_cast<Word>(stored.subject->header())};
  words.number = words.value_ref = stored.ref;
  entries_.assign(slot, words, step);
  return true;
}

bool Maps::fetch_map(const FetchMapOperands& op) {
  const MapSlot& slot = table_.slot(op.map);
  if (slot.subject == nullptr || !has_map_values(slot.record->kind)) return false;
  const std::optional<Word> found = slot.subject->find(op.key);
  judge_.expect_stored("look-up", *slot.record, op.key, found);
  if (!found) return false;
  const Ref ref = slot.record->reference->find(op.key)->value_ref;
  table_.open(op.target, reinterpret_cast<MapHeader*>(*found), ref);
  return true;
}

// Returns false, and does nothing, while a map holds the key or an iterator runs. Once there are weak
// references, a map that nothing leads to may come back.
bool Maps::set_hash(uint64_t key, uint64_t hash) {
  const uint64_t id = identity_of(environment_.kind(), key_named(environment_.kind(), key));
  environment_.walk();
  bool held = false;
  table_.for_each([&](Ref ref, const MapRecord& record) {
    const bool may_be_used = environment_.graph().reached(ref) || lifetimes_.model().used();
    held |= may_be_used && record.reference->find(id) != nullptr;
  });
  if (held || iterators_.any_running()) return false;
  environment_.hasher().fix(id, hash);
  return true;
}

bool Maps::misuse(Ref map, CallbackDeed deed) {
  const MapSlot slot = table_.open_unnamed(map);
  if (slot.subject->size() == 0) return false;
  if (deed == CallbackDeed::kClear) {
    slot.subject->clear();
  } else {
    slot.subject->erase_as(key_count(slot.record->kind));
  }
  throw Failure{"M16", "a callback wrote to the map that called it"};
}

}  // namespace gcmap::harness
