// Injection: what the next operation is to meet - a collector step at a decision point, an allocation that
// fails, a callback - and what of it struck.
//
// Nobody else arms anything, or knows what is armed. A runner lets the operation run, disarms, and is told
// what struck.
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

// What of the armed things happened.
struct Struck {
  bool failure = false;   // an allocation failed
  bool callback = false;  // a callback threw, or wrote to its own map
};

class Injection {
 public:
  // What a callback does to the map that called it, which must refuse it.
  // Returns only if it had nothing to do; otherwise it throws.
  using Misuse = std::function<void(ObjectId map, CallbackAction action)>;

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
  // Nothing is armed any more.
  // Returns what struck since the last of these.
  Struck disarm();

 private:
  void do_operation(const InsideOperands& op, Step& step);
  void do_operation(const FailOperands& op, Step& step);
  void do_operation(const CallbackOperands& op, Step& step);

  Environment& environment_;
  ScriptedPacing pacing_;
  Misuse misuse_;
  bool failure_armed_ = false;
  bool called_ = false;  // a callback has done its action
};

}  // namespace gcmap::harness
