// Passes that change two things at once, for programs that no single change makes simpler.
#include <algorithm>
#include <utility>
#include <vector>

#include "harness/program/boundaries.h"
#include "harness/reduce/passes.h"

namespace gcmap::harness {
namespace {

constexpr size_t kRenameMax = 16;  // operations up to which runs take over keys
constexpr size_t kAdjustMax = 8;   // and up to which deletions are made good by longer runs
constexpr size_t kRehashMax = 64;  // and up to which they are tried with other hashes
constexpr size_t kSizesTried = 3;  // growths a longer run aims at

bool puts(OpKind kind) {
  return run_for(kind) == OpKind::kPutRun;
}

// A put_run of `count` keys from the operation's own.
Operation as_run(const Operation& put, uint64_t count) {
  Operation run = simplest_operation(OpKind::kPutRun);
  for (OperandKind kind : {OperandKind::kMap, OperandKind::kKey, OperandKind::kValue}) {
    set_operand(run, kind, get_operand(put, kind));
  }
  set_operand(run, OperandKind::kCount, count);
  return run;
}

bool is_in(const KeyRange& range, uint64_t key) {
  return range.first <= key && key < range.first + range.count;
}

// Lets the operation at `run` put the key of the one at `single` last: the key gets the number behind the
// run's wherever it is named alone.
void merge_by_renaming(Reduction& reduction, size_t run, size_t single) {
  std::vector<Operation> operations = reduction.operations();
  const KeyRange keys = keys_of(operations[run]);
  const uint64_t key = get_operand(operations[single], OperandKind::kKey);
  const uint64_t renamed = keys.first + keys.count;
  if (is_in(keys, key) || renamed > greatest(OperandKind::kKey) ||
      keys.count == greatest(OperandKind::kCount)) {
    return;
  }
  for (Operation& operation : operations) {
    const KeyRange named = keys_of(operation);
    if (named.count == 1 && named.first == key) set_operand(operation, OperandKind::kKey, renamed);
  }
  const Operation merged = as_run(operations[run], keys.count + 1);
  for (size_t place : {single, run}) {
    std::vector<Operation> candidate = operations;
    candidate[place] = merged;
    candidate.erase(candidate.begin() + static_cast<ptrdiff_t>(place == run ? single : run));
    if (reduction.attempt(std::move(candidate))) return;
  }
}

bool uses_seed(const Config& config) {
  const auto hash = static_cast<HashClass>(config.hash);
  return hash != HashClass::kConstant && hash != HashClass::kIdentity;
}

// Hashes that do not depend on the seeds maps draw, simplest first; then other seeds for those that do.
std::vector<Config> other_hashes(const Config& config) {
  constexpr std::pair<HashClass, uint32_t> kClasses[] = {
      {HashClass::kConstant, 0}, {HashClass::kLow, 0},      {HashClass::kLow, 1},
      {HashClass::kLow, 2},      {HashClass::kIdentity, 0},
  };
  constexpr uint32_t kSeeds = 6;
  std::vector<Config> result;
  for (const auto& [hash, bits] : kClasses) {
    Config other = config;
    other.hash = static_cast<uint32_t>(hash);
    if (hash == HashClass::kLow) other.hash_bits = bits;
    result.push_back(other);
  }
  for (uint32_t seed = 0; seed < kSeeds; ++seed) {
    Config other = config;
    other.seed = seed;
    result.push_back(other);
  }
  return result;
}

}  // namespace

std::vector<Operation> with_full_advances(std::vector<Operation> operations) {
  for (Operation& operation : operations) {
    if (has_operand(operation.kind, OperandKind::kEntries))
      set_operand(operation, OperandKind::kEntries, greatest(OperandKind::kEntries));
  }
  return operations;
}

// A put that must come after others, on a key that must be there before them, fits no run as the keys
// are named.
void reduce_merge_by_renaming(Reduction& reduction) {
  for (size_t run = 0; run < reduction.size() && reduction.size() <= kRenameMax; ++run) {
    for (size_t single = 0; single < reduction.size() && run < reduction.size(); ++single) {
      const Operation& first = reduction.operations()[run];
      const Operation& second = reduction.operations()[single];
      if (run == single || !puts(first.kind) || !puts(second.kind) || is_run(second.kind)) continue;
      if (get_operand(first, OperandKind::kMap) != get_operand(second, OperandKind::kMap)) continue;
      merge_by_renaming(reduction, run, single);
    }
  }
}

// A growth that several operations brought about may also be had from one run alone, of a size no
// merging guesses.
void reduce_delete_and_adjust(Reduction& reduction) {
  for (size_t deleted = 0; deleted < reduction.size() && reduction.size() <= kAdjustMax; ++deleted) {
    for (size_t adjusted = 0; adjusted < reduction.size() && deleted < reduction.size(); ++adjusted) {
      if (adjusted == deleted || !puts(reduction.operations()[adjusted].kind)) continue;
      for (size_t size = 0; size < kSizesTried; ++size) {
        std::vector<Operation> candidate = reduction.operations();
        candidate[adjusted] = as_run(candidate[adjusted], kFullCounts[size] + 1);
        candidate.erase(candidate.begin() + static_cast<ptrdiff_t>(deleted));
        if (reduction.attempt(candidate) || reduction.attempt(with_full_advances(std::move(candidate))))
          break;
      }
    }
  }
}

// Odd keys are often there for their hashes alone.
void reduce_rename_and_rehash(Reduction& reduction) {
  const std::vector<Operation> packed = with_packed_keys(reduction.operations());
  if (packed == reduction.operations()) return;
  for (const Config& config : other_hashes(reduction.best().config)) {
    if (reduction.attempt(Program{config, packed})) return;
  }
}

// Making, clearing and emptying maps draws seeds, and with them the hashes of whatever comes later.
// Operations that are there for nothing else give way to a configuration.
void reduce_delete_and_rehash(Reduction& reduction) {
  const auto& operations = reduction.operations();
  const bool seeds_matter = std::any_of(operations.begin(), operations.end(), [](const Operation& operation) {
    return info_of(operation.kind).traits.draws_seed;
  });
  if (!seeds_matter || !uses_seed(reduction.best().config) || reduction.size() > kRehashMax) return;
  for (size_t length = reduction.size() / 2; length > 0; length /= 2) {
    for (size_t begin = 0; begin + length <= reduction.size();) {
      std::vector<Operation> kept = reduction.operations();
      const auto first = kept.begin() + static_cast<ptrdiff_t>(begin);
      kept.erase(first, first + static_cast<ptrdiff_t>(length));
      const std::vector<Config> configs = other_hashes(reduction.best().config);
      const bool accepted = std::any_of(configs.begin(), configs.end(), [&](const Config& config) {
        return reduction.attempt(Program{config, kept});
      });
      if (!accepted) begin += length;
    }
  }
}

}  // namespace gcmap::harness
