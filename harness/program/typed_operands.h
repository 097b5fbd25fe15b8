// Operands by name and type: from each row of op.def a struct, and its decoder from a record.
//
// struct PutOperands { MapName map; uint32_t key; uint64_t value; ... }: a field for each operand of the row.
// What names a thing has a type of its own, so that a map in the place of a root does not compile; what
// chooses is its enumeration; everything else is as wide as its field of the record.
//
// Relied on by: handlers (harness/run), the model's run, the model of properties/.
#pragma once

#include <type_traits>

#include "harness/program/op.h"

namespace gcmap::harness {

// The type of an operand that lies in a field of type `Stored`.
template <OperandKind kind, typename Stored>
struct OperandType;
#define OPERAND(kind, type, prefix, least, greatest, simplest, traits, per_work, draw) \
  template <typename Stored>                                                           \
  struct OperandType<OperandKind::kind, Stored> {                                      \
    using Type = std::conditional_t<std::is_same_v<type, Number>, Stored, type>;       \
  };
#include "harness/program/operand.def"
#undef OPERAND

#define GCMAP_TYPE_OF(field, kind) OperandType<OperandKind::kind, decltype(Operation::field)>::Type

#define FIELD(field, kind, name) GCMAP_TYPE_OF(field, kind) name{};
#define OP(number, kind, text, family, weight, heap_weight, operands, traits, doc) \
  struct kind##Operands {                                                          \
    static constexpr OpKind kKind = OpKind::k##kind;                               \
    operands                                                                       \
  };
#include "harness/program/op.def"
#undef OP
#undef FIELD

// The operands of a record. Requires: the operation is of that kind.
template <typename Operands>
constexpr Operands decode(const Operation& operation);

#define FIELD(field, kind, name) .name = static_cast<GCMAP_TYPE_OF(field, kind)>(operation.field),
#define OP(number, kind, text, family, weight, heap_weight, operands, traits, doc)               \
  template <>                                                                                    \
  constexpr kind##Operands decode<kind##Operands>([[maybe_unused]] const Operation& operation) { \
    return {operands};                                                                           \
  }
#include "harness/program/op.def"
#undef OP
#undef FIELD
#undef GCMAP_TYPE_OF

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
