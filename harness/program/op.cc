// The operation table as data: every row of op.def and operand.def, and the access to record fields.
#include "harness/program/op.h"

#include <array>

#include "gcmap/internal/base/check.h"
#include "harness/program/typed_operands.h"

namespace gcmap::harness {
namespace {

// An operation may have no operands, and an array may not be empty: each ends in one unused element.
#define FIELD(field, kind, name) OperandInfo{Field::field, OperandKind::kind, #name},
#define OP(number, kind, text, family, weight, heap_weight, operands, traits, doc) \
  constexpr OperandInfo operands_of_k##kind[] = {operands OperandInfo{}};
#include "harness/program/op.def"
#undef OP
#undef FIELD

template <size_t n>
constexpr std::span<const OperandInfo> without_last(const OperandInfo (&operands)[n]) {
  return {operands, n - 1};
}

constexpr const OperandInfo* find(std::span<const OperandInfo> operands, OperandKind kind) {
  for (const OperandInfo& operand : operands) {
    if (operand.kind == kind) return &operand;
  }
  return nullptr;
}

constexpr OpInfo kOps[] = {
#define OP(number, kind, text, family, weight, heap_weight, operands, traits, doc)              \
  OpInfo{OpKind::k##kind,         text, weight, heap_weight, without_last(operands_of_k##kind), \
         kind##Operands::kTraits, doc},
#include "harness/program/op.def"
#undef OP
};
constexpr OpInfo kNopInfo = {OpKind::kNop, "nop", 0, 0, {}, {}, "nothing"};

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

constexpr std::string_view kCallbackActionNames[] = {
#define GCMAP_NAME(constant, text) text,
    GCMAP_CALLBACK_ACTIONS(GCMAP_NAME)
#undef GCMAP_NAME
};
constexpr std::string_view kFinalizerActionNames[] = {
#define GCMAP_NAME(constant, text) text,
    GCMAP_FINALIZER_ACTIONS(GCMAP_NAME)
#undef GCMAP_NAME
};
constexpr std::string_view kVisitActionNames[] = {
#define GCMAP_NAME(constant, text) text,
    GCMAP_VISIT_ACTIONS(GCMAP_NAME)
#undef GCMAP_NAME
};
constexpr std::string_view kSwitchNames[] = {"off", "on"};

// Names of the values 0, 1, ... of what chooses; of other types none.
template <typename Type>
constexpr std::span<const std::string_view> kNamesOf = {};
template <>
constexpr std::span<const std::string_view> kNamesOf<DecisionPoint> = kPointNames;
template <>
constexpr std::span<const std::string_view> kNamesOf<CollectorStep> = kStepNames;
template <>
constexpr std::span<const std::string_view> kNamesOf<CallbackAction> = kCallbackActionNames;
template <>
constexpr std::span<const std::string_view> kNamesOf<FinalizerAction> = kFinalizerActionNames;
template <>
constexpr std::span<const std::string_view> kNamesOf<VisitAction> = kVisitActionNames;
template <>
constexpr std::span<const std::string_view> kNamesOf<bool> = kSwitchNames;

constexpr std::array<const OpInfo*, 256> make_rows() {
  std::array<const OpInfo*, 256> rows{};
  rows.fill(&kNopInfo);
  for (const OpInfo& op : kOps) rows[static_cast<size_t>(op.kind)] = &op;
  return rows;
}

}  // namespace

constexpr std::array<const OpInfo*, 256> table::kOfNumber = make_rows();
constexpr OperandKindInfo table::kOperandKinds[] = {
#define OPERAND(kind, type, prefix, least, greatest, simplest, traits, per_work, draw) \
  OperandKindInfo{OperandKind::kind, prefix,   least,                                  \
                  greatest,          simplest, space_of<type>(OperandKind::kind),      \
                  (traits),          per_work, kNamesOf<type>},
#include "harness/program/operand.def"
#undef OPERAND
};

namespace {

using table::kOperandKinds;

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
constexpr bool spaces_agree() {
  for (const OperandKindInfo& kind : kOperandKinds) {
    const OperandKindInfo& space = kOperandKinds[static_cast<size_t>(kind.space)];
    if (space.space != space.kind || space.prefix != kind.prefix || space.least != kind.least ||
        space.greatest != kind.greatest || space.traits != kind.traits)
      return false;
  }
  return true;
}
constexpr bool costs_are_measured() {
  for (const OpInfo& op : kOps) {
    const auto& cost = op.traits.cost;
    const bool by_amount =
        op.traits.entries == EntriesEffect::kMore || op.traits.entries == EntriesEffect::kFewer ||
        op.traits.entries == EntriesEffect::kHint || op.traits.entries == EntriesEffect::kAtLeastHint;
    if (by_amount && !cost) return false;
    if (cost && find(op.operands, *cost) == nullptr) return false;
    if (cost && kOperandKinds[static_cast<size_t>(*cost)].per_work == 0) return false;
  }
  return true;
}
// An operation says one thing of what models have to know of it, and not what ENTRIES contradicts.
constexpr bool effects_are_stated_once() {
  for (const OpInfo& op : kOps) {
    if (op.traits.neutral + op.traits.unforeseen + op.traits.rare > 1) return false;
    const bool entries_stay =
        op.traits.entries == EntriesEffect::kSame || op.traits.entries == EntriesEffect::kObject;
    if (op.traits.neutral && !entries_stay) return false;
  }
  return true;
}
// A run has the operands of its single operation, and says how many there are.
constexpr bool runs_repeat_their_single() {
  for (const OpInfo& run : kOps) {
    if (run.traits.single == OpKind::kNop) continue;
    if (find(run.operands, OperandKind::kCount) == nullptr) return false;
    for (const OpInfo& single : kOps) {
      if (single.kind != run.traits.single) continue;
      if (single.traits.run != run.kind || single.traits.writes != run.traits.writes) return false;
      for (const OperandInfo& operand : single.operands) {
        if (find(run.operands, operand.kind) == nullptr) return false;
      }
    }
  }
  return true;
}
static_assert(spaces_agree(), "operand.def: kinds of one name type differ in prefix, range or traits");
static_assert(costs_are_measured(),
              "op.def: COSTS is missing or names no operand of the row, or operand.def does not say how much "
              "is a unit of work");
static_assert(
    effects_are_stated_once(),
    "op.def: at most one of neutral, unforeseen and rare; what is neutral leaves ENTRIES of maps alone");
static_assert(runs_repeat_their_single(),
              "op.def: a run and its single operation have different operands or traits");
static_assert(every_named_value_has_a_name(), "operand.def and the names of values disagree");
static_assert(operands_fit_their_fields(), "op.def puts an operand into a field too narrow for its range");

}  // namespace

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

const OpInfo* find_op(std::string_view text) {
  for (const OpInfo& op : kOps) {
    if (op.text == text) return &op;
  }
  return nullptr;
}

std::span<const OperandKindInfo> all_operand_kinds() {
  return kOperandKinds;
}

}  // namespace gcmap::harness
