#include "harness/run/objects/objects.h"

#include <stdexcept>
#include <string>

namespace gcmap::harness {

using std::to_string;

bool Objects::is_node(RootName root) const {
  const Ref ref = roots_[root.index].ref;
  return ref != kNoRef && !environment_.graph().is_map(ref);
}

bool Objects::is_heap_node(RootName root) const {
  return is_node(root) && !arena_nodes_.contains(roots_[root.index].ref);
}

// A root that holds nothing is in no frame; the value it takes first puts it into the current mutator's.
void Objects::set_root(RootName root, void* value, Ref ref) {
  RootSlot& slot = roots_[root.index];
  const bool marking = environment_.heap().marking();
  if (value == nullptr) {
    slot.handle.reset();
  } else if (slot.handle) {
    slot.handle->set(value);
  } else {
    slot.handle.emplace(environment_.heap(), value);
  }
  slot.ref = ref;
  environment_.expect_shaded(marking, value);
}

void Objects::set_link(RootName root, uint32_t link, void* target, Ref ref) {
  ReferenceGraph& graph = environment_.graph();
  const Ref node = roots_[root.index].ref;
  link %= graph.links(node);
  roots_[root.index].node()->set_link(link, target);
  graph.set_link(node, link, ref);
}

void* Objects::link_target(RootName source, uint32_t link, Ref& ref) const {
  const ReferenceGraph& graph = environment_.graph();
  const Ref node = roots_[source.index].ref;
  link %= graph.links(node);
  ref = graph.link(node, link);
  void* const target = roots_[source.index].node()[link].link;
  if (target != graph.address(ref)) {
    throw Failure{"MD", "link " + to_string(link) + " of object " + to_string(node) +
                            " does not lead to thing " + to_string(ref)};
  }
  if (ref != kNoRef && graph.freed(ref)) {
    throw Failure{"G3", "link " + to_string(link) + " of object " + to_string(node) +
                            " leads to an object the sweeper freed"};
  }
  return target;
}

bool Objects::refused(RootName root, const char* oracle, const char* what,
                      const std::function<void(Node*)>& ask) const {
  const RootSlot& slot = roots_[root.index];
  const std::string name = "object " + to_string(slot.ref);
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

void Objects::take_arena_node(RootName root, Node* node, Ref ref) {
  environment_.graph().set_address(ref, node);
  arena_nodes_.add(ref);
  set_root(root, node, ref);
}

void Objects::release_arena_nodes() {
  for (size_t root = 0; root < kRoots; ++root) {
    if (arena_nodes_.contains(roots_[root].ref)) set_root(RootName(root), nullptr, kNoRef);
  }
}

void Objects::release_all() {
  for (size_t root = 0; root < kRoots; ++root) set_root(RootName(root), nullptr, kNoRef);
}

void Objects::reach(const ReferenceGraph& graph) const {
  for (const RootSlot& root : roots_) graph.reach(root.ref);
  arena_nodes_.for_each_live([&](Ref ref) { graph.reach(ref); });
}

}  // namespace gcmap::harness
