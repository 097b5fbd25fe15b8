// The passes of the reducer, each a function that attempts candidates until it has no more.
//
// Internal to the reducer (harness/reduce/reducer.h). A pass leaves the reduction no worse than it found it,
// by construction: only Reduction::attempt changes the best program.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "harness/reduce/reduction.h"

namespace gcmap::harness {

#define PASS(name, stage, doc) void reduce_##name(Reduction& reduction);
#include "harness/reduce/passes.def"
#undef PASS

// Calls visit(space) for every space of names, in table order.
template <typename Visit>
void for_each_name_space(const Visit& visit) {
  for (const OperandKindInfo& kind : all_operand_kinds()) {
    if (kind.space == kind.kind && has_trait(kind.kind, kName)) visit(kind.kind);
  }
}

// The candidate with keys 1, 2, 3, ... by first use; what runs hold together stays together.
std::vector<Operation> with_packed_keys(const std::vector<Operation>& operations);

// The candidate with every iterator advanced to its end: how far it has to go depends on how many keys
// there are.
std::vector<Operation> with_full_advances(std::vector<Operation> operations);

// Lowers a value by the largest steps that succeed, down to `least`: bisection where the failure is monotone,
// and never worse than it where it is not. `attempt(value)` tries a value and says whether it was accepted.
template <typename Attempt>
void lower(uint64_t value, uint64_t least, const Attempt& attempt) {
  if (value <= least || attempt(least)) return;
  for (uint64_t step = (value - least) / 2; step > 0;) {
    if (value - step > least && attempt(value - step)) {
      value -= step;
      step = std::min(step, (value - least) / 2);
    } else {
      step /= 2;
    }
  }
}

}  // namespace gcmap::harness
