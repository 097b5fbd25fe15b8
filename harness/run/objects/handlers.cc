// Objects and roots: every operation on both sides.
#include <string>

#include "harness/run/objects/objects.h"

namespace gcmap::harness {

bool Objects::do_operation(const NewOperands& op, Step& step) {
  Ref ref = kNoRef;
  const Word node = environment_.new_node(0, op.cells, ref);
  set_root(op.root, reinterpret_cast<void*>(node), ref);
  if (step.mode().talks) step.say("object " + std::to_string(ref));
  return true;
}

bool Objects::do_operation(const LinkOperands& op, Step& step) {
  if (!is_node(op.root)) return step.done(false);
  const RootSlot& source = roots_[op.source.index];
  set_link(op.root, op.link, source.handle ? source.handle->get() : nullptr, source.ref);
  return step.done(true);
}

bool Objects::do_operation(const UnlinkOperands& op, Step& step) {
  if (!is_node(op.root)) return step.done(false);
  set_link(op.root, op.link, nullptr, kNoRef);
  return step.done(true);
}

bool Objects::do_operation(const LoadOperands& op, Step& step) {
  if (!is_node(op.source)) return step.done(false);
  Ref ref = kNoRef;
  void* const target = link_target(op.source, op.link, ref);
  if (arena_nodes_.is_dead(ref)) return step.done(false);
  set_root(op.root, target, ref);
  return step.done(true);
}

bool Objects::copy(RootName root, RootName source) {
  const RootSlot& from = roots_[source.index];
  if (root == source || from.ref == kNoRef) return false;
  set_root(root, from.handle->get(), from.ref);
  return true;
}

bool Objects::do_operation(const CopyOperands& op, Step& step) {
  return step.done(copy(op.root, op.source));
}

bool Objects::do_operation(const MoveOperands& op, Step& step) {
  const bool moved = copy(op.root, op.source);
  if (moved) set_root(op.source, nullptr, kNoRef);
  return step.done(moved);
}

bool Objects::do_operation(const ReleaseOperands& op, Step&) {
  set_root(op.root, nullptr, kNoRef);
  return true;
}

bool Objects::do_operation(const EnterOperands& op, Step& step) {
  return step.done(environment_.enter(op.mutator));
}

}  // namespace gcmap::harness
