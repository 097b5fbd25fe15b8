// Reduction: one reduction at work - the best program so far, and the only way to a better one.
//
// Internal to the reducer (harness/reduce/reducer.h); passes see nothing else.
#pragma once

#include <cstdint>
#include <functional>
#include <unordered_set>
#include <utility>
#include <vector>

#include "harness/program/op.h"
#include "harness/program/operands.h"
#include "harness/reduce/reducer.h"

namespace gcmap::harness {

class Reduction {
 public:
  explicit Reduction(const ReduceOptions& options) : options_(options) {}

  // Runs the original.
  // Returns false if it does not fail.
  bool begin(const Program& original);

  const Program& best() const { return best_; }
  const std::vector<Operation>& operations() const { return best_.operations; }
  size_t size() const { return best_.operations.size(); }

  // Makes the candidate the best if it is simpler, was not tried before, and fails in the same way; what
  // follows the failing operation is cut at once.
  // Returns true if it did.
  bool attempt(Program candidate);
  bool attempt(std::vector<Operation> operations) {
    return attempt(Program{best_.config, std::move(operations)});
  }

  // attempt() without the operations for which `dropped` is true.
  bool attempt_without(const std::function<bool(size_t, const Operation&)>& dropped);
  bool attempt_without_block(size_t begin, size_t length);
  // attempt() with one operation replaced.
  bool attempt_with(size_t index, const Operation& operation);

  // Executions have run out; attempts fail without a run.
  bool exhausted() const {
    return stats_.executions >= options_.executions_max || (options_.stop && options_.stop());
  }

  ReduceStats& stats() { return stats_; }
  ReduceResult result() const { return {best_, verdict_, original_, !exhausted(), stats_}; }

 private:
  Verdict run(const Program& program);
  void accept(Program program, Verdict verdict);
  void verify_always();
  void cut_after_failure();

  const ReduceOptions& options_;
  Program best_;
  Verdict verdict_;  // of best_
  Verdict wanted_;   // what candidates are compared with
  Verdict original_;
  std::unordered_set<uint64_t> tried_;  // hashes of encoded candidates
  ReduceStats stats_;
};

}  // namespace gcmap::harness
