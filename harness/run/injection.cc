#include "harness/run/injection.h"

#include "gcmap/step.h"

namespace gcmap::harness {
namespace {

// What an armed step asks of the collector.
PacingDecision decision_of(CollectorStep step, uint64_t units) {
  PacingDecision decision;
  switch (step) {
    case CollectorStep::kStart:
      decision.start = true;
      break;
    case CollectorStep::kMark:
      decision.mark_units = units;
      break;
    case CollectorStep::kTerminate:
      decision.terminate = true;
      break;
    case CollectorStep::kSweep:
      decision.sweep_spans = units;
      break;
    case CollectorStep::kCollect:
      decision.collect = true;
      break;
    case CollectorStep::kScavenge:
      decision.scavenge_pages = units;
      break;
  }
  return decision;
}

// Ends the running cycle, if there is one, and does another. By steps: the end of Heap::collect is a place at
// which weak containers write to their maps.
void collect_by_steps(Heap& heap) {
  Stepper step(heap);
  for (int cycles = 0; cycles < 2; ++cycles) {
    step.start();
    step.mark(UINT64_MAX);
    step.terminate();
    step.sweep(UINT64_MAX);
  }
}

}  // namespace

Injection::Injection(Environment& environment, PacingStrategy* pacing, Misuse misuse)
    : environment_(environment),
      pacing_(environment.config(), environment.heap(),
              environment.oracles() ? &environment.recorder() : nullptr, pacing),
      misuse_(std::move(misuse)) {}

Injection::~Injection() {
  remove();
}

void Injection::remove() {
  Stepper step(environment_.heap());
  step.fail_allocation(0);
  step.set_pacing(nullptr);
}

void Injection::install() {
  Stepper(environment_.heap()).set_pacing(&pacing_);
}

Struck Injection::disarm() {
  pacing_.disarm();
  environment_.hasher().disarm();
  Struck struck;
  struck.callback = std::exchange(called_, false);
  if (std::exchange(failure_armed_, false))
    struck.failure = Stepper(environment_.heap()).fail_allocation(0) == 0;
  return struck;
}

void Injection::do_operation(const InsideOperands& op, Step&) {
  pacing_.arm(op.point, op.arrival, decision_of(op.step, op.units));
}

void Injection::do_operation(const FailOperands& op, Step&) {
  Stepper(environment_.heap()).fail_allocation(op.nth);
  failure_armed_ = true;
}

// What is allowed in a callback is done, and it goes on. Of the rest, an action that ends in an exception has
// been done, and `called_` says so; one that returns had nothing to do.
void Injection::do_operation(const CallbackOperands& op, Step&) {
  environment_.hasher().arm(op.nth, [this, action = op.action](uint64_t map) {
    ObjectId object_id = kNoObject;
    if (action == CallbackAction::kNew) return void(environment_.new_node(0, 2, object_id));
    if (action == CallbackAction::kCollect) return collect_by_steps(environment_.heap());
    called_ = true;
    if (action == CallbackAction::kThrow) throw CallbackThrew{};
    misuse_(static_cast<ObjectId>(map), action);
    called_ = false;
  });
}

}  // namespace gcmap::harness
