// Collector steps: start, mark, terminate and sweep as a program has them, a whole collection, a safepoint.
//
// What they must do is judged by who listens to the heap (harness/oracle/event_recorder.h).
#pragma once

#include "harness/run/environment.h"
#include "harness/run/step.h"

namespace gcmap::harness {

class Steps {
 public:
  explicit Steps(Environment& environment) : environment_(environment) {}

  template <typename Operands>
  void run(const Operands& operands, Step& step) {
    do_operation(operands, step);
  }

 private:
  void do_operation(const StartOperands& op, Step& step);
  void do_operation(const MarkOperands& op, Step& step);
  void do_operation(const TerminateOperands& op, Step& step);
  void do_operation(const SweepOperands& op, Step& step);
  void do_operation(const CollectOperands& op, Step& step);
  void do_operation(const SafepointOperands& op, Step& step);
  void answer(Step& step, bool done) const;

  Environment& environment_;
};

}  // namespace gcmap::harness
