// Operations: the building blocks of programs, generated from op.def.
//
// A program in binary: 32 bytes of configuration (config.def), then a record for each operation.
//
// Layout of a record, little-endian, 16 bytes:
//
//   0     1     2        4            8                        16
//   +-----+-----+--------+------------+-------------------------+
//   | op  |  a  |   b    |     c      |            d            |
//   +-----+-----+--------+------------+-------------------------+
//
// Each operation uses the fields its row in op.def names; the others are zero in canonical form. A map lies
// in field `a` wherever there is one, a key in `c`. Every byte string decodes: operands are mapped into
// range, an unknown operation number is a no-op (kNop).
//
// Invariants: encode(decode(x)) is a fixed point; parse(print(p)) == p for every canonical p.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "gcmap/internal/base/event.h"

namespace gcmap::harness {

enum class OpKind : uint8_t {
  kNop = 0,
#define OP(number, kind, text, family, weight, heap_weight, operands, traits, doc) k##kind = number,
#include "harness/program/op.def"
#undef OP
};

enum class OperandKind : uint8_t {
#define OPERAND(kind, type, prefix, least, greatest, simplest, traits, per_work, draw) kind,
#include "harness/program/operand.def"
#undef OPERAND
};

// A name that programs give to things: m2, r15. Names of different things do not convert into each other.
template <OperandKind space>
struct Name {
  static constexpr OperandKind kSpace = space;

  constexpr Name() = default;
  constexpr explicit Name(size_t i) : index(i) {}
  constexpr auto operator<=>(const Name&) const = default;

  size_t index = 0;
};
using MapName = Name<OperandKind::kMap>;
using IteratorName = Name<OperandKind::kIterator>;
using RootName = Name<OperandKind::kRoot>;
using WeakName = Name<OperandKind::kWeak>;
using TableName = Name<OperandKind::kTable>;
using MutatorName = Name<OperandKind::kMutator>;

// Operands that neither name nor choose.
struct Number {};

// The first kind of operand that names the same things as `kind`, whose type this is; of what names nothing,
// the kind itself.
template <typename Type>
constexpr OperandKind space_of(OperandKind kind) {
  if constexpr (requires { Type::kSpace; }) return Type::kSpace;
  return kind;
}

// The values of operands that choose a step of the collector. X(constant, text).
#define GCMAP_COLLECTOR_STEPS(X) \
  X(kStart, "start")             \
  X(kMark, "mark")               \
  X(kTerminate, "terminate")     \
  X(kSweep, "sweep")             \
  X(kCollect, "collect")         \
  X(kScavenge, "scavenge")

enum class CollectorStep : uint8_t {
#define GCMAP_ENUM(constant, text) constant,
  GCMAP_COLLECTOR_STEPS(GCMAP_ENUM)
#undef GCMAP_ENUM
};

// What a hash function does in place of hashing. X(constant, text).
#define GCMAP_CALLBACK_ACTIONS(X) \
  X(kThrow, "throw")              \
  X(kErase, "erase")              \
  X(kClear, "clear")              \
  X(kNew, "new")                  \
  X(kCollect, "collect")

enum class CallbackAction : uint8_t {
#define GCMAP_ENUM(constant, text) constant,
  GCMAP_CALLBACK_ACTIONS(GCMAP_ENUM)
#undef GCMAP_ENUM
};

// What a finalizer does. X(constant, text).
#define GCMAP_FINALIZER_ACTIONS(X) \
  X(kNothing, "nothing")           \
  X(kKeep, "keep")                 \
  X(kThrow, "throw")               \
  X(kCollect, "collect")           \
  X(kAgain, "again")

enum class FinalizerAction : uint8_t {
#define GCMAP_ENUM(constant, text) constant,
  GCMAP_FINALIZER_ACTIONS(GCMAP_ENUM)
#undef GCMAP_ENUM
};

// What a loop over a weak map does at the entry it was told of. X(constant, text).
#define GCMAP_VISIT_ACTIONS(X)  \
  X(kNothing, "nothing")        \
  X(kErase, "erase")            \
  X(kEraseOther, "erase_other") \
  X(kPut, "put")                \
  X(kClear, "clear")            \
  X(kLoop, "loop")              \
  X(kEndMarking, "end_marking") \
  X(kSweep, "sweep")            \
  X(kCollect, "collect")

enum class VisitAction : uint8_t {
#define GCMAP_ENUM(constant, text) constant,
  GCMAP_VISIT_ACTIONS(GCMAP_ENUM)
#undef GCMAP_ENUM
};

inline constexpr size_t kVisitActionCount = 0
#define GCMAP_COUNT(constant, text) +1
    GCMAP_VISIT_ACTIONS(GCMAP_COUNT);
#undef GCMAP_COUNT
inline constexpr size_t kFinalizerActionCount = 0
#define GCMAP_COUNT(constant, text) +1
    GCMAP_FINALIZER_ACTIONS(GCMAP_COUNT);
#undef GCMAP_COUNT
inline constexpr size_t kCallbackActionCount = 0
#define GCMAP_COUNT(constant, text) +1
    GCMAP_CALLBACK_ACTIONS(GCMAP_COUNT);
#undef GCMAP_COUNT
inline constexpr size_t kCollectorStepCount = 0
#define GCMAP_COUNT(constant, text) +1
    GCMAP_COLLECTOR_STEPS(GCMAP_COUNT);
#undef GCMAP_COUNT

// How many things operands of a kind that names can mean.
constexpr size_t count_of(OperandKind kind) {
  switch (kind) {
#define OPERAND(kind, type, prefix, least, greatest, simplest, traits, per_work, draw) \
  case OperandKind::kind:                                                              \
    return (greatest) - (least) + 1;
#include "harness/program/operand.def"
#undef OPERAND
  }
  return 0;
}

enum class Field : uint8_t { a, b, c, d };

struct Operation {
  OpKind kind = OpKind::kNop;
  uint8_t a = 0;
  uint16_t b = 0;
  uint32_t c = 0;
  uint64_t d = 0;

