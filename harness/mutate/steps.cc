// Mutations that move the collector on between operations.
#include <algorithm>
#include <iterator>
#include <optional>

#include "harness/mutate/pieces.h"

namespace gcmap::harness {

void mutate_collector(ProgramEditor& editor) {
  const std::optional<size_t> write = editor.any_index_of(is_write);
  const size_t before = write.value_or(0);
  const size_t after = write ? *write + 1 : 0;
  const auto units = [&] { return editor.generator.operand(OpKind::kMark, OperandKind::kUnits); };
  const Operation start = encode(StartOperands{});
  const Operation terminate = encode(TerminateOperands{});
  switch (editor.random.below(5)) {
    case 0:
      editor.insert(editor.random.chance(1, 2) ? before : after, {encode(CollectOperands{})});
      return;
    case 1: {  // the cycle closes right after the write
      editor.insert(after, {encode(MarkOperands{.units = kAll}), terminate,
                            encode(SweepOperands{.spans = number(units())})});
      editor.insert(std::min(before, editor.size()), {start, encode(MarkOperands{.units = number(units())})});
      return;
    }
    case 2:  // and here it stays open
      editor.insert(before, {start, encode(MarkOperands{.units = number(units())})});
      return;
    case 3:
      editor.insert(after, {encode(MarkOperands{.units = kAll}), terminate,
                            encode(SweepOperands{.spans = number(units())})});
      return;
    default: {
      constexpr OpKind kSteps[] = {OpKind::kStart, OpKind::kMark, OpKind::kTerminate, OpKind::kSweep};
      editor.insert(editor.random.chance(1, 2) ? before : after,
                    {editor.generator.operation(kSteps[editor.random.below(std::size(kSteps))])});
    }
  }
}

void mutate_move_collector(ProgramEditor& editor) {
  const std::optional<size_t> from = editor.any_index_of(is_collector);
  if (!from) return;
  const Operation step = editor.at(*from);
  editor.erase({*from, 1});
  const std::optional<size_t> write = editor.any_index_of(is_write);
  editor.insert(write ? *write + editor.random.below(2) : *from, {step});
}

}  // namespace gcmap::harness
