// The operation table as data: every row of op.def and operand.def, and the access to record fields.
#include "harness/program/op.h"

#include <array>

#include "gcmap/internal/base/check.h"

namespace gcmap::harness {
namespace {

// An operation may have no operands, and an array may not be empty: each ends in one unused element.
#define FIELD(field, kind, name) OperandInfo{Field::field, OperandKind::kind, #name},
#define OP(number, kind, text, family, weight, heap_weight, operands, doc) \
  constexpr OperandInfo operands_of_k##kind[] = {operands OperandInfo{}};
#include "harness/program/op.def"
#undef OP
#undef FIELD

template <size_t n>
constexpr std::span<const OperandInfo> without_last(const OperandInfo (&operands)[n]) {
  return {operands, n - 1};
}

constexpr OpInfo kOps[] = {
#define OP(number, kind, text, family, weight, heap_weight, operands, doc) \
  OpInfo{OpKind::k##kind, text, weight, heap_weight, without_last(operands_of_k##kind), doc},
#include "harness/program/op.def"
#undef OP
};
constexpr OpInfo kNopInfo = {OpKind::kNop, "nop", 0, 0, {}, "nothing"};

// The name of a decision point as one word: "map entry inserted" is written map_entry_inserted.
template <size_t n>
struct Word {
  char text[n] = {};
  // NOLINTNEXTLINE(google-explicit-constructor): made from the literals of a table.
  constexpr Word(const char (&name)[n]) {
    for (size_t i = 0; i < n; ++i) text[i] = name[i] == ' ' ? '_' : name[i];
  }
};
#define GCMAP_WORD(constant, name) constexpr Word kPointWord_##constant{name};
GCMAP_DECISION_POINTS(GCMAP_WORD)
#undef GCMAP_WORD

constexpr std::string_view kPointNames[] = {
#define GCMAP_NAME(constant, name) kPointWord_##constant.text,
    GCMAP_DECISION_POINTS(GCMAP_NAME)
#undef GCMAP_NAME
};
constexpr std::string_view kStepNames[] = {
#define GCMAP_NAME(constant, text) text,
    GCMAP_COLLECTOR_STEPS(GCMAP_NAME)
#undef GCMAP_NAME
};

constexpr std::string_view kDeedNames[] = {
#define GCMAP_NAME(constant, text) text,
    GCMAP_CALLBACK_DEEDS(GCMAP_NAME)
#undef GCMAP_NAME
};
constexpr std::string_view kLastDeedNames[] = {
#define GCMAP_NAME(constant, text) text,
    GCMAP_FINALIZER_DEEDS(GCMAP_NAME)
#undef GCMAP_NAME
};
constexpr std::string_view kSwitchNames[] = {"off", "on"};

constexpr std::span<const std::string_view> names_of(OperandKind kind) {
  if (kind == OperandKind::kPoint) return kPointNames;
  if (kind == OperandKind::kStep) return kStepNames;
  if (kind == OperandKind::kDeed) return kDeedNames;
  if (kind == OperandKind::kLastDeed) return kLastDeedNames;
  if (kind == OperandKind::kSwitch) return kSwitchNames;
  return {};
}

constexpr OperandKindInfo kOperandKinds[] = {
#define OPERAND(kind, prefix, least, greatest, simplest) \
  OperandKindInfo{OperandKind::kind, prefix, least, greatest, simplest, names_of(OperandKind::kind)},
#include "harness/program/operand.def"
#undef OPERAND
};

// Operation number -> row of kOps plus one; 0 for numbers that name nothing.
constexpr std::array<uint8_t, 256> make_rows() {
  std::array<uint8_t, 256> rows{};
  for (size_t i = 0; i < std::size(kOps); ++i)
    rows[static_cast<size_t>(kOps[i].kind)] = static_cast<uint8_t>(i + 1);
  return rows;
}
constexpr std::array<uint8_t, 256> kRows = make_rows();

constexpr uint64_t field_greatest(Field field) {
  switch (field) {
    case Field::a:
      return 0xff;
    case Field::b:
      return 0xffff;
    case Field::c:
      return 0xffffffff;
    case Field::d:
      return UINT64_MAX;
  }
  return 0;
}

constexpr bool operands_fit_their_fields() {
  for (const OpInfo& op : kOps) {
    for (const OperandInfo& operand : op.operands) {
      if (kOperandKinds[static_cast<size_t>(operand.kind)].greatest > field_greatest(operand.field))
        return false;
    }
  }
  return true;
}
constexpr bool every_named_value_has_a_name() {
  for (const OperandKindInfo& kind : kOperandKinds) {
    if (!kind.names.empty() && (kind.least != 0 || kind.names.size() != kind.greatest + 1)) return false;
  }
  return true;
}
static_assert(every_named_value_has_a_name(), "operand.def and the names of values disagree");
static_assert(operands_fit_their_fields(), "op.def puts an operand into a field too narrow for its range");

}  // namespace

uint64_t Operation::get(Field field) const {
  switch (field) {
    case Field::a:
      return a;
    case Field::b:
      return b;
    case Field::c:
      return c;
    case Field::d:
      return d;
  }
  return 0;
}

void Operation::set(Field field, uint64_t value) {
  GCMAP_DCHECK(value <= field_greatest(field), "value %llu does not fit field '%c' of a record",
               static_cast<unsigned long long>(value), 'a' + static_cast<int>(field));
  switch (field) {
    case Field::a:
      a = static_cast<uint8_t>(value);
      return;
    case Field::b:
      b = static_cast<uint16_t>(value);
      return;
    case Field::c:
      c = static_cast<uint32_t>(value);
      return;
    case Field::d:
      d = value;
      return;
  }
}

std::span<const OpInfo> all_ops() {
  return kOps;
}

const OpInfo& info_of(OpKind kind) {
  const uint8_t row = kRows[static_cast<size_t>(kind)];
  return row == 0 ? kNopInfo : kOps[row - 1];
}

const OpInfo* find_op(std::string_view text) {
  for (const OpInfo& op : kOps) {
    if (op.text == text) return &op;
  }
  return nullptr;
}

const OperandKindInfo& info_of(OperandKind kind) {
  return kOperandKinds[static_cast<size_t>(kind)];
}

}  // namespace gcmap::harness
