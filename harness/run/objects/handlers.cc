// Objects and roots: every operation on both sides.
#include <string>

#include "harness/run/objects/objects.h"

namespace gcmap::harness {

void Objects::make(RootName root, uint32_t cells) {
  ObjectId object_id = kNoObject;
  const Word node = environment_.new_node(0, cells, object_id);
  set_root(root, reinterpret_cast<void*>(node), object_id);
}

bool Objects::do_operation(const NewOperands& op, Step& step) {
  make(op.root, op.cells);
  if (step.mode().talks) step.say("object " + std::to_string(roots_[op.root.index].object_id));
  return true;
}

bool Objects::do_operation(const NewPlainOperands& op, Step& step) {
  ObjectId object_id = kNoObject;
  const Word node = environment_.new_plain_node(op.cells, object_id);
  set_root(op.root, reinterpret_cast<void*>(node), object_id);
  if (step.mode().talks) step.say("object " + std::to_string(object_id));
  return true;
}

bool Objects::do_operation(const NewRunOperands& op, Step& step) {
  for (uint32_t i = 0; i < op.count; ++i) make(op.root, op.cells);
  if (step.mode().talks) step.say("up to object " + std::to_string(roots_[op.root.index].object_id));
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

bool Objects::link(RootName root, uint32_t link, RootName source) {
  if (!has_links(root)) return false;
  const RootSlot& from = roots_[source.index];
  set_link(root, link, from.handle ? from.handle->get() : nullptr, from.object_id);
  return true;
}

bool Objects::do_operation(const LinkOperands& op, Step& step) {
  return step.done(link(op.root, op.link, op.source));
}

bool Objects::do_operation(const LinkRunOperands& op, Step& step) {
  bool linked = true;
  for (uint32_t i = 0; i < op.count && linked; ++i) linked = link(op.root, op.link + i, op.source);
  return step.done(linked);
}

bool Objects::do_operation(const UnlinkRunOperands& op, Step& step) {
  if (!has_links(op.root)) return step.done(false);
  for (uint32_t i = 0; i < op.count; ++i) set_link(op.root, op.link + i, nullptr, kNoObject);
  return step.done(true);
}

bool Objects::do_operation(const UnlinkOperands& op, Step& step) {
  if (!has_links(op.root)) return step.done(false);
  set_link(op.root, op.link, nullptr, kNoObject);
  return step.done(true);
}

bool Objects::load(RootName root, RootName source, uint32_t link) {
  if (!has_links(source)) return false;
  ObjectId object_id = kNoObject;
  void* const target = link_target(source, link, object_id);
  if (arena_nodes_.is_dead(object_id)) return false;
  set_root(root, target, object_id);
  return true;
}

bool Objects::do_operation(const LoadOperands& op, Step& step) {
  return step.done(load(op.root, op.source, op.link));
}

bool Objects::do_operation(const LoadRunOperands& op, Step& step) {
  bool loaded = load(op.root, op.source, op.link);
  for (uint64_t i = 1; i < op.count && loaded; ++i) loaded = load(op.root, op.root, op.link);
  return step.done(loaded);
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

bool Objects::do_operation(const RenewMutatorOperands& op, Step& step) {
  return step.done(environment_.renew_mutator(op.mutator));
}

}  // namespace gcmap::harness
