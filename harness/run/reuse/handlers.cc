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

bool Reuse::do_operation(const PoolGetOrOperands& op, Step& step) {
  return step.done(pool_get_or(op.root));
}

bool Reuse::do_operation(const PoolClearOperands&, Step& step) {
  if (pool_) clear_pool();
  return step.done(pool_.has_value());
}

bool Reuse::do_operation(const PoolPutNewOperands& op, Step& step) {
  uint64_t put = 0;
  for (uint32_t i = 0; i < op.count; ++i) {
    ObjectId object_id = kNoObject;
    auto* const node = reinterpret_cast<Node*>(environment_.new_node(0, 2, object_id));
    put += put_into_pool(node, object_id, step);
  }
  check_pool();
  return step.done(put == op.count);
}

bool Reuse::do_operation(const PoolTakeOperands& op, Step& step) {
  ObjectId object_id = kNoObject;
  uint64_t taken = 0;
  while (taken < op.count && take_from_pool(object_id) != nullptr) ++taken;
  check_pool();
  return step.done(taken == op.count);
}

bool Reuse::do_operation(const PoolPassOperands& op, Step& step) {
  ObjectId object_id = kNoObject;
  bool put = true;
  for (uint32_t i = 0; i < op.count && put; ++i) {
    Node* const node = take_from_pool(object_id);
    put = node != nullptr && put_into_pool(node, object_id, step);
  }
  check_pool();
  return step.done(put);
}

bool Reuse::do_operation(const WeakPutOperands& op, Step& step) {
  return step.done(weak_put(op.key, op.root));
}

bool Reuse::do_operation(const WeakPutRunOperands& op, Step& step) {
  bool put = true;
  for (uint32_t i = 0; i < op.count && put; ++i) put = weak_put(op.key + i, op.root);
  return step.done(put);
}

bool Reuse::do_operation(const WeakGetOperands& op, Step& step) {
  return step.done(weak_get(op.root, op.key));
}

// The root ends with what the last key has.
bool Reuse::do_operation(const WeakGetRunOperands& op, Step& step) {
  uint64_t found = 0;
  for (uint32_t i = 0; i < op.count; ++i) found += weak_get(op.root, op.key + i);
  step.answer(found);
  return step.done(found != 0);
}

bool Reuse::do_operation(const WeakEraseOperands& op, Step& step) {
  return step.done(weak_erase(op.key));
}

bool Reuse::do_operation(const WeakEraseRunOperands& op, Step& step) {
  uint64_t erased = 0;
  for (uint32_t i = 0; i < op.count; ++i) erased += weak_erase(op.key + i);
  step.answer(erased);
  return step.done(erased != 0);
}

bool Reuse::do_operation(const VisitWeakValuesOperands& op, Step& step) {
  if (!weak_values_) return step.done(false);
  const uint64_t met = visit(op);
  step.answer(met);
  if (step.mode().talks) step.say(std::to_string(met) + " met");
  return met != 0;
}

bool Reuse::do_operation(const ArenaNewOperands& op, Step& step) {
  if (!arena_) arena_.emplace(environment_.heap());
  const ObjectId object_id = environment_.graph().add_node(0, op.cells);
  auto* const node = static_cast<Node*>(arena_->allocate(node_type(), op.cells));
  node[Node::kIdCell].word = object_id;
  environment_.expect_blank(node, op.cells);
  objects_.take_arena_node(op.root, node, object_id);
  if (step.mode().talks) step.say("object " + std::to_string(object_id));
  return true;
}

bool Reuse::do_operation(const ArenaFreeOperands&, Step& step) {
  return step.done(free_arena());
}

void Reuse::reach(ModelWalk& walk) const {
  for (const ObjectId object_id : met_) walk.reach(object_id);
  pooled_.for_each(cycles_started(), [&](ObjectId object_id) { walk.reach(object_id); });
}

}  // namespace gcmap::harness
