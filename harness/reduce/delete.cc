// Passes that delete operations.
#include <algorithm>
#include <set>
#include <vector>

#include "harness/reduce/passes.h"

namespace gcmap::harness {
namespace {

constexpr size_t kEveryBlockMax = 64;  // operations up to which every block is tried at every place
constexpr size_t kPairsMax = 16;       // and every pair
constexpr size_t kTriplesMax = 9;      // and every triple

bool is_iteration(OpKind kind) {
  return has_operand_of(kind, OperandKind::kIterator);
}
bool has_root(OpKind kind) {
  return has_operand_of(kind, OperandKind::kRoot);
}

// What operations name in any role of the space.
std::set<uint64_t> values_of(const Reduction& reduction, OperandKind space) {
  std::set<uint64_t> values;
  for (const Operation& operation : reduction.operations()) {
    for_each_operand_of(operation.kind, space,
                        [&](const OperandInfo& operand) { values.insert(operation.get(operand.field)); });
  }
  return values;
}

void drop_values(Reduction& reduction, OperandKind kind) {
  for (uint64_t value : values_of(reduction, kind)) {
    reduction.attempt_without(
        [&](size_t, const Operation& operation) { return names(operation, kind, value); });
  }
}

// Keys that more than one operation of a single key names: the others are what deleting operations tries.
std::vector<uint64_t> repeated_keys(const Reduction& reduction) {
  std::set<uint64_t> once;
  std::set<uint64_t> again;
  for (const Operation& operation : reduction.operations()) {
    const KeyRange keys = keys_of(operation);
    if (keys.count == 1 && !once.insert(keys.first).second) again.insert(keys.first);
  }
  return {again.begin(), again.end()};
}

}  // namespace

void reduce_drop_kinds(Reduction& reduction) {
  for (auto* family : {is_collector, is_arm, is_iteration, has_root}) {
    reduction.attempt_without([&](size_t, const Operation& operation) { return family(operation.kind); });
  }
  for (const OpInfo& op : all_ops()) {
    reduction.attempt_without([&](size_t, const Operation& operation) { return operation.kind == op.kind; });
  }
}

void reduce_drop_maps(Reduction& reduction) {
  for_each_name_space([&](OperandKind space) { drop_values(reduction, space); });
}

void reduce_drop_keys(Reduction& reduction) {
  const std::vector<uint64_t> keys = repeated_keys(reduction);
  for (size_t length = keys.size(); length > 0; length /= 2) {
    for (size_t begin = 0; begin < keys.size(); begin += length) {
      const auto first = keys.begin() + static_cast<ptrdiff_t>(begin);
      const auto last = keys.begin() + static_cast<ptrdiff_t>(std::min(begin + length, keys.size()));
      reduction.attempt_without([&](size_t, const Operation& operation) {
        const KeyRange named = keys_of(operation);
        return named.count == 1 && std::binary_search(first, last, named.first);
      });
    }
  }
}

// Later operations go first: what they depend on may go after them.
void reduce_delete_halves(Reduction& reduction) {
  for (size_t length = reduction.size() / 2; length > 0; length /= 2) {
    size_t end = reduction.size();
    while (end > 0) {
      const size_t begin = end > length ? end - length : 0;
      reduction.attempt_without_block(begin, end - begin);
      end = std::min(begin, reduction.size());
    }
  }
}

void reduce_delete_blocks(Reduction& reduction) {
  size_t length = reduction.size() / 2;
  while (length > 0 && !reduction.exhausted()) {
    // In long programs neighbouring places and lengths have little new to say.
    const bool every = reduction.size() <= kEveryBlockMax;
    const size_t stride = every ? 1 : std::max<size_t>(1, length / 8);
    for (size_t end = reduction.size(); end >= length;) {
      reduction.attempt_without_block(end - length, length);
      end = std::min(end - std::min(end, stride), reduction.size());
      if (end == 0) break;
    }
    length = every ? length - 1 : length * 3 / 4;
  }
}

void reduce_delete_sets(Reduction& reduction) {
  for (size_t first = 0; first < reduction.size() && reduction.size() <= kPairsMax; ++first) {
    for (size_t second = first + 2; second < reduction.size(); ++second) {
      reduction.attempt_without(
          [&](size_t index, const Operation&) { return index == first || index == second; });
    }
  }
  for (size_t first = 0; first < reduction.size() && reduction.size() <= kTriplesMax; ++first) {
    for (size_t second = first + 1; second < reduction.size(); ++second) {
      for (size_t third = second + 1; third < reduction.size(); ++third) {
        reduction.attempt_without([&](size_t index, const Operation&) {
          return index == first || index == second || index == third;
        });
      }
    }
  }
}

}  // namespace gcmap::harness
