// Mutations that move references between roots, objects and maps while a cycle is open.
#include <algorithm>
#include <iterator>

#include "harness/mutate/pieces.h"

namespace gcmap::harness {
namespace {

bool maps_hold_objects(const Config& config) {
  const auto kind = static_cast<MapKind>(config.kind);
  return kind == MapKind::kU64Object || kind == MapKind::kObjectObject;
}

// A change to the references between the roots 0 to `roots` - 1.
Operation rewire(ProgramEditor& editor, uint32_t roots) {
  constexpr OpKind kChanges[] = {OpKind::kMove, OpKind::kMove,    OpKind::kCopy,   OpKind::kLoad,
                                 OpKind::kLoad, OpKind::kLink,    OpKind::kUnlink, OpKind::kRelease,
                                 OpKind::kNew,  OpKind::kNewChain};
  Operation operation = editor.generator.operation(kChanges[editor.random.below(std::size(kChanges))]);
  for_each_operand_of(operation.kind, OperandKind::kRoot, [&](const OperandInfo& operand) {
    operation.set(operand.field, editor.random.below(roots));
  });
  if (has_operand(operation.kind, OperandKind::kLink))
    set_operand(operation, OperandKind::kLink, editor.random.below(2));
  return operation;
}

// A reference moves from a root into an object, new or not: a store, and the root lets go. What is stored was
// in no object before, so only the store itself can tell the marker of it.
Operations hand_over(ProgramEditor& editor, uint32_t roots) {
  const RootName from(editor.random.below(roots));
  const RootName to((from.index + 1 + editor.random.below(roots - 1)) % roots);
  Operations operations;
  if (editor.random.chance(1, 2)) operations.push_back(encode(NewOperands{.root = to, .cells = 2}));
  append(operations, {encode(LinkOperands{.root = to, .link = editor.random.below(2), .source = from}),
                      encode(ReleaseOperands{.root = from})});
  return operations;
}

}  // namespace

void mutate_root_moves(ProgramEditor& editor) {
  constexpr uint32_t kRoots = 4;
  Config& config = editor.program.config;
  config.mutators = std::max<uint32_t>(config.mutators, 2);
  if (editor.random.chance(1, 2)) config.piece_roots = 1 + editor.random.below(2);
  Operations operations;
  for (size_t root = 0; root < kRoots; ++root) {
    if (root % 2 == 0) operations.push_back(encode(EnterOperands{.mutator = MutatorName(root / 2)}));
    operations.push_back(encode(NewOperands{.root = RootName(root), .cells = any_cells(editor)}));
  }
  // What is left to mark when the moves begin: much, or nothing but what they make grey.
  const bool all_marked = editor.random.chance(1, 3);
  append(operations,
         {encode(EnterOperands{.mutator = MutatorName(editor.random.below(2))}), encode(StartOperands{}),
          encode(MarkOperands{.units = number(all_marked ? kAll : 1 + editor.random.below(2))})});
  const size_t moves = 1 + editor.random.below(4);
  for (size_t i = 0; i < moves; ++i) {
    if (editor.random.chance(1, 2))
      operations.push_back(encode(EnterOperands{.mutator = MutatorName(editor.random.below(2))}));
    append(operations,
           editor.random.chance(1, 3) ? hand_over(editor, kRoots) : Operations{rewire(editor, kRoots)});
  }
  if (all_marked) {  // it may end only if they made nothing grey, whoever made them
    append(operations,
           {encode(EnterOperands{.mutator = MutatorName(editor.random.below(2))}),
            encode(TerminateOperands{}), encode(SweepOperands{.spans = kAll}), encode(StartOperands{})});
  }
  append(operations, closed_cycle());
  operations.push_back(
      encode(CopyOperands{.root = RootName(kRoots), .source = RootName(editor.random.below(kRoots))}));
  editor.insert(editor.any_gap(), operations);
}

void mutate_graph(ProgramEditor& editor) {
  const uint32_t roots = 2 + editor.random.below(3);
  Operations operations;
  for (size_t root = 0; root < roots; ++root)
    operations.push_back(encode(NewOperands{.root = RootName(root), .cells = any_cells(editor)}));
  for (size_t root = 0; root < roots; ++root) {
    operations.push_back(encode(LinkOperands{
        .root = RootName(root), .link = editor.random.below(2), .source = RootName((root + 1) % roots)}));
  }
  for (size_t root = 1; root < roots; ++root) {
    if (editor.random.chance(1, 2)) operations.push_back(encode(ReleaseOperands{.root = RootName(root)}));
  }
  append(operations, open_cycle(editor));
  const size_t changes = 2 + editor.random.below(4);
  for (size_t i = 0; i < changes; ++i) operations.push_back(rewire(editor, roots));
  append(operations, closed_cycle());
  for (uint32_t link = 0; link < 2; ++link)
    operations.push_back(encode(LoadOperands{
        .root = RootName(roots + link), .source = RootName(editor.random.below(roots)), .link = link}));
  editor.insert(editor.any_gap(), operations);
}

void mutate_hide(ProgramEditor& editor) {
  constexpr RootName kHolder(0);
  constexpr RootName kHidden(1);
  constexpr RootName kInHand(2);
  constexpr RootName kScanned(3);
  constexpr RootName kReadBack(4);
  const bool in_map = maps_hold_objects(editor.program.config) && editor.random.chance(3, 4);
  const MapName map(any(editor, OpKind::kStore, OperandKind::kMap));
  const uint32_t key = number(any(editor, OpKind::kStore, OperandKind::kKey));
  Operations operations = {encode(NewOperands{.root = kHolder, .cells = 2}),
                           encode(NewOperands{.root = kHidden, .cells = 2}),
                           encode(NewOperands{.root = kScanned, .cells = 2})};
  if (editor.random.chance(1, 2)) std::swap(operations[0], operations[2]);  // what marking meets first
  operations.push_back(in_map ? encode(StoreOperands{.map = map, .key = key, .source = kHidden})
                              : encode(LinkOperands{.root = kHolder, .link = 0, .source = kHidden}));
  operations.push_back(encode(ReleaseOperands{.root = kHidden}));
  append(operations, open_cycle(editor));
  operations.push_back(in_map ? encode(FetchOperands{.root = kInHand, .map = map, .key = key})
                              : encode(LoadOperands{.root = kInHand, .source = kHolder, .link = 0}));
  if (editor.random.chance(1, 4)) append(operations, arms(editor));
  if (in_map) {
    const Operation overwrites[] = {encode(EraseOperands{.map = map, .key = key}),
                                    encode(StoreOperands{.map = map, .key = key, .source = kScanned}),
                                    encode(PutOperands{.map = map, .key = key, .value = 1}),
                                    encode(ClearOperands{.map = map})};
    operations.push_back(overwrites[editor.random.below(std::size(overwrites))]);
  } else {
    operations.push_back(editor.random.chance(1, 2)
                             ? encode(UnlinkOperands{.root = kHolder, .link = 0})
                             : encode(LinkOperands{.root = kHolder, .link = 0, .source = kScanned}));
  }
  append(operations, {encode(LinkOperands{.root = kScanned, .link = 0, .source = kInHand}),
                      encode(ReleaseOperands{.root = kInHand})});
  if (editor.random.chance(1, 2)) std::swap(operations.end()[-3], operations.end()[-2]);
  append(operations, closed_cycle());
  append(operations, {encode(LoadOperands{.root = kReadBack, .source = kScanned, .link = 0}),
                      encode(LinkOperands{.root = kReadBack, .link = 1, .source = kHolder})});
  editor.insert(editor.any_gap(), operations);
}

}  // namespace gcmap::harness
