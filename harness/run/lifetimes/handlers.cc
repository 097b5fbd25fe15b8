// Lifetimes: every operation, from its operands to its answer.
#include <string>

#include "harness/run/lifetimes/lifetimes.h"

namespace gcmap::harness {

using std::to_string;

bool Lifetimes::do_operation(const FinalizeOperands& op, Step& step) {
  if (!objects_.is_node(op.root)) return step.done(false);
  const auto ask = [&](Node* node) { environment_.heap().set_finalizer(node, [](void*) {}); };
  if (objects_.refused(op.root, "G4", "a finalizer", ask)) return step.done(false);
  model_.use();
  return step.done(set_finalizer_of(id_of(op.root), node_of(op.root), op.action));
}

bool Lifetimes::do_operation(const UnfinalizeOperands& op, Step& step) {
  return step.done(unfinalize(op.root));
}

uint64_t Lifetimes::do_operation(const RunFinalizersOperands& op, Step& step) {
  const uint64_t ran = run_finalizers(op.limit);
  step.answer(ran);
  if (step.mode().talks) step.say(to_string(ran) + " ran");
  return ran;
}

bool Lifetimes::do_operation(const WeakenOperands& op, Step& step) {
  return step.done(make_weak(op.weak, op.root));
}

bool Lifetimes::do_operation(const StrengthenOperands& op, Step& step) {
  return step.done(read_weak(op.root, op.weak));
}

void Lifetimes::do_operation(const DropWeakOperands& op, Step&) {
  weaks_[op.weak.index] = {};
}

bool Lifetimes::do_operation(const WatchOperands& op, Step& step) {
  return step.done(watch(op.root));
}

uint64_t Lifetimes::do_operation(const PollOperands&, Step& step) {
  const uint64_t told = poll();
  step.answer(told);
  if (step.mode().talks) step.say(to_string(told) + " died");
  return told;
}

bool Lifetimes::do_operation(const AnnotateOperands& op, Step& step) {
  return step.done(annotate(op.table, op.root, op.source));
}

bool Lifetimes::do_operation(const UnannotateOperands& op, Step& step) {
  return step.done(unannotate(op.table, op.root));
}

bool Lifetimes::do_operation(const RecallOperands& op, Step& step) {
  return step.done(recall(op.root, op.table, op.source));
}

bool Lifetimes::do_operation(const WeakLinkOperands& op, Step& step) {
  return step.done(link_weakly(op.root, op.link, op.source));
}

bool Lifetimes::do_operation(const WeakLoadOperands& op, Step& step) {
  return step.done(load_weak(op.root, op.source, op.link));
}

bool Lifetimes::do_operation(const AnnotateNewOperands& op, Step& step) {
  if (!objects_.is_heap_node(op.root)) return step.done(false);
  model_.use();
  for (uint32_t i = 0; i < op.count; ++i) annotate_new(op.table, op.root);
  return step.done(true);
}

uint64_t Lifetimes::do_operation(const VisitWeakKeysOperands& op, Step& step) {
  const uint64_t met = visit(op);
  step.answer(met);
  if (step.mode().talks) step.say(to_string(met) + " met");
  return met;
}

}  // namespace gcmap::harness
