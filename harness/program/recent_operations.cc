#include "harness/program/recent_operations.h"

namespace gcmap::harness {
namespace {

constexpr uint8_t kNoBit = 0xff;

template <typename Type>
constexpr bool kIsName = requires {
  Type::kSpace;
};

constexpr size_t kKinds = 0
#define OPERAND(kind, type, prefix, least, greatest, simplest, traits, per_work, draw) +1
#include "harness/program/operand.def"
#undef OPERAND
    ;

// The bit of name 0 of each kind of operand; kNoBit of kinds that name nothing.
struct Bits {
  std::array<uint8_t, kKinds> first{};
  size_t count = 0;
};
constexpr Bits make_bits() {
  Bits bits;
  bits.first.fill(kNoBit);
#define OPERAND(kind, type, prefix, least, greatest, simplest, traits, per_work, draw)     \
  if (kIsName<type> && space_of<type>(OperandKind::kind) == OperandKind::kind) {           \
    bits.first[static_cast<size_t>(OperandKind::kind)] = static_cast<uint8_t>(bits.count); \
    bits.count += count_of(OperandKind::kind);                                             \
  }                                                                                        \
  bits.first[static_cast<size_t>(OperandKind::kind)] =                                     \
      bits.first[static_cast<size_t>(space_of<type>(OperandKind::kind))];
#include "harness/program/operand.def"
#undef OPERAND
  return bits;
}
constexpr Bits kNameBits = make_bits();
static_assert(kNameBits.count <= 64, "a name has a bit of a word");

// A bit for each kind of name and one for keys, of operations of that kind.
uint64_t spaces_of(OpKind kind) {
  uint64_t spaces = 0;
  for (const OperandInfo& operand : info_of(kind).operands) {
    const OperandKind space = space_of(operand.kind);
    const bool names = kNameBits.first[static_cast<size_t>(space)] != kNoBit || space == OperandKind::kKey;
    if (names) spaces |= uint64_t{1} << static_cast<size_t>(space);
    if (space == OperandKind::kIterator) spaces |= uint64_t{1} << static_cast<size_t>(OperandKind::kMap);
  }
  return spaces;
}

}  // namespace

NameBits bit_of(OperandKind kind, size_t index) {
  return NameBits{1} << (kNameBits.first[static_cast<size_t>(kind)] + index);
}

OnNames names_of(const Operation& operation) {
  OnNames on{operation.kind, 0, keys_of(operation)};
  for (const OperandInfo& operand : info_of(operation.kind).operands) {
    if (kNameBits.first[static_cast<size_t>(operand.kind)] != kNoBit)
      on.names |= bit_of(operand.kind, operation.get(operand.field));
  }
  return on;
}

bool may_be_neighbours(OpKind earlier, OpKind later) {
  if (is_arm(earlier) && !is_arm(later)) return true;
  return (spaces_of(earlier) & spaces_of(later)) != 0;
}

}  // namespace gcmap::harness
