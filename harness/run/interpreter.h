// The interpreter: runs a program on the library and the model side by side.
//
// It drives a Runner (harness/run/runner.h), which does each operation on both sides, compares what
// both answered and lets the oracles look: around the operation, on the program's cadence, at phase changes
// of the collector and at the end. The first disagreement ends the run.
//
// Relied on by: fuzz targets, properties, replay, reducer. All of them see the same verdict.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "gcmap/internal/gc/pacing/pacing.h"
#include "gcmap/internal/map/inspector.h"
#include "harness/oracle/point_counts.h"
#include "harness/program/op.h"
#include "harness/program/pair_counts.h"
#include "harness/program/verdict.h"

namespace gcmap::harness {

// Counts of one run, for summaries.
struct RunStats {
  uint64_t operations = 0;
  uint64_t growths = 0;
  uint64_t cycles = 0;
  uint64_t failed_allocations = 0;  // those a program asked for
  uint64_t callbacks = 0;           // that threw or were refused, as a program asked for
  PointCounts points;
};

class Runner;

// Told of every operation, for step logs. `index` counts from 0.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  // The run begins. The runner, and what it shows, may be read until before the checks at the end.
  virtual void began(const Runner& /*runner*/) {}
  virtual void before(size_t /*index*/, const Operation& /*operation*/) {}
  // `answer`: what the operation returned, in words ("absent", "17", "m0: 9 entries, B 1, growing").
  virtual void after(size_t /*index*/, const Operation& /*operation*/, const std::string& /*answer*/) {}
  // The run is over, the checks at the end included.
  virtual void finished(const RunStats& /*stats*/) {}
};

struct RunOptions {
  size_t until = SIZE_MAX;                // run only operations below this index, then the end checks
  RunObserver* observer = nullptr;        // not owned
  bool dump = false;                      // answers to the observer carry the structure of the map concerned
  PacingStrategy* pacing = nullptr;       // not owned; asked in place of the configuration's
  bool oracles = true;                    // false: no verifiers, only the model comparison (for measurements)
  bool digest_metadata = true;            // false: the digest leaves out HeapStats::metadata_bytes
  PairCounts* pairs = nullptr;            // not owned; what is combined is added
  volatile uint32_t* progress = nullptr;  // set to the index of the operation about to run (write-ahead)
  // Told of a hang in units of work, in the middle of the operation, which cannot go on: must not return.
  // Empty: it is said on stderr, and the process aborts.
  std::function<void(const Verdict&)> hung{};
  // Called for every live map after the last operation, before the end checks.
  std::function<void(size_t map, MapKind kind, const MapInspector&)> inspect_maps_at_end{};
};

// Runs the whole program on a fresh heap. Never throws; a crash takes the process down, and so does a hang
// (see harness/run/child.h for running survivably).
Verdict run(const Program& program, const RunOptions& options = {}, RunStats* stats = nullptr);

}  // namespace gcmap::harness
