// Injection: what the next operation is to meet - a collector step at a decision point, an allocation that
// fails, a callback - and what of it struck.
//
// Nobody else arms anything, or knows what is armed. A runner arms, lets the operation run, disarms, and
// takes what struck; what nobody takes is lost with the next disarm().
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "harness/run/environment.h"
#include "harness/run/pacing.h"
#include "harness/run/step.h"

namespace gcmap::harness {

// What an armed callback throws.
struct CallbackThrew {};

class Injection {
 public:
  // What a callback does to the map that called it, which must refuse it. Returns false if it had nothing to
  // do; otherwise it throws.
  using Misuse = std::function<bool(Ref map, CallbackDeed deed)>;

  // `pacing`, unless null, stands in for the configuration's strategy. Not owned.
  Injection(Environment& environment, PacingStrategy* pacing, Misuse misuse);
  ~Injection();

  // The heap asks for its pacing here from now on, and does not any more.
  void install();
  void remove();

  template <typename Operands>
  auto run(const Operands& operands, Step& step) {
    return do_operation(operands, step);
  }

  bool failure_armed() const { return failure_armed_; }
  void disarm();
  // Did an armed failure strike, or an armed callback do its deed, up to the last disarm(), that nobody asked
  // about before?
  bool take_struck() { return std::exchange(failure_struck_, false); }
  bool take_called() { return std::exchange(called_, false); }

 private:
  void do_operation(const InsideOperands& op, Step& step);
  void do_operation(const FailOperands& op, Step& step);
  void do_operation(const CallbackOperands& op, Step& step);

  Environment& environment_;
  ScriptedPacing pacing_;
  Misuse misuse_;
  bool failure_armed_ = false;
  bool failure_struck_ = false;
  bool called_ = false;
};

}  // namespace gcmap::harness
