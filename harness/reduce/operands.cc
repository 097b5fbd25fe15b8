// Passes that leave the operations where they are and make their operands plainer.
#include <algorithm>
#include <bit>
#include <map>
#include <utility>
#include <vector>

#include "harness/reduce/passes.h"

namespace gcmap::harness {
namespace {

// Components of keys that runs hold together: disjoint ranges, in order of first use.
std::vector<KeyRange> key_ranges(const std::vector<Operation>& operations) {
  std::vector<KeyRange> ranges;
  for (const Operation& operation : operations) {
    KeyRange range = keys_of(operation);
    if (range.count == 0) continue;
    // The first range that overlaps takes the place; all others that overlap are swallowed.
    auto place = ranges.end();
    for (auto other = ranges.begin(); other != ranges.end();) {
      const bool overlaps =
          other->first < range.first + range.count && range.first < other->first + other->count;
      if (!overlaps) {
        ++other;
        continue;
      }
      const uint64_t first = std::min(other->first, range.first);
      const uint64_t end = std::max(other->first + other->count, range.first + range.count);
      range = {first, end - first};
      if (place == ranges.end()) {
        place = other++;
      } else {
        const auto kept = place - ranges.begin();
        other = ranges.erase(other);
        place = ranges.begin() + kept;
      }
      *place = range;
    }
    if (place == ranges.end()) ranges.push_back(range);
  }
  return ranges;
}

// The operations with range i moved to begin at to[i].
std::vector<Operation> move_ranges(std::vector<Operation> operations, const std::vector<KeyRange>& ranges,
                                   const std::vector<uint64_t>& to) {
  for (Operation& operation : operations) {
    const KeyRange keys = keys_of(operation);
    if (keys.count == 0) continue;
    for (size_t i = 0; i < ranges.size(); ++i) {
      if (keys.first < ranges[i].first || keys.first >= ranges[i].first + ranges[i].count) continue;
      const uint64_t key = to[i] + (keys.first - ranges[i].first);
      set_operand(operation, OperandKind::kKey, std::min(key, greatest(OperandKind::kKey)));
    }
  }
  return operations;
}

std::vector<size_t> in_order(size_t size) {
  std::vector<size_t> order(size);
  for (size_t i = 0; i < size; ++i) order[i] = i;
  return order;
}

// Places for all ranges, one behind the other from key 1, in the order given.
std::vector<uint64_t> packed(const std::vector<KeyRange>& ranges, const std::vector<size_t>& order) {
  std::vector<uint64_t> to(ranges.size());
  uint64_t next = 1;
  for (size_t i : order) {
    to[i] = next;
    next += ranges[i].count;
  }
  return to;
}

// One range to key 1, then behind each other range: next to it, or into a gap.
void move_one_range(Reduction& reduction, size_t index) {
  const std::vector<KeyRange> ranges = key_ranges(reduction.operations());
  if (index >= ranges.size()) return;
  std::vector<uint64_t> to;
  for (const KeyRange& range : ranges) to.push_back(range.first);
  std::vector<uint64_t> places = {1};
  for (const KeyRange& range : ranges) places.push_back(range.first + range.count);
  std::sort(places.begin(), places.end());
  for (uint64_t place : places) {
    if (place >= ranges[index].first) return;
    to[index] = place;
    if (reduction.attempt(move_ranges(reduction.operations(), ranges, to))) return;
  }
}

// Calls change(operation, operand) for every operand of the space.
template <typename Change>
void for_each_of(std::vector<Operation>& operations, OperandKind space, const Change& change) {
  for (Operation& operation : operations) {
    for_each_operand_of(operation.kind, space,
                        [&](const OperandInfo& operand) { change(operation, operand); });
  }
}

// Numbers what operations name 0, 1, 2, ... by first use.
void rename_by_first_use(Reduction& reduction, OperandKind space) {
  std::map<uint64_t, uint64_t> numbers;
  std::vector<Operation> operations = reduction.operations();
  for_each_of(operations, space, [&](Operation& operation, const OperandInfo& operand) {
    const auto [entry, _] = numbers.try_emplace(operation.get(operand.field), numbers.size());
    operation.set(operand.field, entry->second);
  });
  reduction.attempt(std::move(operations));
}

// Every operand of a space to its simplest value, in one attempt.
void simplify_all(Reduction& reduction, OperandKind space) {
  std::vector<Operation> operations = reduction.operations();
  for_each_of(operations, space, [](Operation& operation, const OperandInfo& operand) {
    operation.set(operand.field, info_of(operand.kind).simplest);
  });
  reduction.attempt(std::move(operations));
}

using AttemptValue = std::function<bool(uint64_t)>;

// A hash is made of parts, not a quantity: whole bytes go first, then bits.
void simplify_hash(uint64_t value, const AttemptValue& attempt) {
  if (attempt(0)) return;
  for (uint32_t shift = 0; shift < 64; shift += 8) {
    const uint64_t without = value & ~(uint64_t{0xff} << shift);
    if (without != value && attempt(without)) value = without;
  }
  for (uint64_t rest = value; rest != 0; rest &= rest - 1) {
    const uint64_t without = value & ~(rest & -rest);
    if (attempt(without)) value = without;
  }
}

// Named values have no middle: all that are nearer to the simplest are tried, the nearest first.
void simplify_name(uint64_t value, const OperandKindInfo& range, const AttemptValue& attempt) {
  const auto distance = [&](uint64_t name) {
    return name > range.simplest ? name - range.simplest : range.simplest - name;
  };
  for (uint64_t away = 0; away <= distance(value); ++away) {
    for (uint64_t name = range.least; name <= range.greatest; ++name) {
      if (name != value && distance(name) == away && attempt(name)) return;
    }
  }
}

void simplify_operand(Reduction& reduction, size_t index, const OperandInfo& operand) {
  const OpKind kind = reduction.operations()[index].kind;
  const OperandKindInfo& range = info_of(operand.kind);
  const uint64_t value = reduction.operations()[index].get(operand.field);
  const AttemptValue attempt = [&](uint64_t simpler) {
    if (index >= reduction.size() || reduction.operations()[index].kind != kind) return false;
    Operation operation = reduction.operations()[index];
    operation.set(operand.field, simpler);
    return reduction.attempt_with(index, operation);
  };
  if (has_trait(operand.kind, kBits)) {
    simplify_hash(value, attempt);
  } else if (!range.names.empty()) {
    simplify_name(value, range, attempt);
  } else if (value < range.simplest) {
    attempt(range.simplest);
  } else {
    lower(value, range.simplest, attempt);
  }
}

}  // namespace

std::vector<Operation> with_packed_keys(const std::vector<Operation>& operations) {
  const std::vector<KeyRange> ranges = key_ranges(operations);
  return move_ranges(operations, ranges, packed(ranges, in_order(ranges.size())));
}

void reduce_rename_keys(Reduction& reduction) {
  if (reduction.attempt(with_packed_keys(reduction.operations()))) return;
  const std::vector<KeyRange> ranges = key_ranges(reduction.operations());
  std::vector<size_t> order = in_order(ranges.size());
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return ranges[a].first < ranges[b].first; });
  if (reduction.attempt(move_ranges(reduction.operations(), ranges, packed(ranges, order)))) return;
  for (size_t i = 0; i < ranges.size(); ++i) move_one_range(reduction, i);
}

