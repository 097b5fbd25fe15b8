// Objects and roots: every operation on both sides.
#include <string>

#include "harness/run/objects/objects.h"

namespace gcmap::harness {

bool Objects::do_operation(const NewOperands& op, Step& step) {
  ObjectId object_id = kNoObject;
  const Word node = environment_.new_node(0, op.cells, object_id);
  set_root(op.root, reinterpret_cast<void*>(node), object_id);
  if (step.mode().talks) step.say("object " + std::to_string(object_id));
  return true;
}

bool Objects::do_operation(const NewChainOperands& op, Step& step) {
  if (!is_node(op.root)) set_root(op.root, nullptr, kNoObject);  // a link to a map is link_map's
  for (uint32_t i = 0; i < op.count; ++i) {
    const RootSlot& slot = roots_[op.root.index];
    const RootHandle before(environment_.heap(), slot.handle ? slot.handle->get() : nullptr);
    const ObjectId before_id = slot.object_id;
    ObjectId object_id = kNoObject;
    const Word node = environment_.new_node(0, 2, object_id);
    set_root(op.root, reinterpret_cast<void*>(node), object_id);
    set_link(op.root, 0, before.get(), before_id);
  }
  if (step.mode().talks) step.say("up to object " + std::to_string(roots_[op.root.index].object_id));
  return true;
}

bool Objects::do_operation(const LinkOperands& op, Step& step) {
  if (!is_node(op.root)) return step.done(false);
  const RootSlot& source = roots_[op.source.index];
  set_link(op.root, op.link, source.handle ? source.handle->get() : nullptr, source.object_id);
  return step.done(true);
}

bool Objects::do_operation(const UnlinkOperands& op, Step& step) {
  if (!is_node(op.root)) return step.done(false);
  set_link(op.root, op.link, nullptr, kNoObject);
  return step.done(true);
}

bool Objects::do_operation(const LoadOperands& op, Step& step) {
  if (!is_node(op.source)) return step.done(false);
  ObjectId object_id = kNoObject;
  void* const target = link_target(op.source, op.link, object_id);
  if (arena_nodes_.is_dead(object_id)) return step.done(false);
  set_root(op.root, target, object_id);
  return step.done(true);
}

bool Objects::copy(RootName root, RootName source) {
  const RootSlot& from = roots_[source.index];
  if (root == source || from.object_id == kNoObject) return false;
  set_root(root, from.handle->get(), from.object_id);
  return true;
}

bool Objects::do_operation(const CopyOperands& op, Step& step) {
  return step.done(copy(op.root, op.source));
}

bool Objects::do_operation(const MoveOperands& op, Step& step) {
  const bool moved = copy(op.root, op.source);
  if (moved) set_root(op.source, nullptr, kNoObject);
  return step.done(moved);
}

bool Objects::do_operation(const ReleaseOperands& op, Step&) {
  set_root(op.root, nullptr, kNoObject);
  return true;
}

bool Objects::do_operation(const EnterOperands& op, Step& step) {
  return step.done(environment_.enter(op.mutator));
}

}  // namespace gcmap::harness
