// Starting over from the outline: what a long program says with many writes and chosen hashes, a few runs of
// new keys under ordinary hashes often say too.
#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <utility>
#include <vector>

#include "harness/program/boundaries.h"
#include "harness/reduce/passes.h"

namespace gcmap::harness {
namespace {

constexpr size_t kWorthwhile = 12;  // operations from which the outline is tried
constexpr size_t kBlocksSized = 3;  // blocks of writes whose size is varied
constexpr size_t kSizes = 3;        // as many keys as there were; a full map; one more, which grows
using Sizes = std::array<size_t, kBlocksSized>;

bool adds_keys(OpKind kind) {
  return run_for(kind) == OpKind::kPutRun;
}

bool fades(OpKind kind) {
  const bool by_key = run_for(kind) != OpKind::kNop && has_operand(kind, OperandKind::kKey);
  return by_key || has_operand(kind, OperandKind::kHash);
}

uint64_t sized(uint64_t entries, size_t size) {
  if (size == 0) return entries;
  const auto* const full = std::lower_bound(std::begin(kFullCounts), std::end(kFullCounts), entries);
  return full == std::end(kFullCounts) ? entries : *full + (size == 2 ? 1 : 0);
}

// Every block of writes to map 0 becomes one run of keys not put before; the other operations stay.
std::vector<Operation> outline(const std::vector<Operation>& operations, const Sizes& sizes) {
  std::vector<Operation> result;
  std::set<uint64_t> met;
  uint64_t entries = 0;  // put by the runs so far
  size_t block = 0;
  const auto flush = [&] {
    const uint64_t wanted =
        sized(std::max<uint64_t>(met.size(), entries), block < kBlocksSized ? sizes[block] : 0);
    if (wanted <= entries) return;
    Operation run = simplest_operation(OpKind::kPutRun);
    set_operand(run, OperandKind::kKey, entries + 1);
    set_operand(run, OperandKind::kCount, std::min(wanted - entries, greatest(OperandKind::kCount)));
    result.push_back(run);
    entries = wanted;
    ++block;
  };
  for (const Operation& operation : operations) {
    if (adds_keys(operation.kind)) {
      const KeyRange keys = keys_of(operation);
      for (uint64_t i = 0; i < keys.count; ++i) met.insert(keys.first + i);
    } else if (!fades(operation.kind)) {
      flush();
      result.push_back(operation);
    }
  }
  flush();
  return with_full_advances(std::move(result));
}

}  // namespace

void reduce_outline(Reduction& reduction) {
  if (reduction.size() < kWorthwhile) return;
  const std::vector<Operation> operations = reduction.operations();
  for (size_t choice = 0; choice < kSizes * kSizes * kSizes; ++choice) {
    const Sizes sizes = {choice % kSizes, choice / kSizes % kSizes, choice / kSizes / kSizes};
    if (reduction.attempt(outline(operations, sizes))) return;
  }
}

}  // namespace gcmap::harness
