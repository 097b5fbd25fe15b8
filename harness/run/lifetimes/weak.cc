// Weak references, watches and weak-keyed maps: every operation on both sides.
#include <stdexcept>
#include <string>

#include "harness/run/lifetimes/lifetimes.h"

namespace gcmap::harness {

using std::to_string;

// What leads to the same object in the same life.
bool Lifetimes::leads_to(const WeakSlot& name, ObjectId object_id) const {
  return name.object_id == object_id && name.life == model_.life(object_id);
}

bool Lifetimes::make_weak(WeakName weak, RootName root) {
  weaks_[weak.index] = {};
  if (!objects_.is_node(root)) return false;
  if (objects_.refused(root, "G5", "a weak reference",
                       [&](Node* node) { Weak<Node>(environment_.heap(), node); }))
    return false;
  model_.use();
  const ObjectId object_id = id_of(root);
  WeakSlot name{Weak<Node>(environment_.heap(), node_of(root)), object_id, model_.life(object_id)};
  expect_one_cell(*name.weak, object_id);
  model_.refer_weakly(object_id);
  weaks_[weak.index] = std::move(name);
  return true;
}

void Lifetimes::expect_one_cell(const Weak<Node>& weak, ObjectId object_id) const {
  for (const WeakSlot& other : weaks_) {
    if (other.weak && leads_to(other, object_id) && !(*other.weak == weak))
      throw Failure{"G5", "two weak references to object " + to_string(object_id) + " differ"};
  }
}

bool Lifetimes::read_weak(RootName root, WeakName weak) {
  const WeakSlot& name = weaks_[weak.index];
  return name.weak && take_weak(root, name.weak->get(), name.object_id, name.life);
}

// The root takes what a weak reference gave, which was made to the object in that life of it.
bool Lifetimes::take_weak(RootName root, Node* target, ObjectId object_id, uint32_t life) {
  const bool ended = life != model_.life(object_id);
  const std::string what = "the weak reference to object " + to_string(object_id);
  if (target == nullptr) {
    if (!ended) expect_given_up(object_id, "G5", what);
  } else if (ended) {
    throw Failure{"G5", what + " leads to it again"};
  } else if (environment_.graph().freed(object_id)) {
    throw Failure{"G5", what + " leads to it after it was freed"};
  } else if (target != environment_.graph().address(object_id)) {
    throw Failure{"G5", what + " leads elsewhere"};
  }
  objects_.set_root(root, target, target != nullptr ? object_id : kNoObject);
  return target != nullptr;
}

// The library says the object is dead: nothing may lead to it. From now on it is.
void Lifetimes::expect_given_up(ObjectId object_id, const char* oracle, const std::string& what) {
  if (environment_.walk().reached(object_id))
    throw Failure{oracle, what + " was cleared, and the object can be reached"};
  model_.end_life(object_id);
}

bool Lifetimes::watch(RootName root) {
  if (!objects_.is_node(root)) return false;
  if (objects_.refused(root, "G10", "a watch", [&](Node* node) { dead_.watch(node, 0); })) return false;
  model_.use();
  dead_.watch(node_of(root), id_of(root));
  model_.watch(id_of(root));
  return true;
}

uint64_t Lifetimes::poll() {
  uint64_t told = 0;
  for (; const std::optional<uint64_t> token = dead_.poll(); ++told) {
    const auto object_id = static_cast<ObjectId>(*token);
    if (!environment_.graph().contains(object_id) || !model_.take_watch(object_id))
      throw Failure{"G10", "the queue told of object " + to_string(*token) + ", which nobody watched"};
    if (environment_.oracles() && !environment_.graph().freed(object_id))
      throw Failure{"G10", "the queue told of object " + to_string(object_id) + ", which was not freed"};
  }
  return told;
}

bool Lifetimes::annotate(TableName table, RootName root, RootName source) {
  if (!objects_.is_node(root) || !objects_.is_node(source)) return false;
  auto& map = tables_[table.index];
  if (objects_.refused(root, "G10", "a weak key",
                       [&](Node* node) { map.insert_or_assign(node, node_of(source)); }) ||
      objects_.refused(source, "G10", "a weak-keyed map",
                       [&](Node* node) { map.insert_or_assign(node_of(root), node); })) {
    return false;
  }
  model_.use();
  const ObjectId key = id_of(root);
  const bool expected = model_.value(table.index, key) == kNoObject;
  if (tables_[table.index].insert_or_assign(node_of(root), node_of(source)) != expected)
    throw Failure{"G10", "the entry of object " + to_string(key) + (expected ? " was there" : " was gone")};
  model_.set_value(table.index, key, id_of(source));
  return true;
}

void Lifetimes::annotate_new(TableName table, RootName root) {
  ObjectId key = kNoObject;
  auto* const node = reinterpret_cast<Node*>(environment_.new_node(0, 2, key));
  if (!tables_[table.index].insert_or_assign(node, node_of(root)))
    throw Failure{"G10", "the entry of object " + to_string(key) + ", which is new, was there"};
  model_.set_value(table.index, key, id_of(root));
}

bool Lifetimes::unannotate(TableName table, RootName root) {
  if (!objects_.is_heap_node(root)) return false;
  const ObjectId key = id_of(root);
  const bool expected = model_.value(table.index, key) != kNoObject;
  if (tables_[table.index].erase(node_of(root)) != expected)
    throw Failure{"G10", "the entry of object " + to_string(key) + (expected ? " was gone" : " was there")};
  model_.set_value(table.index, key, kNoObject);
  return expected;
}

bool Lifetimes::recall(RootName root, TableName table, RootName source) {
  if (!objects_.is_heap_node(source)) return false;
  const ObjectId value = model_.value(table.index, id_of(source));
  Node* const found = tables_[table.index].find(node_of(source));
  if (found != environment_.graph().address(value)) {
    throw Failure{"G10", "the entry of object " + to_string(id_of(source)) + " does not lead to " +
                             (value == kNoObject ? "nothing" : "object " + to_string(value))};
  }
  if (value != kNoObject && environment_.graph().freed(value))
    throw Failure{"G3", "an entry leads to object " + to_string(value) + ", which the sweeper freed"};
  objects_.set_root(root, found, value);
  return value != kNoObject;
}

}  // namespace gcmap::harness
