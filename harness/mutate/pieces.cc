#include "harness/mutate/pieces.h"

#include "harness/program/operands.h"

namespace gcmap::harness {

Operation inside(DecisionPoint point, uint64_t arrival, CollectorStep step, uint64_t units) {
  return encode(InsideOperands{.point = point, .arrival = number(arrival), .step = step, .units = units});
}

void append(Operations& to, const Operations& more) {
  to.insert(to.end(), more.begin(), more.end());
}

uint64_t any(ProgramEditor& editor, OpKind op, OperandKind kind) {
  return editor.generator.operand(op, kind);
}

AnyWidth any_cells(ProgramEditor& editor) {
  return number(any(editor, OpKind::kNew, OperandKind::kCells));
}

bool allocates(OpKind kind) {
  return is_write(kind) || info_of(kind).traits.entries == EntriesEffect::kObject;
}

Operations open_cycle(ProgramEditor& editor) {
  return {encode(StartOperands{}), encode(MarkOperands{.units = number(1 + editor.random.below(4))})};
}

Operations closed_cycle() {
  return {encode(MarkOperands{.units = kAll}), encode(TerminateOperands{}),
          encode(SweepOperands{.spans = kAll})};
}

Operations arms(ProgramEditor& editor) {
  const auto point = [&] {
    return static_cast<DecisionPoint>(any(editor, OpKind::kInside, OperandKind::kPoint));
  };
  const auto units = [&] { return any(editor, OpKind::kMark, OperandKind::kUnits); };
  const uint64_t arrival = any(editor, OpKind::kInside, OperandKind::kArrival);
  const uint64_t later = arrival + editor.random.below(4);
  switch (editor.random.below(4)) {
    case 0:
      return {editor.generator.operation(OpKind::kInside)};
    case 1: {  // half of the time marking ends there and then
      const DecisionPoint where = point();
      if (editor.random.chance(1, 2))
        return {encode(StartOperands{}), inside(where, arrival, CollectorStep::kMark, units())};
      return {encode(StartOperands{}), inside(where, arrival, CollectorStep::kMark, kAll),
              inside(where, arrival, CollectorStep::kTerminate, 1)};
    }
    case 2: {  // half of the time all at once
      const DecisionPoint first = point();
      const bool apart = editor.random.chance(1, 2);
      return {inside(first, arrival, CollectorStep::kStart, 1),
              inside(apart ? point() : first, apart ? later : arrival, CollectorStep::kMark, units())};
    }
    default:
      return {inside(point(), 1, CollectorStep::kStart, 1),
              inside(point(), arrival, CollectorStep::kMark, kAll),
              inside(point(), later, CollectorStep::kTerminate, 1)};
  }
}

}  // namespace gcmap::harness
