// ProgramWatch: a hang ends the process that runs programs in itself, as a fuzzing engine has it.
//
// While one lives, an operation that uses up its processor time (harness/program/work_bound.h) is told on
// stderr, as in "gcmap: HANG@put: ...", and the process aborts, which an engine takes for a crash. A child
// that is watched by its parent has no use for it (harness/run/child.h).
#pragma once

#include <cstdint>

#include "harness/program/op.h"

namespace gcmap::harness {

class ProgramWatch {
 public:
  // `*progress`: the index of the operation at hand, as RunOptions::progress is told.
  // Requires: no other in the process; both live as long; the process has no other use for SIGPROF.
  ProgramWatch(const Program& program, const volatile uint32_t* progress);
  ~ProgramWatch();
  ProgramWatch(const ProgramWatch&) = delete;
  ProgramWatch& operator=(const ProgramWatch&) = delete;
};

}  // namespace gcmap::harness
