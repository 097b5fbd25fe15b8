#include "harness/run/environment.h"

#include <string>

#include "gcmap/internal/gc/heap_door.h"
#include "gcmap/internal/gc/roots.h"
#include "gcmap/internal/gc/verify/inspector.h"
#include "gcmap/step.h"

namespace gcmap::harness {

HeapOptions heap_options(const Config& config) {
  HeapOptions options;
  options.seed = config.seed;
  options.gogc_percent = static_cast<int>(config.gogc);
  options.barrier_buffer_entries = config.barrier_buffer;
  options.mark_piece_bytes = 64 * config.piece;
  options.zero_piece_bytes = 64 * config.piece;
  options.root_piece_slots = config.piece_roots;
  if (config.mark_stack > 0) options.mark_stack_entries = config.mark_stack;
  options.refill_sweep_spans = config.refill_sweeps;
  options.quarantine_objects = config.quarantine;
  options.clobber_freed = config.clobber != 0;
  options.bypass_pools = config.bypass_pools != 0;
  if (static_cast<PacingKind>(config.pacing) == PacingKind::kGogcSmall) options.pacing_step_bytes = 8 << 10;
  return options;
}

namespace {

// Cycles judged by walks of the heap: all of them, unless the configuration collects so often that few
// can be.
uint32_t judged_cycles(const Config& config, bool oracles) {
  if (!oracles) return 0;
  const auto pacing = static_cast<PacingKind>(config.pacing);
  const bool often = pacing == PacingKind::kAllocation || pacing == PacingKind::kGrowth;
  return often && config.cadence > 0 ? config.cadence : 1;
}

}  // namespace

Environment::Environment(const Config& config, bool oracles)
    : config_(config),
      oracles_(oracles),
      hasher_(config, budget_),
      heap_(heap_options(config)),
      mutators_{&heap_.mutator()},
      recorder_(heap_, graph_, judged_cycles(config, oracles), heap_options(config), &budget_) {
  while (mutators_.size() < config.mutators) mutators_.push_back(&heap_.add_mutator());
  if (oracles) Stepper(heap_).set_event_sink(&recorder_);
}

Environment::~Environment() {
  stop_listening();
}

void Environment::stop_listening() {
  Stepper(heap_).set_event_sink(nullptr);
}

bool Environment::enter(MutatorName mutator) {
  if (mutator.index >= mutators_.size()) return false;
  heap_.enter(*mutators_[mutator.index]);
  return true;
}

void Environment::remove_mutators() {
  heap_.enter(*mutators_.front());
  for (; mutators_.size() > 1; mutators_.pop_back()) heap_.remove_mutator(*mutators_.back());
}

Word Environment::new_node(uint64_t number, uint32_t cells, ObjectId& object_id) {
  object_id = graph_.add_node(number, cells);
  Node* const node = make_node(heap_, cells, number, object_id);
  graph_.set_address(object_id, node);
  expect_blank(node, cells);
  return reinterpret_cast<Word>(node);
}

Word Environment::new_plain_node(uint32_t cells, ObjectId& object_id) {
  object_id = graph_.add_node(0, 0);
  Node* const node = make_node(heap_, cells, 0, object_id, plain_node_type());
  graph_.set_address(object_id, node);
  expect_blank(node, cells);
  return reinterpret_cast<Word>(node);
}

void Environment::expect_blank(const Node* node, uint32_t cells) const {
  if (!oracles_ || is_blank(node, cells)) return;
  throw Failure{"H14", "object " + std::to_string(node->id()) + " was not zero when it was made"};
}

void Environment::expect_alive(const void* value, ObjectId object_id, const char* oracle) const {
  if (!oracles_ || value == nullptr || heap_.phase() != Phase::kSweep) return;
  if (HeapInspector(heap_).find(value)) return;
  throw Failure{oracle,
                "object " + std::to_string(object_id) + " was handed out, and the sweep is about to free it"};
}

bool Environment::renew_mutator(MutatorName mutator) {
  if (mutator.index >= mutators_.size()) return false;
  Mutator& current = heap_.mutator();
  Mutator& old = *mutators_[mutator.index];
  if (&old == &current) return false;
  heap_.enter(old);
  const bool owns_handles = !HeapDoor::roots(heap_).empty();
  heap_.enter(current);
  if (owns_handles) return false;
  mutators_[mutator.index] = &heap_.add_mutator();
  heap_.remove_mutator(old);
  return true;
}

void Environment::expect_shaded(bool was_marking, const void* value) const {
  if (!oracles_ || !was_marking || value == nullptr || recorder_.barriers().was_shaded(value)) return;
  throw Failure{"G9", "while marking, a root took the object at heap offset " +
                          std::to_string(heap_.offset_of(value)) + ", which was not shaded"};
}

ModelWalk Environment::walk() const {
  ModelWalk walk(graph_);
  for (const NameOwner* const owner : owners_) owner->reach(walk);
  return walk;
}

}  // namespace gcmap::harness
