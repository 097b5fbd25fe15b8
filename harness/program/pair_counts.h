// What programs have combined: how often an operation met a state (abstract_state.h), and how often two kinds
// of operations came on one same name within a few operations (recent_operations.h).
//
// Two features that never meet show as a zero here, as a place nobody reaches does in PointCounts. What makes
// programs asks how rare a pair is.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>

#include "harness/program/abstract_state.h"
#include "harness/program/op.h"

namespace gcmap::harness {

class PairCounts {
 public:
  // An operation of that kind is about to meet `states`.
  void count(OpKind kind, const StatesBefore& states) {
    const size_t aspects = aspects_of(kind).size();
    for (size_t aspect = 0; aspect < aspects; ++aspect) ++states_[place_of(kind)][aspect][states[aspect]];
  }
  // It is a neighbour of an earlier one.
  void count(OpKind earlier, OpKind later) { ++neighbours_[place_of(earlier)][place_of(later)]; }

  uint64_t at(OpKind kind, size_t aspect, size_t state) const {
    return states_[place_of(kind)][aspect][state];
  }
  uint64_t at(OpKind earlier, OpKind later) const { return neighbours_[place_of(earlier)][place_of(later)]; }

  // How much to favour what would be counted so: kWeightMax if it never was, half of that if it was once, and
  // half again with each doubling; at least 1. An operation is as rare as the rarest state it meets.
  static constexpr uint64_t kWeightMax = 1 << 16;
  uint64_t weight(OpKind kind, const StatesBefore& states) const;
  uint64_t weight(OpKind earlier, OpKind later) const { return weight_of(at(earlier, later)); }

 private:
  static constexpr size_t kKinds = 1 + std::max({
#define OP(number, kind, text, family, weight, heap_weight, operands, traits, doc) number,
#include "harness/program/op.def"
#undef OP
                                           0});
  using States = std::array<std::array<std::array<uint64_t, kStatesMax>, kAspectsMax>, kKinds>;

  static size_t place_of(OpKind kind) {
    return static_cast<size_t>(kind);
  }
  static uint64_t weight_of(uint64_t count) {
    return kWeightMax >> std::min<uint64_t>(std::bit_width(count), std::bit_width(kWeightMax) - 1);
  }

  States states_{};
  std::array<std::array<uint64_t, kKinds>, kKinds> neighbours_{};
};

// For programs: the words of all that can be, and the counts in their order.
//
//   gcmap-states map absent.idle absent.mark ...        of each subject, in which state it can be
//   gcmap-met put map map 3 0 ...                       operation, operand, its subject, a count for each
//   gcmap-operations make drop put ...
//   gcmap-neighbours put 0 2 - ...                      how often each of them came after a put; "-": cannot
std::string lines_of(const PairCounts& counts);

}  // namespace gcmap::harness
