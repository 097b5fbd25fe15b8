// Mutations about what hangs on objects that are let go.
#include <iterator>

#include "harness/mutate/pieces.h"

namespace gcmap::harness {
namespace {

// A weak key whose value, a new object, nothing else leads to.
Operations entry_with_new_value(ProgramEditor& editor, RootName key, RootName value) {
  const TableName table(editor.random.below(2));
  Operations operations;
  if (editor.random.chance(1, 2))
    operations.push_back(encode(AnnotateOperands{.table = table, .root = key, .source = key}));
  if (editor.random.chance(1, 2)) append(operations, open_cycle(editor));
  append(operations, {encode(NewOperands{.root = value, .cells = 2}),
                      encode(AnnotateOperands{.table = table, .root = key, .source = value}),
                      encode(ReleaseOperands{.root = value})});
  return operations;
}

// The same with a value that may be white while its key is black: roots are scanned one by one, newest first,
// and a root that was let go is a new one.
Operations entry_with_white_value(ProgramEditor& editor, RootName key, RootName value) {
  const TableName table(editor.random.below(2));
  editor.program.config.piece_roots = 1;
  Operations operations;
  for (const RootName root : {value, key})
    append(operations,
           {encode(ReleaseOperands{.root = root}), encode(NewOperands{.root = root, .cells = 2})});
  if (editor.random.chance(3, 4))
    operations.push_back(encode(AnnotateOperands{.table = table, .root = key, .source = key}));
  append(operations, open_cycle(editor));
  append(operations, {encode(AnnotateOperands{.table = table, .root = key, .source = value}),
                      encode(ReleaseOperands{.root = value})});
  return operations;
}

}  // namespace

// A few objects in a row, each with something that hangs on it; they are let go while a cycle is where it may
// be, and what remains of them is asked for.
void mutate_last_will(ProgramEditor& editor) {
  const uint32_t objects = 2 + editor.random.below(3);
  const auto any_object = [&] { return RootName(editor.random.below(objects)); };
  Operations operations;
  for (size_t root = 0; root < objects; ++root) {
    operations.push_back(encode(NewOperands{.root = RootName(root), .cells = any_cells(editor)}));
    if (root > 0)
      operations.push_back(encode(LinkOperands{
          .root = RootName(root - 1), .link = editor.random.below(2), .source = RootName(root)}));
  }
  if (editor.random.chance(1, 3)) append(operations, open_cycle(editor));
  const size_t hung = 2 + editor.random.below(5);
  for (size_t i = 0; i < hung; ++i) {
    constexpr OpKind kHang[] = {OpKind::kFinalize, OpKind::kFinalize, OpKind::kWeaken,      OpKind::kWeaken,
                                OpKind::kAnnotate, OpKind::kAnnotate, OpKind::kAnnotateNew, OpKind::kWatch};
    Operation operation = editor.generator.operation(kHang[editor.random.below(std::size(kHang))]);
    for_each_operand_of(operation.kind, OperandKind::kRoot, [&](const OperandInfo& operand) {
      operation.set(operand.field, any_object().index);
    });
    operations.push_back(operation);
  }
  if (editor.random.chance(1, 2)) append(operations, open_cycle(editor));
  if (editor.random.chance(1, 4)) operations.push_back(encode(UnfinalizeOperands{.root = any_object()}));
  if (editor.random.chance(1, 4))
    append(operations, entry_with_new_value(editor, any_object(), RootName(objects)));
  for (size_t root = 0; root < objects; ++root) {
    if (editor.random.chance(3, 4)) operations.push_back(encode(ReleaseOperands{.root = RootName(root)}));
  }
  if (editor.random.chance(1, 4))
    append(operations, entry_with_white_value(editor, any_object(), RootName(objects)));
  constexpr OpKind kAsk[] = {OpKind::kStrengthen,    OpKind::kStrengthen, OpKind::kRecall,
                             OpKind::kRunFinalizers, OpKind::kPoll,       OpKind::kVisitWeakKeys};
  const auto ask = [&] { return editor.generator.operation(kAsk[editor.random.below(std::size(kAsk))]); };
  if (editor.random.chance(1, 2)) append(operations, open_cycle(editor));
  if (editor.random.chance(1, 2)) operations.push_back(ask());
  if (editor.random.chance(1, 2)) operations.push_back(encode(MarkOperands{.units = kAll}));
  if (editor.random.chance(1, 3)) operations.push_back(ask());
  operations.push_back(encode(TerminateOperands{}));
  if (editor.random.chance(1, 2)) append(operations, {ask(), encode(SweepOperands{.spans = 1}), ask()});
  append(operations, closed_cycle());
  if (editor.random.chance(1, 2)) {
    append(operations, arms(editor));
  } else if (editor.random.chance(1, 2)) {
    operations.push_back(inside(DecisionPoint::kFinalizerPopped, 1, CollectorStep::kCollect, 1));
  }
  operations.push_back(encode(RunFinalizersOperands{.limit = number(1 + editor.random.below(3))}));
  const size_t questions = 1 + editor.random.below(3);
  for (size_t i = 0; i < questions; ++i) operations.push_back(ask());
  editor.insert(editor.any_gap(), operations);
}

}  // namespace gcmap::harness