void reduce_rename_maps(Reduction& reduction) {
  for_each_name_space([&](OperandKind space) { rename_by_first_use(reduction, space); });
}

void reduce_plain_kinds(Reduction& reduction) {
  for (size_t index = 0; index < reduction.size(); ++index) {
    const Operation operation = reduction.operations()[index];
    const OpKind kind = info_of(operation.kind).traits.plainer;
    if (kind == OpKind::kNop) continue;
    Operation plain = simplest_operation(kind);
    for (const OperandInfo& operand : info_of(kind).operands) {
      if (has_operand(operation.kind, operand.kind))
        plain.set(operand.field, get_operand(operation, operand.kind));
    }
    reduction.attempt_with(index, plain);
  }
}

void reduce_operands(Reduction& reduction) {
  for (const OperandKindInfo& kind : all_operand_kinds()) {
    if (has_trait(kind.kind, kTogether)) simplify_all(reduction, kind.space);
  }
  for_each_name_space([&](OperandKind space) { simplify_all(reduction, space); });
  for (size_t index = 0; index < reduction.size(); ++index) {
    for (const OperandInfo& operand : info_of(reduction.operations()[index].kind).operands) {
      if (index < reduction.size()) simplify_operand(reduction, index, operand);
    }
  }
}

void reduce_config(Reduction& reduction) {
  const auto attempt_field = [&](const ConfigField& field, uint64_t value) {
    Program candidate = reduction.best();
    field.set(candidate.config, value);
    return reduction.attempt(std::move(candidate));
  };
  if (reduction.attempt(Program{Config{}, reduction.operations()})) return;
  Config but_verified;
  but_verified.cadence = reduction.best().config.cadence;
  if (reduction.attempt(Program{but_verified, reduction.operations()})) return;
  but_verified.kind = reduction.best().config.kind;  // what maps hold is seldom beside the point
  if (reduction.attempt(Program{but_verified, reduction.operations()})) return;
  for (const ConfigField& field : all_config_fields()) {
    const uint64_t value = field.get(reduction.best().config);
    if (value == field.simplest || attempt_field(field, field.simplest)) continue;
    // Names have no middle, and how often to verify is no quantity the failure depends on.
    if (!field.values.empty() || field.name == "cadence") continue;
    if (value > field.simplest)
      lower(value, field.simplest, [&](uint64_t less) { return attempt_field(field, less); });
  }
}

}  // namespace gcmap::harness
