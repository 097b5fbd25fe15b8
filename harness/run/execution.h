// An execution: the world of a program and its handlers, an operation at a time.
//
// run() (interpreter.h) drives one from a program; property tests drive one from their own commands.
// Each operation of the table has one handler, do_operation(const <Kind>Operands&), in execution.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "harness/program/digest.h"
#include "harness/program/typed_operands.h"
#include "harness/run/interpreter.h"
#include "harness/run/world.h"

namespace gcmap::harness {

class Execution {
 public:
  // `options` must outlive the execution; its `until` and `progress` are the caller's business.
  Execution(const Config& config, const RunOptions& options);

  // Does one operation on both sides. Returns a failed verdict, or nothing. After a failure nothing but
  // destruction makes sense.
  std::optional<Verdict> step(const Operation& operation);

  // The end checks, and the verdict of a run that saw no failure.
  Verdict finish();

  RunStats stats() const {
    return {steps_,
            growths_,
            world_.witness().cycles(),
            failed_allocations_,
            callbacks_,
            world_.witness().points()};
  }
  const World& world() const { return world_; }
  Heap& heap() { return world_.heap(); }

  // What the last operation answered, in words; empty unless options.observer is set.
  const std::string& words() const { return words_; }

 private:
  template <typename Body>
  std::optional<Verdict> judged(OpKind op, Body&& body);

#define OP(number, kind, text, weight, heap_weight, operands, doc) \
  void do_operation(const kind##Operands& op);
#include "harness/program/op.def"
#undef OP

  // Adds a number to the digest; adds words to the answer; names a map's state in the answer.
  void answer(uint64_t number) {
    digest_.add(number);
  }
  void say(const std::string& words);
  void describe(size_t map);
  void answer_step(bool done);
  void answer_done(bool done);
  void operate(const Operation& operation);
  void end_unhappened(const char* why);

  bool talking() const {
    return options_.observer != nullptr;
  }
  MapState state_of(size_t map) const;
  template <typename Write>
  auto write(size_t map, Write&& write);

  const RunOptions& options_;
  uint32_t cadence_;
  World world_;
  Digest digest_;
  std::string words_;
  uint64_t steps_ = 0;
  uint64_t growths_ = 0;
  uint64_t failed_allocations_ = 0;
  uint64_t callbacks_ = 0;
  bool due_ = false;  // whole structures, and every byte around a look-up, are compared at this operation
};

}  // namespace gcmap::harness
