#include "harness/run/objects/objects.h"

#include <stdexcept>
#include <string>

#include "gcmap/internal/gc/heap_door.h"

namespace gcmap::harness {

using std::to_string;

bool Objects::is_node(RootName root) const {
  const ObjectId object_id = roots_[root.index].object_id;
  return object_id != kNoObject && !environment_.graph().is_map(object_id);
}

bool Objects::is_heap_node(RootName root) const {
  return is_node(root) && !arena_nodes_.contains(roots_[root.index].object_id);
}

bool Objects::has_links(RootName root) const {
  return is_node(root) && !environment_.graph().is_plain(roots_[root.index].object_id);
}

// A root that holds nothing is in no frame; the value it takes first puts it into the current mutator's.
void Objects::set_root(RootName root, void* value, ObjectId object_id) {
  RootSlot& slot = roots_[root.index];
  const bool marking = HeapDoor::marking(environment_.heap());
  if (value == nullptr) {
    slot.handle.reset();
  } else if (slot.handle) {
    slot.handle->set(value);
  } else {
    slot.handle.emplace(environment_.heap(), value);
  }
  slot.object_id = object_id;
  environment_.expect_alive(value, object_id, "G3");
  environment_.expect_shaded(marking, value);
}

void Objects::set_link(RootName root, uint32_t link, void* target, ObjectId object_id) {
  ModelGraph& graph = environment_.graph();
  const ObjectId node = roots_[root.index].object_id;
  link %= graph.links(node);
  roots_[root.index].node()->set_link(link, target);
  graph.set_link(node, link, object_id);
}

void* Objects::link_target(RootName source, uint32_t link, ObjectId& object_id) const {
  const ModelGraph& graph = environment_.graph();
  const ObjectId node = roots_[source.index].object_id;
  link %= graph.links(node);
  object_id = graph.link(node, link);
  if (graph.weak_link(node, link) != nullptr) return nullptr;
  void* const target = roots_[source.index].node()[link].link;
  if (target != graph.address(object_id)) {
    throw Failure{"MD", "link " + to_string(link) + " of object " + to_string(node) +
                            " does not lead to object " + to_string(object_id)};
  }
  if (object_id != kNoObject && graph.freed(object_id)) {
    throw Failure{"G3", "link " + to_string(link) + " of object " + to_string(node) +
                            " leads to an object the sweeper freed"};
  }
  return target;
}

bool Objects::refused(RootName root, const char* oracle, const char* what,
                      const std::function<void(Node*)>& ask) const {
  const RootSlot& slot = roots_[root.index];
  const std::string name = "object " + to_string(slot.object_id);
  const auto expect_refused = [&](const void* address, const std::string& asked) {
    try {
      ask(static_cast<Node*>(const_cast<void*>(address)));
    } catch (const std::invalid_argument&) {
      return;
    }
    throw Failure{oracle, asked + " was not refused " + what};
  };
  if (!is_heap_node(root)) {
    expect_refused(slot.node(), name + ", of the arena,");
    return true;
  }
  if (!environment_.oracles()) return false;
  expect_refused(slot.node() + 1, "an address inside " + name);
  expect_refused(this, "an address outside the heap");
  return false;
}

void Objects::take_arena_node(RootName root, Node* node, ObjectId object_id) {
  environment_.graph().set_address(object_id, node);
  arena_nodes_.add(object_id);
  set_root(root, node, object_id);
}

void Objects::release_arena_nodes() {
  for (size_t root = 0; root < kRoots; ++root) {
    if (arena_nodes_.contains(roots_[root].object_id)) set_root(RootName(root), nullptr, kNoObject);
  }
}

void Objects::release_all() {
  for (size_t root = 0; root < kRoots; ++root) set_root(RootName(root), nullptr, kNoObject);
}

void Objects::reach(ModelWalk& walk) const {
  for (const RootSlot& root : roots_) walk.reach(root.object_id);
  arena_nodes_.for_each_live([&](ObjectId object_id) { walk.reach(object_id); });
}

}  // namespace gcmap::harness
