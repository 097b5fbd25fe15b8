// Operands by name and type: from each row of op.def a struct, made from a record and made into one.
//
// struct PutOperands { MapName map; uint32_t key; uint64_t value; ... }: a field for each operand of the row,
// at its simplest unless given, and the row's traits as a constant. What names a thing has a type of its own,
// so that a map in the place of a root does not compile; what chooses is its enumeration; everything else is
// as wide as its field of the record, and a number of another width goes through number().
//
// Relied on by: handlers (harness/run), the model's run, the model of properties/, mutations
// (harness/mutate), windows of recordings (harness/go).
#pragma once

#include <concepts>
#include <type_traits>

#include "gcmap/internal/base/check.h"
#include "harness/program/op.h"

namespace gcmap::harness {

// The type of an operand that lies in a field of type `Stored`.
template <OperandKind kind, typename Stored>
struct OperandType;
#define OPERAND(kind, type, prefix, least, greatest, simplest, traits, per_work, draw) \
  template <typename Stored>                                                           \
  struct OperandType<OperandKind::kind, Stored> {                                      \
    using Type = std::conditional_t<std::is_same_v<type, Number>, Stored, type>;       \
    static constexpr Type kSimplest = static_cast<Type>(simplest);                     \
  };
#include "harness/program/operand.def"
#undef OPERAND

#define GCMAP_OPERAND_TYPE(field, kind) OperandType<OperandKind::kind, decltype(Operation::field)>

#define FIELD(field, kind, name) \
  GCMAP_OPERAND_TYPE(field, kind)::Type name = GCMAP_OPERAND_TYPE(field, kind)::kSimplest;
#define IS(trait) result.trait = true;
#define RUN_OF(kind) result.single = OpKind::k##kind;
#define JOINS(kind) result.run = OpKind::k##kind;
#define PLAINER(kind) result.plainer = OpKind::k##kind;
#define COSTS(kind) result.cost = OperandKind::kind;
#define ENTRIES(effect) result.entries = EntriesEffect::effect;
#define OP(number, kind, text, family, weight, heap_weight, operands, traits, doc) \
  struct kind##Operands {                                                          \
    static constexpr OpKind kKind = OpKind::k##kind;                               \
    static constexpr OpTraits kTraits = [] {                                       \
      OpTraits result;                                                             \
      traits return result;                                                        \
    }();                                                                           \
    operands                                                                       \
  };
#include "harness/program/op.def"
#undef OP
#undef ENTRIES
#undef COSTS
#undef PLAINER
#undef JOINS
#undef RUN_OF
#undef IS
#undef FIELD

// The operands of a record.
// Requires: the operation is of that kind.
template <typename Operands>
constexpr Operands decode(const Operation& operation);

#define FIELD(field, kind, name) .name = static_cast<GCMAP_OPERAND_TYPE(field, kind)::Type>(operation.field),
#define OP(number, kind, text, family, weight, heap_weight, operands, traits, doc)               \
  template <>                                                                                    \
  constexpr kind##Operands decode<kind##Operands>([[maybe_unused]] const Operation& operation) { \
    return {operands};                                                                           \
  }
#include "harness/program/op.def"
#undef OP
#undef FIELD
#undef GCMAP_OPERAND_TYPE

// A number on its way into an operand of any width.
// Requires: it fits.
struct AnyWidth {
  uint64_t value;

  template <std::unsigned_integral Stored>
  // NOLINTNEXTLINE(google-explicit-constructor): an operand's width is the table's to say.
  constexpr operator Stored() const {
    GCMAP_DCHECK(static_cast<Stored>(value) == value, "%llu does not fit an operand of %zu bytes",
                 static_cast<unsigned long long>(value), sizeof(Stored));
    return static_cast<Stored>(value);
  }
};
constexpr AnyWidth number(uint64_t value) {
  return {value};
}

template <OperandKind space>
constexpr AnyWidth stored(Name<space> name) {
  return {name.index};
}
template <typename Value>
constexpr AnyWidth stored(Value value) {
  return {static_cast<uint64_t>(value)};
}

// The record of an operation: encode(PutOperands{.map = map, .key = 7}).
#define FIELD(field, kind, name) \
  operation.field = static_cast<decltype(Operation::field)>(stored(given.name));
#define OP(number, kind, text, family, weight, heap_weight, operands, traits, doc) \
  constexpr Operation encode([[maybe_unused]] const kind##Operands& given) {       \
    Operation operation{given.kKind};                                              \
    operands return operation;                                                     \
  }
#include "harness/program/op.def"
#undef OP
#undef FIELD

// Calls visitor(operands) with the struct of the operation; not at all for kNop.
template <typename Visitor>
void visit(const Operation& operation, Visitor&& visitor) {
  switch (operation.kind) {
    case OpKind::kNop:
      return;
#define OP(number, kind, text, family, weight, heap_weight, operands, traits, doc) \
  case OpKind::k##kind:                                                            \
    visitor(decode<kind##Operands>(operation));                                    \
    return;
#include "harness/program/op.def"
#undef OP
  }
}

// A visitor made of functions, one for each kind of operands it treats differently.
template <typename... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <typename... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

}  // namespace gcmap::harness