  uint64_t get(Field field) const {
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
  void set(Field field, uint64_t value);
  bool operator==(const Operation&) const = default;
};
static_assert(sizeof(Operation) == 16);

// What the reducer may do with the operands of a kind, beside lowering each for itself.
enum OperandTrait : uint8_t {
  kAlone = 0,
  kName = 1,      // which thing it means matters, its number does not: all of a name go together, and are
                  // numbered anew
  kTogether = 2,  // all of the kind to their simplest at once
  kSums = 4,      // two operations that differ in it alone are one with the sum
  kBits = 8,      // made of parts, not a quantity
};

struct OperandKindInfo {
  OperandKind kind;
  std::string_view prefix;
  uint64_t least;
  uint64_t greatest;
  uint64_t simplest;
  OperandKind space;
  uint8_t traits;  // of OperandTrait
  uint64_t per_work;
  std::span<const std::string_view> names;  // of the values 0, 1, ...; empty: a plain number
};

struct OperandInfo {
  Field field;
  OperandKind kind;
  std::string_view name;
};

// What an operation does to the number of entries of its map, in the reckoning of harness/program/cost.h.
// `amount` is the operand that it costs by.
enum class EntriesEffect : uint8_t {
  kSame,
  kNone,
  kOneMore,
  kMore,         // by the amount
  kFewer,        // by the amount
  kHint,         // what a map made for the amount counts as
  kAtLeastHint,  // as much as that, or what there is
  kCopied,       // to the map that its operand `target` names
  kObject,       // another object beside the maps, which is never let go
};

// The traits of an operation, as op.def declares them.
struct OpTraits {
  bool writes = false;
  bool collects = false;
  bool arms = false;
  bool draws_seed = false;
  bool neutral = false;
  bool unforeseen = false;
  bool rare = false;
  bool unstaged = false;
  OpKind single = OpKind::kNop;   // kNop: it is no run
  OpKind run = OpKind::kNop;      // kNop: none takes the place of several
  OpKind plainer = OpKind::kNop;  // kNop: there is none
  EntriesEffect entries = EntriesEffect::kSame;
  std::optional<OperandKind> cost;  // the operand its work goes by; none: its work is 1
};

struct OpInfo {
  OpKind kind;
  std::string_view text;
  uint32_t weight;
  uint32_t heap_weight;
  std::span<const OperandInfo> operands;
  OpTraits traits;
  std::string_view doc;
};

// The rows, for info_of: it is asked at every turn.
namespace table {
extern const std::array<const OpInfo*, 256> kOfNumber;
extern const OperandKindInfo kOperandKinds[];
}  // namespace table

// All operations in table order (kNop excluded).
std::span<const OpInfo> all_ops();
// The row of a kind; for kNop a row with text "nop" and no operands.
inline const OpInfo& info_of(OpKind kind) {
  return *table::kOfNumber[static_cast<size_t>(kind)];
}
// Null if no operation has that text.
const OpInfo* find_op(std::string_view text);
// All kinds of operands in table order.
std::span<const OperandKindInfo> all_operand_kinds();
inline const OperandKindInfo& info_of(OperandKind kind) {
  return table::kOperandKinds[static_cast<size_t>(kind)];
}

enum class HashClass : uint8_t { kGood, kLow, kTop, kConstant, kIdentity };
enum class PacingKind : uint8_t { kManual, kGogc, kAllocation, kGrowth, kGogcSmall };
// Key and value of a map; harness/program/map_kind.h answers questions about them.
enum class MapKind : uint8_t {
#define KIND(constant, text, doc) k##constant,
#include "harness/program/map_kind.def"
#undef KIND
};

template <size_t width>
using ConfigValue = std::conditional_t<(width > sizeof(uint32_t)), uint64_t, uint32_t>;

struct Config {
#define CONFIG(name, offset, width, least, greatest, simplest, doc) ConfigValue<width> name = simplest;
#include "harness/program/config.def"
#undef CONFIG
  bool operator==(const Config&) const = default;
};

struct Program {
  Config config;
  std::vector<Operation> operations;
  bool operator==(const Program&) const = default;
};

}  // namespace gcmap::harness
