// Runs a program in a forked child, so that crashes and hangs become verdicts like any other.
//
// Protocol: 1. fork; 2. the child sends stderr into a memory file, arms its limits of time, runs, and
// leaves the verdict in shared memory; 3. the parent waits. A child that ends without a verdict has crashed:
// the report on its stderr, its exit status or its signal say how, and the progress it shared says at which
// operation. A child does not outlive its parent.
//
// Oracles of such verdicts: AS (AddressSanitizer), MS, TS, UB (the other sanitizers), CHECK (GCMAP_CHECK),
// SIGSEGV and other signals, EXIT (the child called exit), HANG (an operation that comes to no end: it used
// up its units of work, or the processor time). Whom somebody else kills (SIGKILL: the system, out of memory)
// says nothing about the library, and neither does a program of many operations that is slow as a whole: it
// is undecided after a while.
//
// Not here: exec. The child is this process; what the parent had in memory the child has too.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "harness/run/interpreter.h"

namespace gcmap::harness {

using RunFunction = std::function<Verdict(const Program&, const RunOptions&)>;

struct ChildOptions {
  RunOptions run{};      // `progress` is the child's own affair; an observer acts in the child
  RunFunction runner{};  // empty: harness::run
  // Processor time of an operation until the verdict is HANG. 0: as much as any operation of the program can
  // take (harness/program/work_bound.h); ten seconds where there is a runner.
  uint64_t cpu_ms_max = 0;
  uint64_t program_cpu_ms_max = 100'000;  // of all together, until the program is undecided; at least that
  uint64_t wall_ms_max = 100'000;         // an operation that waits for so long is a HANG; at least that
};

// `report`, unless null, receives what the child wrote to stderr (the sanitizer's report).
Verdict run_in_child(const Program& program, const ChildOptions& options = {}, std::string* report = nullptr);

// What a report on stderr says of the death of a process; an empty oracle if nothing.
struct DeathReport {
  std::string oracle;
  std::string detail;
  std::string frame{};  // as Verdict's: a function of lib/ if the stack names one, or the file that reported
};
DeathReport read_death_report(std::string_view report);

}  // namespace gcmap::harness
