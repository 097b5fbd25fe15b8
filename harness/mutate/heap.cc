// Mutations about objects: steps and failures inside operations, references that move while a cycle is open.
#include <algorithm>
#include <optional>
#include <vector>

#include "harness/mutate/program_editor.h"

namespace gcmap::harness {
namespace {

using Operations = std::vector<Operation>;

constexpr uint64_t kAll = 4096;  // units of mark or sweep work

Operation inside(DecisionPoint point, uint64_t arrival, CollectorStep step, uint64_t units) {
  return encode(InsideOperands{.point = point, .arrival = number(arrival), .step = step, .units = units});
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

bool maps_hold_objects(const Config& config) {
  const auto kind = static_cast<MapKind>(config.kind);
  return kind == MapKind::kU64Object || kind == MapKind::kObjectObject;
}

// One to three arms for the operation that follows, with what has to come before them.
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

Operations open_cycle(ProgramEditor& editor) {
  return {encode(StartOperands{}), encode(MarkOperands{.units = number(1 + editor.random.below(4))})};
}

Operations closed_cycle() {
  return {encode(MarkOperands{.units = kAll}), encode(TerminateOperands{}),
          encode(SweepOperands{.spans = kAll})};
}

void append(Operations& to, const Operations& more) {
  to.insert(to.end(), more.begin(), more.end());
}

// A change to the references between the roots 0 to `roots` - 1.
Operation rewire(ProgramEditor& editor, uint32_t roots) {
  constexpr OpKind kChanges[] = {OpKind::kMove,   OpKind::kMove,    OpKind::kCopy,
                                 OpKind::kLoad,   OpKind::kLoad,    OpKind::kLink,
                                 OpKind::kUnlink, OpKind::kRelease, OpKind::kNew};
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

void mutate_inside_write(ProgramEditor& editor) {
  const std::optional<size_t> write = editor.any_index_of(allocates);
  const size_t gap = write.value_or(editor.size());
  Operations before = arms(editor);
  if (!write) before.push_back(editor.generator.operation(OpKind::kPutRun));
  if (editor.random.chance(3, 4)) editor.insert(write ? gap + 1 : gap, closed_cycle());
  editor.insert(std::min(gap, editor.size()), before);
  if (editor.random.chance(1, 4)) {  // memory that was used before
    editor.insert(std::min(gap, editor.size()), {encode(CollectOperands{})});
    if (editor.random.chance(3, 4)) editor.program.config.clobber = 1;
  }
}

void mutate_fail_write(ProgramEditor& editor) {
  const std::optional<size_t> write = editor.any_index_of(allocates);
  const size_t gap = write.value_or(editor.size());
  const Operation failing = write ? editor.at(*write) : editor.generator.operation(OpKind::kPutRun);
  Operations operations;
  if (editor.random.chance(1, 4)) append(operations, arms(editor));
  operations.push_back(editor.generator.operation(OpKind::kFail));
  operations.push_back(failing);  // and again: the one that was there, with nothing armed
  if (editor.random.chance(1, 4)) operations.push_back(encode(CollectOperands{}));
  if (write && editor.random.chance(1, 2)) editor.erase({*write, 1});
  editor.insert(gap, operations);
}

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

void mutate_map_of_maps(ProgramEditor& editor) {
  constexpr RootName kNode(0);
  const MapName outer(editor.random.below(4));
  const MapName inner((outer.index + 1 + editor.random.below(3)) % 4);
  const uint32_t key = number(any(editor, OpKind::kStoreMap, OperandKind::kKey));
  const bool of_maps = editor.program.config.kind == static_cast<uint32_t>(MapKind::kU64Map);
  const MapName holder = of_maps ? inner : outer;  // the map that takes the object
  Operations operations = {encode(NewOperands{.root = kNode, .cells = 2}),
                           encode(PutOperands{.map = outer, .key = key, .value = 1})};
  if (of_maps) {  // what was put is a map of objects; it is there twice
    append(operations, {encode(FetchMapOperands{.target = inner, .map = outer, .key = key}),
                        encode(StoreMapOperands{.map = outer, .key = key + 1, .target = inner})});
  }
  // The cycle: a map, perhaps a map in it, an object, the map again.
  append(operations, {encode(StoreOperands{.map = holder, .key = key, .source = kNode}),
                      encode(LinkMapOperands{.root = kNode, .link = 0, .map = outer})});
  if (editor.random.chance(1, 2)) append(operations, open_cycle(editor));
  Operations cuts = {encode(DropOperands{.map = outer}), encode(DropOperands{.map = inner}),
                     encode(EraseOperands{.map = outer, .key = key}), encode(ReleaseOperands{.root = kNode})};
  for (size_t i = cuts.size(); i > 1; --i) std::swap(cuts[i - 1], cuts[editor.random.below(i)]);
  cuts.resize(1 + editor.random.below(cuts.size()));
  append(operations, cuts);
  if (editor.random.chance(1, 2))
    operations.push_back(encode(OpenOperands{.map = outer, .source = kNode, .link = 0}));
  append(operations, closed_cycle());
  append(operations,
         {encode(CollectOperands{}), encode(OpenOperands{.map = outer, .source = kNode, .link = 0}),
          encode(FetchMapOperands{.target = inner, .map = outer, .key = key + 1}),
          encode(FetchOperands{.root = kNode, .map = holder, .key = key})});
  editor.insert(editor.any_gap(), operations);
}

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
    constexpr OpKind kHang[] = {OpKind::kFinalize, OpKind::kFinalize, OpKind::kWeaken, OpKind::kWeaken,
                                OpKind::kAnnotate, OpKind::kAnnotate, OpKind::kWatch};
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
  constexpr OpKind kAsk[] = {OpKind::kStrengthen, OpKind::kStrengthen, OpKind::kRecall,
                             OpKind::kRunFinalizers, OpKind::kPoll};
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
  constexpr OpKind kHandIn[] = {OpKind::kPoolPut, OpKind::kPoolPut, OpKind::kWeakPut, OpKind::kRelease};
  constexpr OpKind kAsk[] = {OpKind::kPoolGet, OpKind::kPoolGet,   OpKind::kWeakGet,
                             OpKind::kPoolPut, OpKind::kWeakErase, OpKind::kArenaFree};
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

// Memory that is used, let go, perhaps returned to the system, and used again by objects of other sizes.
void mutate_memory(ProgramEditor& editor) {
  constexpr uint64_t kLargeCells = 2049;
  const uint64_t objects = 1 + editor.random.below(4);
  const auto cells = [&] { return kLargeCells + editor.random.below(4096 - kLargeCells); };
  Operations operations;
  if (editor.random.chance(1, 3)) operations.push_back(editor.generator.operation(OpKind::kSetLimit));
  if (editor.random.chance(1, 4)) operations.push_back(editor.generator.operation(OpKind::kSetSoftLimit));
  for (size_t root = 0; root < objects; ++root)
    operations.push_back(encode(NewOperands{.root = RootName(root), .cells = number(cells())}));
  if (editor.random.chance(1, 2)) operations.push_back(editor.generator.operation(OpKind::kPutRun));
  for (size_t root = 0; root < objects; ++root) {
    if (editor.random.chance(2, 3)) operations.push_back(encode(ReleaseOperands{.root = RootName(root)}));
  }
  if (editor.random.chance(1, 2)) {
    operations.push_back(encode(CollectOperands{}));
  } else {  // dead large objects that wait to be swept
    append(operations,
           {encode(StartOperands{}), encode(MarkOperands{.units = kAll}), encode(TerminateOperands{})});
  }
  if (editor.random.chance(3, 4)) operations.push_back(editor.generator.operation(OpKind::kScavenge));
  for (size_t root = 0; root < objects; ++root) {
    operations.push_back(encode(
        NewOperands{.root = RootName(root), .cells = number(editor.random.chance(1, 2) ? cells() : 2)}));
  }
  if (editor.random.chance(1, 2)) operations.push_back(encode(SetLimitOperands{.pages = 0}));
  operations.push_back(editor.generator.operation(OpKind::kPutRun));
  editor.insert(editor.any_gap(), operations);
}

}  // namespace gcmap::harness
