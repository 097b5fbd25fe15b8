// The comparison behind is_simpler.
#include "harness/program/order.h"

#include <compare>
#include <cstdint>

#include "harness/program/cost.h"
#include "harness/program/operands.h"

namespace gcmap::harness {
namespace {

// The single operations of runs before those that do more at once; otherwise as they are numbered.
uint32_t rank_of(OpKind kind) {
  const OpKind run = info_of(kind).traits.run;
  const bool single = run != OpKind::kNop && single_of(run) == kind;
  constexpr uint32_t kKinds = 256;
  return single ? static_cast<uint32_t>(run) : kKinds + static_cast<uint32_t>(kind);
}

uint64_t distance(uint64_t value, uint64_t simplest) {
  return value > simplest ? value - simplest : simplest - value;
}

std::strong_ordering compare(const Operation& first, const Operation& second) {
  const auto by_rank = rank_of(first.kind) <=> rank_of(second.kind);
  if (by_rank != 0) return by_rank;
  for (const OperandInfo& operand : info_of(first.kind).operands) {
    const uint64_t simplest = info_of(operand.kind).simplest;
    const uint64_t first_value = first.get(operand.field);
    const uint64_t second_value = second.get(operand.field);
    const auto by_distance = distance(first_value, simplest) <=> distance(second_value, simplest);
    if (by_distance != 0) return by_distance;
    if (first_value != second_value) return first_value <=> second_value;
  }
  return std::strong_ordering::equal;
}

bool chooses_hashes(const ConfigField& field) {
  return field.name == "hash" || field.name == "hash_bits" || field.name == "seed";
}

uint32_t fields_set(const Config& config) {
  uint32_t count = 0;
  for (const ConfigField& field : all_config_fields()) {
    count += field.get(config) != field.simplest && !chooses_hashes(field) ? 1 : 0;
  }
  return count;
}

std::strong_ordering compare(const Config& first, const Config& second) {
  for (const ConfigField& field : all_config_fields()) {
    const uint64_t first_value = field.get(first);
    const uint64_t second_value = field.get(second);
    const auto by_distance = distance(first_value, field.simplest) <=> distance(second_value, field.simplest);
    if (by_distance != 0) return by_distance;
    if (first_value != second_value) return first_value <=> second_value;
  }
  return std::strong_ordering::equal;
}

std::strong_ordering compare(const Program& first, const Program& second) {
  if (first.operations.size() != second.operations.size())
    return first.operations.size() <=> second.operations.size();
  const auto by_work = cost_of(first) <=> cost_of(second);
  if (by_work != 0) return by_work;
  const auto by_fields = fields_set(first.config) <=> fields_set(second.config);
  if (by_fields != 0) return by_fields;
  for (size_t i = 0; i < first.operations.size(); ++i) {
    const auto by_operation = compare(first.operations[i], second.operations[i]);
    if (by_operation != 0) return by_operation;
  }
  return compare(first.config, second.config);
}

}  // namespace

bool is_simpler(const Program& candidate, const Program& than) {
  return compare(candidate, than) < 0;
}

}  // namespace gcmap::harness
