// A runner: the families of a program, an operation at a time.
//
// A step arms, does, judges, and verifies on the cadence: what waits for the next operation is armed by the
// operation itself; the operation is done by its family (families.h); what struck is judged, and whether an
// operation that something ended has not happened; then come the checks. run() (interpreter.h) drives one
// from a program; property tests drive one from their own commands.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "harness/program/digest.h"
#include "harness/program/work_bound.h"
#include "harness/run/families.h"
#include "harness/run/interpreter.h"
#include "harness/run/pair_recorder.h"

namespace gcmap::harness {

class Runner {
 public:
  // `options` must outlive the runner; its `until` and `progress` are the caller's business.
  Runner(const Config& config, const RunOptions& options);

  // Does one operation on both sides.
  // Returns a failed verdict, or nothing. After a failure nothing but destruction makes sense.
  std::optional<Verdict> step(const Operation& operation);

  // The end checks, and the verdict of a run that saw no failure.
  Verdict finish();

  RunStats stats() const;
  const Families& families() const { return families_; }
  Heap& heap() { return families_.environment.heap(); }

  // What the last operation answered, in words; empty unless options.observer is set.
  const std::string& words() const { return words_; }

 private:
  template <typename Body>
  std::optional<Verdict> judged(OpKind op, Body&& body);
  Written operate(const Operation& operation, Step& step);
  void end_unhappened(const char* why, Step& step);
  [[noreturn]] void end_hung() const;
  bool may_fail(const std::bad_alloc& error) const;

  const RunOptions& options_;
  const uint32_t cadence_;
  Families families_;
  PairRecorder pairs_;
  WorkBound bound_;
  OpKind at_hand_ = OpKind::kNop;
  Digest digest_;
  std::string words_;
  uint64_t steps_ = 0;
  uint64_t growths_ = 0;
  uint64_t failed_allocations_ = 0;
  uint64_t callbacks_ = 0;
};

}  // namespace gcmap::harness
