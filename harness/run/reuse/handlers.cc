// Reuse: every operation, from its operands to its answer.
#include <string>

#include "harness/run/reuse/reuse.h"

namespace gcmap::harness {

Reuse::Reuse(Environment& environment, Objects& objects, Lifetimes& lifetimes)
    : environment_(environment), objects_(objects), lifetimes_(lifetimes), weak_entries_(lifetimes.model()) {
  environment.add(*this);
}

bool Reuse::do_operation(const PoolPutOperands& op, Step& step) {
  return step.done(pool_put(op.root, step));
}

bool Reuse::do_operation(const PoolGetOperands& op, Step& step) {
  return step.done(pool_get(op.root));
}

bool Reuse::do_operation(const WeakPutOperands& op, Step& step) {
  return step.done(weak_put(op.key, op.root));
}

bool Reuse::do_operation(const WeakGetOperands& op, Step& step) {
  return step.done(weak_get(op.root, op.key));
}

bool Reuse::do_operation(const WeakEraseOperands& op, Step& step) {
  return step.done(weak_erase(op.key));
}

bool Reuse::do_operation(const ArenaNewOperands& op, Step& step) {
  if (!arena_) arena_.emplace(environment_.heap());
  const ObjectId object_id = environment_.graph().add_node(0, op.cells);
  auto* const node = static_cast<Node*>(arena_->allocate(node_type(), op.cells));
  node[Node::kIdCell].word = object_id;
  objects_.take_arena_node(op.root, node, object_id);
  if (step.mode().talks) step.say("object " + std::to_string(object_id));
  return true;
}

bool Reuse::do_operation(const ArenaFreeOperands&, Step& step) {
  return step.done(free_arena());
}

void Reuse::reach(ModelWalk& walk) const {
  pooled_.for_each(cycles_started(), [&](ObjectId object_id) { walk.reach(object_id); });
}

}  // namespace gcmap::harness
