// Links that lead weakly: a WeakMember in the place of a node's link.
#include <string>

#include "harness/run/lifetimes/lifetimes.h"

namespace gcmap::harness {

using std::to_string;

template <typename Visit>
void Lifetimes::for_each_weak_member(Visit&& visit) const {
  const ModelGraph& graph = environment_.graph();
  graph.for_each_weak_link([&](const ModelGraph::WeakLink& weak) {
    if (graph.freed(weak.node) || objects_.arena_nodes().is_dead(weak.node)) return;
    auto* const node = static_cast<Node*>(const_cast<void*>(graph.address(weak.node)));
    visit(Objects::weak_member_in(node[weak.link]), weak);
  });
}

bool Lifetimes::link_weakly(RootName root, uint32_t link, RootName source) {
  if (!objects_.has_links(root) || !objects_.is_node(source)) return false;
  if (objects_.refused(source, "G5", "a weak link",
                       [&](Node* node) { Weak<Node>(environment_.heap(), node); }))
    return false;
  model_.use();
  const ObjectId target = id_of(source);
  const Weak<Node> weak(environment_.heap(), node_of(source));
  expect_one_cell(weak, target);
  model_.refer_weakly(target);
  WeakMember<Node>& member = objects_.weak_member(root, link);
  member = weak;
  ModelGraph& graph = environment_.graph();
  graph.set_weak_link({id_of(root), link % graph.links(id_of(root)), target, model_.life(target)});
  if (member.cell() != weak.cell() || member.get() != node_of(source))
    throw Failure{"G5", "a weak link to object " + to_string(target) + " leads elsewhere"};
  return true;
}

bool Lifetimes::load_weak(RootName root, RootName source, uint32_t link) {
  if (!objects_.has_links(source)) return false;
  const ModelGraph& graph = environment_.graph();
  const ModelGraph::WeakLink* const weak = graph.weak_link(id_of(source), link % graph.links(id_of(source)));
  if (weak == nullptr) return false;
  const Weak<Node> reference(environment_.heap(), objects_.weak_member(source, link));
  return take_weak(root, reference.get(), weak->target, weak->life);
}

void Lifetimes::drop_weak_references() {
  weaks_ = {};
  for_each_weak_member([](WeakMember<Node>& member, const ModelGraph::WeakLink&) { member.reset(); });
}

// G5 when nothing dies any more.
void Lifetimes::expect_agrees(bool leads, ObjectId object_id, uint32_t life, const ModelWalk& walk) const {
  if (life != model_.life(object_id) || leads == walk.reached(object_id)) return;
  throw Failure{"G5", "in the end object " + to_string(object_id) + " is " + (leads ? "dead" : "alive") +
                          ", against what a weak reference to it says"};
}

void Lifetimes::check_weak_references(const ModelWalk& walk) const {
  for (const WeakSlot& name : weaks_) {
    if (name.weak) expect_agrees(name.weak->get() != nullptr, name.object_id, name.life, walk);
  }
  for_each_weak_member([&](WeakMember<Node>& member, const ModelGraph::WeakLink& weak) {
    if (walk.reached(weak.node)) expect_agrees(member.get() != nullptr, weak.target, weak.life, walk);
  });
}

}  // namespace gcmap::harness
