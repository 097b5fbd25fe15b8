// Objects and roots: every operation on both sides.
#include <string>

#include "harness/run/world.h"
#include "harness/subject/structure.h"

namespace gcmap::harness {
namespace {

Node* node_of(const RootSlot& root) {
  return static_cast<Node*>(root.handle->get());
}

}  // namespace

bool World::is_node(size_t root) const {
  return roots_[root].ref != kNoRef && !graph_.is_map(roots_[root].ref);
}

// G9 for handles: what one takes while marking is shaded.
void World::expect_shaded(bool was_marking, const void* value) {
  if (!oracles_ || !was_marking || value == nullptr || witness_.barriers().was_shaded(value)) return;
  throw Failure{"G9", "while marking, a root took the object at heap offset " +
                          std::to_string(heap_.offset_of(value)) + ", which was not shaded"};
}

// A root that holds nothing is in no frame; the value it takes first puts it into the current mutator's.
void World::set_root(size_t root, void* value, Ref ref) {
  RootSlot& name = roots_[root];
  const bool marking = heap_.marking();
  if (value == nullptr) {
    name.handle.reset();
  } else if (name.handle) {
    name.handle->set(value);
  } else {
    name.handle.emplace(heap_, value);
  }
  name.ref = ref;
  expect_shaded(marking, value);
}

void World::make_object(size_t root, uint32_t cells) {
  Ref ref = kNoRef;
  const Word node = new_node(0, cells, ref);
  set_root(root, reinterpret_cast<void*>(node), ref);
}

bool World::link(size_t root, uint32_t link, size_t source) {
  if (!is_node(root)) return false;
  const RootSlot& from = roots_[source];
  set_link(root, link, from.handle ? from.handle->get() : nullptr, from.ref);
  return true;
}

void World::set_link(size_t root, uint32_t link, void* target, Ref ref) {
  const Ref node = roots_[root].ref;
  link %= graph_.links(node);
  node_of(roots_[root])->set_link(link, target);
  graph_.set_link(node, link, ref);
}

bool World::unlink(size_t root, uint32_t link) {
  if (!is_node(root)) return false;
  set_link(root, link, nullptr, kNoRef);
  return true;
}

// What a link of the source's node leads to, as the library has it. Requires: is_node(source).
void* World::link_target(size_t source, uint32_t link, Ref& ref) const {
  const Ref node = roots_[source].ref;
  link %= graph_.links(node);
  ref = graph_.link(node, link);
  void* const target = node_of(roots_[source])[link].link;
  if (target != graph_.address(ref)) {
    throw Failure{"MD", "link " + std::to_string(link) + " of object " + std::to_string(node) +
                            " does not lead to thing " + std::to_string(ref)};
  }
  if (ref != kNoRef && graph_.freed(ref)) {
    throw Failure{"G3", "link " + std::to_string(link) + " of object " + std::to_string(node) +
                            " leads to an object the sweeper freed"};
  }
  return target;
}

bool World::load(size_t root, size_t source, uint32_t link) {
  if (!is_node(source)) return false;
  Ref ref = kNoRef;
  void* const target = link_target(source, link, ref);
  if (arena_nodes_.is_dead(ref)) return false;
  set_root(root, target, ref);
  return true;
}

bool World::copy(size_t root, size_t source) {
  if (root == source || roots_[source].ref == kNoRef) return false;
  set_root(root, roots_[source].handle->get(), roots_[source].ref);
  return true;
}

bool World::move(size_t root, size_t source) {
  if (!copy(root, source)) return false;
  release(source);
  return true;
}

void World::release(size_t root) {
  set_root(root, nullptr, kNoRef);
}

bool World::store(size_t map, uint64_t key, size_t source) {
  if (!is_heap_node(source)) return false;
  MapSlot& slot = ensure(map);
  if (!has_node_values(slot.record->kind)) return false;
  Operands words{.key = key_named(slot.record->kind, key)};
  make_key(slot.record->kind, words);
  words.value = reinterpret_cast<Word>(node_of(roots_[source]));
  words.value_ref = roots_[source].ref;
  words.number = graph_.number(words.value_ref);
  assign(slot, words);
  return true;
}

bool World::fetch(size_t root, size_t map, uint64_t key) {
  MapSlot& slot = maps_[map];
  if (slot.subject == nullptr || !has_node_values(slot.record->kind)) return false;
  const std::optional<Word> found = slot.subject->find(key_to_find(slot.record->kind, key));
  expect_stored("look-up", *slot.record, key, found);
  if (!found) return false;
  set_root(root, reinterpret_cast<void*>(*found), slot.record->reference->find(key)->value_ref);
  return true;
}

bool World::link_map(size_t root, uint32_t link, size_t map) {
  if (!is_node(root) || maps_[map].subject == nullptr) return false;
  set_link(root, link, maps_[map].subject->header(), maps_[map].ref);
  return true;
}

// One more handle on a map that is reachable, under a name that may stand for another so far.
void World::open_map(size_t map, MapHeader* header, Ref ref) {
  const bool marking = heap_.marking();
  maps_[map].subject = open_subject(records_.at(ref).kind, header);
  name_map(maps_[map], ref);
  expect_shaded(marking, header);
}

bool World::open(size_t map, size_t source, uint32_t link) {
  if (!is_node(source)) return false;
  Ref ref = kNoRef;
  void* const target = link_target(source, link, ref);
  if (ref == kNoRef || !graph_.is_map(ref)) return false;
  open_map(map, static_cast<MapHeader*>(target), ref);
  return true;
}

bool World::store_map(size_t map, uint64_t key, size_t target) {
  const MapSlot& stored = maps_[target];
  if (stored.subject == nullptr || stored.record->kind != kInnerKind) return false;
  MapSlot& slot = ensure(map);
  if (!has_map_values(slot.record->kind)) return false;
  Operands words{.id = key, .key = key, .value = reinterpret_cast<Word>(stored.subject->header())};
  words.number = words.value_ref = stored.ref;
  assign(slot, words);
  return true;
}

bool World::fetch_map(size_t target, size_t map, uint64_t key) {
  const MapSlot& slot = maps_[map];
  if (slot.subject == nullptr || !has_map_values(slot.record->kind)) return false;
  const std::optional<Word> found = slot.subject->find(key);
  expect_stored("look-up", *slot.record, key, found);
  if (!found) return false;
  open_map(target, reinterpret_cast<MapHeader*>(*found), slot.record->reference->find(key)->value_ref);
  return true;
}

bool World::enter(size_t mutator) {
  if (mutator >= mutators_.size()) return false;
  heap_.enter(*mutators_[mutator]);
  return true;
}

}  // namespace gcmap::harness
