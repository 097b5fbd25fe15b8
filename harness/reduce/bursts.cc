// Passes that make runs of keys: fewer operations that do as much, then shorter runs.
#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "harness/program/boundaries.h"
#include "harness/reduce/passes.h"

namespace gcmap::harness {
namespace {

constexpr size_t kDistantMax = 16;  // operations up to which distant ones are merged
constexpr uint64_t kLinearMax = 4;  // counts below the best that are tried one by one

// How often an operation does what its run does again and again.
uint64_t times(const Operation& operation) {
  return is_run(operation.kind) ? get_operand(operation, OperandKind::kCount) : 1;
}

// One run that does as much as both, from the least key that either names.
std::optional<Operation> merge_runs(const Operation& first, const Operation& second) {
  const OpKind kind = run_for(first.kind);
  if (kind == OpKind::kNop || kind != run_for(second.kind)) return std::nullopt;
  Operation run = simplest_operation(kind);
  for (const OperandInfo& operand : info_of(kind).operands) {
    const uint64_t of_first = get_operand(first, operand.kind);
    if (operand.kind != OperandKind::kKey && operand.kind != OperandKind::kCount &&
        operand.kind != OperandKind::kValue && of_first != get_operand(second, operand.kind))
      return std::nullopt;  // of another map, or another object
    set_operand(run, operand.kind, of_first);
  }
  if (has_operand(kind, OperandKind::kKey))
    set_operand(run, OperandKind::kKey, std::min(keys_of(first).first, keys_of(second).first));
  set_operand(run, OperandKind::kCount,
              std::min<uint64_t>(times(first) + times(second), greatest(OperandKind::kCount)));
  return run;
}

// One step of twice the size, for operations that do so many units of the same.
std::optional<Operation> merge_amounts(const Operation& first, const Operation& second) {
  if (first.kind != second.kind) return std::nullopt;
  for (const OperandInfo& operand : info_of(first.kind).operands) {
    if (!has_trait(operand.kind, kSums)) continue;
    Operation merged = first;
    merged.set(operand.field, second.get(operand.field));
    if (merged != second) return std::nullopt;  // another iterator
    const uint64_t sum = first.get(operand.field) + second.get(operand.field);
    merged.set(operand.field, std::min(sum, greatest(operand.kind)));
    return merged;
  }
  return std::nullopt;
}

std::optional<Operation> merge(const Operation& first, const Operation& second) {
  const std::optional<Operation> merged = merge_runs(first, second);
  return merged ? merged : merge_amounts(first, second);
}

// The operations with the block replaced by one.
std::vector<Operation> with_block_as(const std::vector<Operation>& operations, size_t begin, size_t end,
                                     const Operation& replacement) {
  std::vector<Operation> result(operations.begin(), operations.begin() + static_cast<ptrdiff_t>(begin));
  result.push_back(replacement);
  result.insert(result.end(), operations.begin() + static_cast<ptrdiff_t>(end), operations.end());
  return result;
}

struct Streak {
  size_t end;
  Operation merged;
};
// From `begin` on, as many operations as merge into one.
// Returns their end and the merged operation.
Streak streak_at(const std::vector<Operation>& operations, size_t begin) {
  Streak streak = {begin + 1, operations[begin]};
  while (streak.end < operations.size()) {
    const std::optional<Operation> merged = merge(streak.merged, operations[streak.end]);
    if (!merged) break;
    streak.merged = *merged;
    ++streak.end;
  }
  return streak;
}

void merge_collector_steps(Reduction& reduction) {
  for (size_t begin = 0; begin < reduction.size(); ++begin) {
    size_t end = begin;
    while (end < reduction.size() && is_collector(reduction.operations()[end].kind)) ++end;
    if (end - begin < 2) continue;
    reduction.attempt(
        with_block_as(reduction.operations(), begin, end, simplest_operation(OpKind::kCollect)));
  }
}

// The run without `cut` keys at its beginning, or at its end.
Operation shortened(const Operation& run, uint64_t cut, bool at_beginning) {
  Operation result = run;
  set_operand(result, OperandKind::kCount, get_operand(run, OperandKind::kCount) - cut);
  if (!at_beginning || !has_operand(run.kind, OperandKind::kKey)) return result;
  const uint64_t key = get_operand(run, OperandKind::kKey) + cut;
  set_operand(result, OperandKind::kKey, std::min(key, greatest(OperandKind::kKey)));
  if (has_operand(run.kind, OperandKind::kValue)) {
    const uint64_t value = get_operand(run, OperandKind::kValue) + cut;
    set_operand(result, OperandKind::kValue, std::min(value, greatest(OperandKind::kValue)));
  }
  return result;
}

Operation as_single(const Operation& run) {
  Operation single = simplest_operation(single_of(run.kind));
  for (const OperandInfo& operand : info_of(single.kind).operands) {
    single.set(operand.field, get_operand(run, operand.kind));
  }
  return single;
}

// What fails at one growth mostly fails at a smaller one, and between them nothing does: no bisection finds
// the way.
void jump_to_smaller_growth(Reduction& reduction, size_t index) {
  const uint64_t count = get_operand(reduction.operations()[index], OperandKind::kCount);
  for (uint32_t full : kFullCounts) {
    for (uint64_t target : {full, full + 1}) {
      if (target >= count) return;
      std::vector<Operation> candidate = reduction.operations();
      candidate[index] = shortened(candidate[index], count - target, false);
      if (reduction.attempt(candidate) || reduction.attempt(with_full_advances(std::move(candidate)))) return;
    }
  }
}

// False once the operation at `index` is another one: a cut took it away.
bool still_there(const Reduction& reduction, size_t index, OpKind kind) {
  return index < reduction.size() && reduction.operations()[index].kind == kind;
}

void shorten_run(Reduction& reduction, size_t index) {
  const OpKind kind = reduction.operations()[index].kind;
  if (reduction.attempt_with(index, as_single(reduction.operations()[index]))) return;
  jump_to_smaller_growth(reduction, index);
  for (bool at_beginning : {false, true}) {
    if (at_beginning && !has_operand(kind, OperandKind::kKey)) return;
    if (!still_there(reduction, index, kind)) return;
    const auto try_count = [&](uint64_t count) {
      if (!still_there(reduction, index, kind)) return false;
      const Operation& run = reduction.operations()[index];
      const uint64_t present = get_operand(run, OperandKind::kCount);
      return count < present && reduction.attempt_with(index, shortened(run, present - count, at_beginning));
    };
    lower(get_operand(reduction.operations()[index], OperandKind::kCount), 1, try_count);
    if (!still_there(reduction, index, kind)) return;
    const uint64_t count = get_operand(reduction.operations()[index], OperandKind::kCount);
    for (uint64_t less = 2; less <= kLinearMax && less < count; ++less) {
      if (try_count(count - less)) break;
    }
  }
}

}  // namespace

void reduce_merge_neighbours(Reduction& reduction) {
  merge_collector_steps(reduction);
  for (size_t begin = 0; begin + 1 < reduction.size(); ++begin) {
    const Streak streak = streak_at(reduction.operations(), begin);
    if (streak.end - begin < 2) continue;
    if (reduction.attempt(with_block_as(reduction.operations(), begin, streak.end, streak.merged))) continue;
    const std::optional<Operation> pair =
        merge(reduction.operations()[begin], reduction.operations()[begin + 1]);
    if (pair && streak.end - begin > 2) {
      reduction.attempt(with_block_as(reduction.operations(), begin, begin + 2, *pair));
    }
  }
}

void reduce_merge_distant(Reduction& reduction) {
  if (reduction.size() > kDistantMax) return;
  for (size_t first = 0; first < reduction.size(); ++first) {
    for (size_t second = first + 2; second < reduction.size(); ++second) {
      const std::vector<Operation>& operations = reduction.operations();
      const std::optional<Operation> merged = merge(operations[first], operations[second]);
      if (!merged) continue;
      std::vector<Operation> candidate = operations;
      candidate[first] = *merged;
      candidate.erase(candidate.begin() + static_cast<ptrdiff_t>(second));
      if (reduction.attempt(candidate)) continue;
      candidate = operations;
      candidate[second] = *merged;
      candidate.erase(candidate.begin() + static_cast<ptrdiff_t>(first));
      reduction.attempt(std::move(candidate));
    }
  }
}

void reduce_shorten_runs(Reduction& reduction) {
  for (size_t index = reduction.size(); index > 0; --index) {
    if (index <= reduction.size() && is_run(reduction.operations()[index - 1].kind))
      shorten_run(reduction, index - 1);
  }
}

}  // namespace gcmap::harness
