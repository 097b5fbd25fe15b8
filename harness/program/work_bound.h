// WorkBound: the most that an operation can cost where the library is sound, operation by operation.
//
// What cost.h estimates is what a program does; this is what it cannot reach: every entry and object that was
// ever made counts as alive and as looked at, and every allocation collects where the configuration lets it.
// A correct library stays below a fifth of it. What goes beyond has no end.
#pragma once

#include <cstdint>

#include "harness/program/op.h"

namespace gcmap::harness {

class WorkBound {
 public:
  explicit WorkBound(const Config& config);

  // Follows the operation that comes next, or, last of all, the checks at the end.
  void next(const Operation& operation);
  void end();

  // Of what was followed last: units of a WorkBudget, and milliseconds of processor time of an instrumented
  // build on a busy machine.
  uint64_t units() const;
  uint64_t cpu_ms() const;

 private:
  uint64_t chain() const;

  const Config config_;
  const uint64_t touched_per_collection_;
  uint64_t written_ = 0;  // by operations other than copies: no map has more entries
  uint64_t made_ = 0;     // entries and objects, ever
  uint64_t crowded_ = 0;  // keys whose hashes were set, and may be one
  uint64_t armed_ = 0;    // steps inside the next operation
  // Of the operation followed last.
  uint64_t touched_ = 0;  // entries and objects, collections left out
  uint64_t collections_ = 0;
};

// The greatest processor time, in milliseconds, that any operation of the program may take, or the checks at
// its end.
uint64_t operation_cpu_ms_max(const Program& program);

}  // namespace gcmap::harness
