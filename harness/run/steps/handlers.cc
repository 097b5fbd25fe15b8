#include "gcmap/observe.h"
#include "gcmap/step.h"
#include "harness/run/steps/steps.h"

namespace gcmap::harness {

void Steps::answer(Step& step, bool done) const {
  step.answer(done);
  if (step.mode().talks) step.say(gcmap::describe(environment_.heap()));
}

void Steps::do_operation(const StartOperands&, Step& step) {
  answer(step, Stepper(environment_.heap()).start());
}

void Steps::do_operation(const MarkOperands& op, Step& step) {
  answer(step, Stepper(environment_.heap()).mark(op.units));
}

void Steps::do_operation(const TerminateOperands&, Step& step) {
  answer(step, Stepper(environment_.heap()).terminate());
}

void Steps::do_operation(const SweepOperands& op, Step& step) {
  answer(step, Stepper(environment_.heap()).sweep(op.spans));
}

void Steps::do_operation(const CollectOperands&, Step& step) {
  environment_.heap().collect();
  answer(step, true);
}

void Steps::do_operation(const SafepointOperands&, Step&) {
  environment_.heap().safepoint();
}

}  // namespace gcmap::harness
