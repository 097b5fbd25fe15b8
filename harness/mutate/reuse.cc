// Mutations about the pool, the arena and the weak-valued map.
#include <iterator>

#include "harness/mutate/pieces.h"

namespace gcmap::harness {

// Objects go into the pool, the arena and the weak-valued map, lead to each other and are let go; one cycle
// or two later, each of them open or not, they are asked for again.
void mutate_reuse(ProgramEditor& editor) {
  const uint32_t objects = 2 + editor.random.below(3);
  const auto any_object = [&] { return RootName(editor.random.below(objects)); };
  const uint32_t key = number(any(editor, OpKind::kWeakPut, OperandKind::kKey));
  const auto on_any_object = [&](OpKind kind) {
    Operation operation = editor.generator.operation(kind);
    if (has_operand(kind, OperandKind::kRoot)) set_operand(operation, OperandKind::kRoot, any_object().index);
    if (has_operand(kind, OperandKind::kKey))
      set_operand(operation, OperandKind::kKey, key + editor.random.below(2));
    return operation;
  };
  Operations operations;
  for (size_t root = 0; root < objects; ++root) {
    const RootName name(root);
    if (editor.random.chance(1, 3)) {
      operations.push_back(encode(ArenaNewOperands{.root = name, .cells = any_cells(editor)}));
    } else {
      operations.push_back(encode(NewOperands{.root = name, .cells = any_cells(editor)}));
    }
  }
  for (size_t root = 0; root < objects; ++root) {
    if (editor.random.chance(1, 2))
      operations.push_back(encode(
          LinkOperands{.root = RootName(root), .link = editor.random.below(2), .source = any_object()}));
  }
  constexpr OpKind kHandIn[] = {OpKind::kPoolPut, OpKind::kPoolPut,    OpKind::kPoolPutNew,
                                OpKind::kWeakPut, OpKind::kWeakPutRun, OpKind::kRelease};
  constexpr OpKind kAsk[] = {OpKind::kPoolGet,   OpKind::kPoolGet,      OpKind::kWeakGet,
                             OpKind::kPoolPut,   OpKind::kPoolTake,     OpKind::kPoolPass,
                             OpKind::kWeakErase, OpKind::kWeakEraseRun, OpKind::kVisitWeakValues,
                             OpKind::kArenaFree};
  const auto some = [&](const auto& kinds) {
    const size_t count = 1 + editor.random.below(objects);
    for (size_t i = 0; i < count; ++i)
      operations.push_back(on_any_object(kinds[editor.random.below(std::size(kinds))]));
  };
  some(kHandIn);
  if (editor.random.chance(1, 3)) {  // a value that dies under its key
    const RootName root = any_object();
    append(operations,
           {encode(NewOperands{.root = root, .cells = 2}), encode(WeakPutOperands{.key = key, .root = root}),
            encode(ReleaseOperands{.root = root})});
  }
  const size_t cycles = 1 + editor.random.below(3);
  for (size_t cycle = 0; cycle < cycles; ++cycle) {
    if (editor.random.chance(1, 3)) append(operations, arms(editor));
    if (editor.random.chance(1, 2)) some(kHandIn);
    append(operations, open_cycle(editor));
    if (editor.random.chance(1, 2)) some(kAsk);
    append(operations, {encode(MarkOperands{.units = kAll}), encode(TerminateOperands{})});
    if (editor.random.chance(1, 3))
      operations.push_back(encode(WeakGetOperands{.root = any_object(), .key = key}));
    if (editor.random.chance(1, 2)) some(kAsk);
    if (editor.random.chance(3, 4)) operations.push_back(encode(SweepOperands{.spans = kAll}));
  }
  some(kAsk);
  editor.insert(editor.any_gap(), operations);
}

}  // namespace gcmap::harness
