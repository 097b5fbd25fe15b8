// Memory and pacing: what can be set at run time, and what can be asked of the collector and the scavenger.
#pragma once

#include <cstdint>
#include <new>

#include "harness/run/environment.h"
#include "harness/run/step.h"

namespace gcmap::harness {

// A look at what a limit allows.
struct LimitMark {
  size_t limit_bytes = SIZE_MAX;        // then
  uint64_t pages_allowed = UINT64_MAX;  // to be in use from then on
};

class Memory {
 public:
  // `own_pacing`: the heap's own strategy answers, not one that somebody installed.
  Memory(Environment& environment, bool own_pacing);

  // Does the operation on both sides.
  // Errors: Failure.
  template <typename Operands>
  void run(const Operands& operands, Step& step) {
    do_operation(operands, step);
  }

  bool is_limited() const { return limit_bytes_ != SIZE_MAX; }
  void drop_limit() { set_limit(0); }

  // May an allocation fail although nobody asked it to? Checks that `error` says why: a limit is reached,
  // that is what is in use and what was asked for together exceed it, and that the strategy was asked before
  // this very allocation failed, and collected, if it is the heap's own and on (G6).
  bool may_fail(const std::bad_alloc& error) const;

  // H11. What is in use beyond the limit when it is set may stay; no allocation adds to it.
  // Returns what the next look is to be given.
  LimitMark check_limit(const LimitMark& last) const;

 private:
  void do_operation(const SetGogcOperands& op, Step& step);
  void do_operation(const SetLimitOperands& op, Step& step);
  void do_operation(const SetSoftLimitOperands& op, Step& step);
  void do_operation(const IdleOperands& op, Step& step);
  void do_operation(const ScavengeOperands& op, Step& step);
  void set_limit(uint32_t pages);
  bool own_pacing_enabled() const;

  Environment& environment_;
  const bool own_pacing_;
  int gogc_percent_;
  size_t limit_bytes_ = SIZE_MAX;
  uint64_t soft_limit_bytes_ = UINT64_MAX;
};

}  // namespace gcmap::harness
