// The reducer: from a failing program to the simplest one that fails in the same way.
//
// Deterministic, at the level of operations, to a fixpoint of all passes (harness/reduce/passes.h lists
// them). Growth thresholds make a map's failures stubborn: with one entry fewer nothing fails, with two
// operations fewer it may again. So blocks of every length are deleted, in small programs pairs and
// triples too, and operations are merged into runs. Every accepted program is simpler than the one
// before (harness/program/order.h).
//
// The first step asks for verification after every operation. Verification on a cadence sees a fault at an
// operation that has nothing to do with it, and a failure that wanders from operation to operation is hard to
// keep. Verification changes nothing, so this is the same run; what goes wrong first in it is what the
// reduction keeps.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "harness/program/op.h"
#include "harness/program/verdict.h"

namespace gcmap::harness {

enum class Strictness : uint8_t {
  kSameBug,     // oracle and operation kind; a run of keys and its single operation are one kind
  kSameOracle,  // oracle, even if verifying always shows that another one could have spoken earlier
  kAnyFailure,
};

struct ReduceStats {
  uint64_t executions = 0;
  uint64_t accepted = 0;
  uint64_t cached = 0;  // candidates met before
  uint64_t rounds = 0;
  std::string_view pass;  // the pass at work
};

struct ReduceOptions {
  Strictness strictness = Strictness::kSameBug;
  std::function<Verdict(const Program&)> run{};  // empty: run_in_child
  uint64_t executions_max = 20'000;              // then the best so far is the result
  std::function<bool()> stop{};                  // asked before every run; true: as if they had run out
  // Told of the first failing program and of every better one: whoever keeps the best on disk.
  std::function<void(const Program& best, const Verdict& verdict, const ReduceStats& stats)> on_better{};
};

struct ReduceResult {
  Program program;       // the best; the original, if it did not fail
  Verdict verdict;       // of the best
  Verdict original;      // of the original program; nothing was reduced unless it failed()
  bool complete = true;  // false: executions_max or `stop` ended the reduction
  ReduceStats stats;
};

ReduceResult reduce(const Program& program, const ReduceOptions& options = {});

// The same failure, as far as `strictness` asks.
bool is_same_failure(const Verdict& wanted, const Verdict& found, Strictness strictness);

}  // namespace gcmap::harness
