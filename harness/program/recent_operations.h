// The last operations of a program, and which of them are neighbours of the next: on one same name.
//
// A name is a map, an iterator, a root, a key, whatever operand.def has a type of its own for, in any role.
// What runs or generates a program may know of more that an operation is on: one on an iterator is on the map
// that the iterator stands on. What arms (inside, fail, callback) is on what the operation it arms is on.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "harness/program/operands.h"

namespace gcmap::harness {

// A bit for each name; names of different kinds have different bits.
using NameBits = uint64_t;
NameBits bit_of(OperandKind kind, size_t index);

// What an operation is on.
struct OnNames {
  OpKind kind = OpKind::kNop;
  NameBits names = 0;
  KeyRange keys;
};
// By its operands.
OnNames names_of(const Operation& operation);

// Can an operation of kind `later` be a neighbour of one of kind `earlier`, which comes before it?
bool may_be_neighbours(OpKind earlier, OpKind later);

class RecentOperations {
 public:
  static constexpr size_t kReach = 5;  // operations before the one at hand

  // visit(OpKind) for each neighbour of `next` among them, latest first; a kind comes as often as it is one
  // of them.
  template <typename Visit>
  void for_each_neighbour(const OnNames& next, Visit&& visit) const {
    bool arms_next = !is_arm(next.kind);
    for (size_t back = 1; back <= kReach; ++back) {
      const OnNames& earlier = last_[(count_ + kReach - back) % kReach];
      arms_next = arms_next && is_arm(earlier.kind);
      if (arms_next || share(earlier, next)) visit(earlier.kind);
    }
  }
  // It is done.
  void push(const OnNames& operation) {
    last_[count_] = operation;
    count_ = (count_ + 1) % kReach;
  }

 private:
  static bool share(const OnNames& a, const OnNames& b) {
    const bool keys =
        a.keys.first < b.keys.first + b.keys.count && b.keys.first < a.keys.first + a.keys.count;
    return (a.names & b.names) != 0 || keys;
  }

  std::array<OnNames, kReach> last_{};
  size_t count_ = 0;  // modulo kReach
};

}  // namespace gcmap::harness
