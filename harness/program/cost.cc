// The estimate is coarse on purpose: it only has to keep the worst programs away.
#include "harness/program/cost.h"

#include <algorithm>
#include <array>

#include "harness/program/operands.h"

namespace gcmap::harness {
namespace {

constexpr uint64_t kEntriesPerAllocation = 8;  // a bucket's worth
struct Load {
  uint64_t verified = 0;   // entries that verification after every operation looks at
  uint64_t collected = 0;  // entries that a collection at every allocation marks
};

// The operand that the operation costs by; null: it costs 1.
const OperandInfo* cost_operand(OpKind kind) {
  const auto& cost = info_of(kind).traits.cost;
  return cost ? find_operand(kind, *cost) : nullptr;
}

// The operand that one operation of a run costs by, of those the run has; null: it costs 1.
const OperandInfo* cost_operand_of_one(OpKind run) {
  const auto& cost = info_of(single_of(run)).traits.cost;
  return cost ? find_operand(run, *cost) : nullptr;
}

uint64_t cost_of_one(const Operation& run) {
  const OperandInfo* const cost = cost_operand_of_one(run.kind);
  return cost == nullptr ? 1 : 1 + run.get(cost->field) / info_of(cost->kind).per_work;
}

// Brings one operation to at most `left`, or to the least it can cost.
void bound_cost(Operation& operation, uint64_t left) {
  const OperandInfo* const cost = cost_operand(operation.kind);
  if (cost == nullptr || cost_of(operation) <= left) return;
  const OperandKindInfo& kind = info_of(cost->kind);
  const bool run = is_run(operation.kind);
  const uint64_t work = run ? left / cost_of_one(operation) : left - std::min<uint64_t>(left, 1);
  operation.set(cost->field, std::max(work * kind.per_work, kind.least));
  const OperandInfo* const of_one = run ? cost_operand_of_one(operation.kind) : nullptr;
  if (of_one != nullptr && cost_of(operation) > left)
    operation.set(of_one->field, info_of(of_one->kind).least);
}

// How many entries a map has after the operation, if it had `before`.
uint64_t entries_after(const Operation& operation, const OpTraits& traits, uint64_t before) {
  const uint64_t amount = traits.cost ? get_operand(operation, *traits.cost) : 0;
  switch (traits.entries) {
    case EntriesEffect::kNone:
      return 0;
    case EntriesEffect::kOneMore:
      return before + 1;
    case EntriesEffect::kMore:
      return before + amount;
    case EntriesEffect::kFewer:
      return before - std::min(before, amount);
    case EntriesEffect::kHint:
      return amount / info_of(*traits.cost).per_work;
    case EntriesEffect::kAtLeastHint:
      return std::max(before, amount / info_of(*traits.cost).per_work);
    case EntriesEffect::kSame:
    case EntriesEffect::kCopied:
    case EntriesEffect::kObject:
      return before;
  }
  return before;
}

// How many entries each map has, or so it is guessed, and how many there are with the objects beside them.
class Entries {
 public:
  uint64_t total() const { return total_; }

  // Returns how many allocations the operation made.
  uint64_t apply(const Operation& operation) {
    const OpTraits& traits = info_of(operation.kind).traits;
    if (traits.entries == EntriesEffect::kSame) return 0;
    if (traits.entries == EntriesEffect::kObject) {
      total_ += cost_of(operation);  // as if it lived for ever
      return 1;
    }
    uint64_t& here = of_map_[get_operand(operation, OperandKind::kMap)];
    const uint64_t before = here;
    if (traits.entries == EntriesEffect::kCopied) {
      set(of_map_[get_operand(operation, OperandKind::kTarget)], before);
      return 0;
    }
    set(here, entries_after(operation, traits, before));
    return here > before ? (here - before) / kEntriesPerAllocation + 1 : 0;
  }

 private:
  void set(uint64_t& entries, uint64_t count) {
    total_ += count - entries;  // modulo 2^64, as the total counts `entries` in
    entries = count;
  }

  std::array<uint64_t, count_of(OperandKind::kMap)> of_map_{};
  uint64_t total_ = 0;
};

Load load_of(const Program& program) {
  Entries entries;
  Load load;
  for (const Operation& operation : program.operations) {
    const uint64_t allocations = entries.apply(operation);
    load.verified += entries.total();
    load.collected += allocations * entries.total();
  }
  return load;
}

void collect_less_often(Config& config, uint64_t collected) {
  const auto pacing = static_cast<PacingKind>(config.pacing);
  if (pacing != PacingKind::kAllocation && pacing != PacingKind::kGrowth) return;
  config.pacing_n =
      static_cast<uint32_t>(std::clamp<uint64_t>(collected / kCollectCostMax, config.pacing_n, 255));
}

void verify_less_often(Config& config, uint64_t verified) {
  if (config.cadence == 0) return;
  config.cadence =
      static_cast<uint32_t>(std::clamp<uint64_t>(verified / kVerifyCostMax, config.cadence, 255));
}

// Where many keys share a chain, what a key costs grows with the chain, and the program's cost with
// its square.
uint64_t cost_max(const Config& config) {
  const auto hash = static_cast<HashClass>(config.hash);
  if (hash == HashClass::kConstant) return kChainCostMax;
  if (hash == HashClass::kLow) return std::min(kCostMax, kChainCostMax << config.hash_bits / 2);
  return kCostMax;
}

}  // namespace

uint64_t cost_of(const Operation& operation) {
  const OperandInfo* const cost = cost_operand(operation.kind);
  if (cost == nullptr) return 1;  // advancing to the end costs what was put before
  const uint64_t work = operation.get(cost->field) / info_of(cost->kind).per_work;
  return is_run(operation.kind) ? work * cost_of_one(operation) : 1 + work;
}

uint64_t cost_of(const Program& program) {
  uint64_t work = 0;
  for (const Operation& operation : program.operations) work += cost_of(operation);
  return work;
}

void bound_cost(Program& program) {
  uint64_t left = cost_max(program.config);
  for (Operation& operation : program.operations) {
    bound_cost(operation, left);
    left -= std::min(left, cost_of(operation));
  }
  const Load load = load_of(program);
  collect_less_often(program.config, load.collected);
  verify_less_often(program.config, load.verified);
}

}  // namespace gcmap::harness
