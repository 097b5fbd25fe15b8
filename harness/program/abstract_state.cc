#include "harness/program/abstract_state.h"

#include <cstdlib>

#include "harness/program/operands.h"

namespace gcmap::harness {
namespace {

#define GCMAP_WORD(constant, word) word,
constexpr const char* kShapeWords[] = {GCMAP_MAP_SHAPES(GCMAP_WORD)};
constexpr const char* kContentWords[] = {GCMAP_ROOT_CONTENTS(GCMAP_WORD)};
constexpr const char* kFillWords[] = {GCMAP_FILLS(GCMAP_WORD)};
#undef GCMAP_WORD

struct Aspects {
  std::array<Aspect, kAspectsMax> all;
  size_t count = 0;

  constexpr void add(const Aspect& aspect) {
    if (count == kAspectsMax) std::abort();  // a row with more does not compile
    all[count++] = aspect;
  }
  // What names neither a map nor an iterator nor a root is no aspect.
  constexpr void add_operand(OperandKind kind, Field field, std::string_view name) {
    switch (kind) {
      case OperandKind::kMap:
      case OperandKind::kTarget:
        return add({Subject::kMap, field, name});
      case OperandKind::kIterator:
        return add({Subject::kIterator, field, name});
      case OperandKind::kRoot:
      case OperandKind::kSource:
        return add({Subject::kRoot, field, name});
      default:
        return;
    }
  }
  constexpr void end(std::string_view family) {
    if (count != 0 && family != "reuse") return;
    add({Subject::kPool, {}, "pool"});
    add({Subject::kArena, {}, "arena"});
  }
};

constexpr std::array<Aspects, 256> make_aspects() {
  std::array<Aspects, 256> rows{};
#define FIELD(field, kind, name) row.add_operand(OperandKind::kind, Field::field, #name);
#define OP(number, kind, text, family, weight, heap_weight, operands, traits, doc) \
  {                                                                                \
    Aspects& row = rows[number];                                                   \
    operands row.end(#family);                                                     \
  }
#include "harness/program/op.def"
#undef OP
#undef FIELD
  return rows;
}

constexpr std::array<Aspects, 256> kRows = make_aspects();

}  // namespace

std::string_view word_of(Subject subject) {
  switch (subject) {
    case Subject::kMap:
      return "map";
    case Subject::kIterator:
      return "iterator";
    case Subject::kRoot:
      return "root";
    case Subject::kPool:
      return "pool";
    case Subject::kArena:
      return "arena";
  }
  return "?";
}

bool is_possible(Subject subject, size_t state) {
  if (subject != Subject::kMap && subject != Subject::kIterator) return true;
  const size_t shape = state / kStatePhases.size() / 2;
  const bool iterated = state / kStatePhases.size() % 2 != 0;
  if (static_cast<MapShape>(shape) == MapShape::kAbsent) return !iterated;
  return iterated || subject == Subject::kMap;
}

std::string words_of(Subject subject, size_t state) {
  const std::string phase = name_of(kStatePhases[state % kStatePhases.size()]);
  const size_t rest = state / kStatePhases.size();
  switch (subject) {
    case Subject::kMap:
    case Subject::kIterator:
      return std::string(kShapeWords[rest / 2]) + (rest % 2 != 0 ? ".iterated." : ".") + phase;
    case Subject::kRoot:
      return std::string(kContentWords[rest]) + "." + phase;
    case Subject::kPool:
    case Subject::kArena:
      return std::string(kFillWords[rest]) + "." + phase;
  }
  return "?";
}

std::span<const Aspect> aspects_of(OpKind kind) {
  const Aspects& row = kRows[static_cast<size_t>(kind)];
  return {row.all.data(), row.count};
}

}  // namespace gcmap::harness
