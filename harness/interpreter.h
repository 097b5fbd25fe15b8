// The interpreter: runs a program on the library and the reference side by side.
//
// Every operation of the table has one handler, which does the operation on both sides and compares
// what both answered. Oracles (harness/oracles.h) look after each operation, on the cadence, at phase
// changes of the collector and at the end. The first disagreement ends the run.
//
// Relied on by: fuzz targets, properties, replay, reducer. All of them see the same verdict.
#pragma once

#include <cstdint>
#include <string>

#include "harness/op.h"
#include "harness/verdict.h"

namespace gcmap::harness {

// Told of every operation, for step logs. `index` counts from 0.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  virtual void before(size_t /*index*/, const Operation& /*operation*/) {}
  // `answer`: what the operation returned, in words ("absent", "17", "m0: 9 entries, B 1, growing").
  virtual void after(size_t /*index*/, const Operation& /*operation*/, const std::string& /*answer*/) {}
};

struct RunOptions {
  size_t until = SIZE_MAX;          // run only operations below this index, then the end checks
  RunObserver* observer = nullptr;  // not owned
  bool oracles = true;              // false: no verifiers, only the model comparison (for measurements)
  volatile uint32_t* progress = nullptr;  // set to the index of the operation about to run (write-ahead)
};

// Counts of one run, for summaries.
struct RunStats {
  uint64_t operations = 0;
  uint64_t growths = 0;
  uint64_t cycles = 0;
};

// Runs the whole program on a fresh heap. Never throws; a crash takes the process down (see
// harness/child.h for running survivably).
Verdict run(const Program& program, const RunOptions& options = {}, RunStats* stats = nullptr);

}  // namespace gcmap::harness
