// Attempts: deciding which candidates run, and which of them stay.
#include "harness/reduce/reduction.h"

#include <utility>

#include "gcmap/internal/base/random.h"
#include "harness/program/codec_binary.h"
#include "harness/program/order.h"
#include "harness/run/child.h"

namespace gcmap::harness {
namespace {

uint64_t hash_of(const Program& program) {
  uint64_t hash = 0;
  for (const ConfigField& field : all_config_fields()) hash = mix64(hash + field.get(program.config) + 1);
  for (const Operation& operation : program.operations) {
    const uint64_t head = static_cast<uint64_t>(operation.kind) | uint64_t{operation.a} << 8 |
                          uint64_t{operation.b} << 16 | uint64_t{operation.c} << 32;
    hash = mix64(mix64(hash + head) + operation.d);
  }
  return hash;
}

}  // namespace

bool is_same_failure(const Verdict& wanted, const Verdict& found, Strictness strictness) {
  if (!found.failed()) return false;
  switch (strictness) {
    case Strictness::kSameBug:
      return wanted.oracle == found.oracle && single_of(wanted.op) == single_of(found.op);
    case Strictness::kSameOracle:
      return wanted.oracle == found.oracle;
    case Strictness::kAnyFailure:
      return true;
  }
  return false;
}

Verdict Reduction::run(const Program& program) {
  ++stats_.executions;
  return options_.run ? options_.run(program) : run_in_child(program);
}

bool Reduction::begin(const Program& original) {
  stats_.pass = "original";
  best_ = original;
  canonicalize(best_);
  original_ = wanted_ = verdict_ = run(best_);
  if (!original_.failed()) return false;
  if (options_.on_better) options_.on_better(best_, verdict_, stats_);
  verify_always();
  cut_after_failure();
  return true;
}

void Reduction::verify_always() {
  if (best_.config.cadence == 1 || exhausted()) return;
  stats_.pass = "verify always";
  Program candidate = best_;
  candidate.config.cadence = 1;
  Verdict verdict = run(candidate);
  if (!verdict.failed() || verdict.operation > verdict_.operation) return;
  if (verdict.kind != VerdictKind::kBug && verdict.oracle != wanted_.oracle) return;
  if (options_.strictness == Strictness::kSameOracle && verdict.oracle != wanted_.oracle) return;
  wanted_ = verdict;
  accept(std::move(candidate), std::move(verdict));
}

void Reduction::cut_after_failure() {
  if (verdict_.operation + 1 >= size()) return;
  std::vector<Operation> kept = operations();
  kept.resize(verdict_.operation + 1);
  attempt(std::move(kept));
}

void Reduction::accept(Program program, Verdict verdict) {
  best_ = std::move(program);
  verdict_ = std::move(verdict);
  ++stats_.accepted;
  if (options_.on_better) options_.on_better(best_, verdict_, stats_);
}

bool Reduction::attempt(Program candidate) {
  canonicalize(candidate);
  if (exhausted() || !is_simpler(candidate, best_)) return false;
  if (!tried_.insert(hash_of(candidate)).second) {
    ++stats_.cached;
    return false;
  }
  Verdict verdict = run(candidate);
  if (!is_same_failure(wanted_, verdict, options_.strictness)) return false;
  accept(std::move(candidate), std::move(verdict));
  cut_after_failure();
  return true;
}

bool Reduction::attempt_without(const std::function<bool(size_t, const Operation&)>& dropped) {
  std::vector<Operation> kept;
  kept.reserve(size());
  for (size_t i = 0; i < size(); ++i) {
    if (!dropped(i, operations()[i])) kept.push_back(operations()[i]);
  }
  return kept.size() < size() && attempt(std::move(kept));
}

bool Reduction::attempt_without_block(size_t begin, size_t length) {
  return attempt_without(
      [=](size_t index, const Operation&) { return begin <= index && index < begin + length; });
}

bool Reduction::attempt_with(size_t index, const Operation& operation) {
  std::vector<Operation> changed = operations();
  changed[index] = operation;
  return attempt(std::move(changed));
}

}  // namespace gcmap::harness
