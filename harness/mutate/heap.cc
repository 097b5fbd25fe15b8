// Mutations about objects: steps and failures inside operations, references that move while a cycle is open.
#include <algorithm>
#include <optional>
#include <vector>

#include "harness/mutate/program_editor.h"

namespace gcmap::harness {
namespace {

using Operations = std::vector<Operation>;

constexpr uint64_t kAll = 4096;  // units of mark or sweep work

Operation inside(uint64_t point, uint64_t arrival, CollectorStep step, uint64_t units) {
  return make_operation(OpKind::kInside, point, arrival, step, units);
}

uint64_t any(ProgramEditor& editor, OpKind op, OperandKind kind) {
  return editor.generator.operand(op, kind);
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
  const auto point = [&] { return any(editor, OpKind::kInside, OperandKind::kPoint); };
  const auto units = [&] { return any(editor, OpKind::kMark, OperandKind::kUnits); };
  const uint64_t arrival = any(editor, OpKind::kInside, OperandKind::kArrival);
  const uint64_t later = arrival + editor.random.below(4);
  switch (editor.random.below(4)) {
    case 0:
      return {editor.generator.operation(OpKind::kInside)};
    case 1: {  // half of the time marking ends there and then
      const uint64_t where = point();
      if (editor.random.chance(1, 2))
        return {make_operation(OpKind::kStart), inside(where, arrival, CollectorStep::kMark, units())};
      return {make_operation(OpKind::kStart), inside(where, arrival, CollectorStep::kMark, kAll),
              inside(where, arrival, CollectorStep::kTerminate, 1)};
    }
    case 2: {  // half of the time all at once
      const uint64_t first = point();
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
  return {make_operation(OpKind::kStart), make_operation(OpKind::kMark, 1 + editor.random.below(4))};
}

Operations closed_cycle() {
  return {make_operation(OpKind::kMark, kAll), make_operation(OpKind::kTerminate),
          make_operation(OpKind::kSweep, kAll)};
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
  const uint64_t from = editor.random.below(roots);
  const uint64_t to = (from + 1 + editor.random.below(roots - 1)) % roots;
  Operations operations;
  if (editor.random.chance(1, 2)) operations.push_back(make_operation(OpKind::kNew, to, 2));
  append(operations, {make_operation(OpKind::kLink, to, editor.random.below(2), from),
                      make_operation(OpKind::kRelease, from)});
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
    editor.insert(std::min(gap, editor.size()), {make_operation(OpKind::kCollect)});
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
  if (editor.random.chance(1, 4)) operations.push_back(make_operation(OpKind::kCollect));
  if (write && editor.random.chance(1, 2)) editor.erase({*write, 1});
  editor.insert(gap, operations);
}

void mutate_root_moves(ProgramEditor& editor) {
  constexpr uint32_t kRoots = 4;
  Config& config = editor.program.config;
  config.mutators = std::max<uint32_t>(config.mutators, 2);
  if (editor.random.chance(1, 2)) config.piece_roots = 1 + editor.random.below(2);
  Operations operations;
  for (uint64_t root = 0; root < kRoots; ++root) {
    if (root % 2 == 0) operations.push_back(make_operation(OpKind::kEnter, root / 2));
    operations.push_back(make_operation(OpKind::kNew, root, any(editor, OpKind::kNew, OperandKind::kCells)));
  }
  // What is left to mark when the moves begin: much, or nothing but what they make grey.
  const bool all_marked = editor.random.chance(1, 3);
  append(operations, {make_operation(OpKind::kEnter, editor.random.below(2)), make_operation(OpKind::kStart),
                      make_operation(OpKind::kMark, all_marked ? kAll : 1 + editor.random.below(2))});
  const size_t moves = 1 + editor.random.below(4);
  for (size_t i = 0; i < moves; ++i) {
    if (editor.random.chance(1, 2))
      operations.push_back(make_operation(OpKind::kEnter, editor.random.below(2)));
    append(operations,
           editor.random.chance(1, 3) ? hand_over(editor, kRoots) : Operations{rewire(editor, kRoots)});
  }
  if (all_marked) {  // it may end only if they made nothing grey, whoever made them
    append(operations,
           {make_operation(OpKind::kEnter, editor.random.below(2)), make_operation(OpKind::kTerminate),
            make_operation(OpKind::kSweep, kAll), make_operation(OpKind::kStart)});
  }
  append(operations, closed_cycle());
  operations.push_back(make_operation(OpKind::kCopy, kRoots, editor.random.below(kRoots)));
  editor.insert(editor.any_gap(), operations);
}

void mutate_graph(ProgramEditor& editor) {
  const uint32_t roots = 2 + editor.random.below(3);
  Operations operations;
  for (uint64_t root = 0; root < roots; ++root)
    operations.push_back(make_operation(OpKind::kNew, root, any(editor, OpKind::kNew, OperandKind::kCells)));
  for (uint64_t root = 0; root < roots; ++root) {
    operations.push_back(make_operation(OpKind::kLink, root, editor.random.below(2), (root + 1) % roots));
  }
  for (uint64_t root = 1; root < roots; ++root) {
    if (editor.random.chance(1, 2)) operations.push_back(make_operation(OpKind::kRelease, root));
  }
  append(operations, open_cycle(editor));
  const size_t changes = 2 + editor.random.below(4);
  for (size_t i = 0; i < changes; ++i) operations.push_back(rewire(editor, roots));
  append(operations, closed_cycle());
  for (uint64_t link = 0; link < 2; ++link)
    operations.push_back(make_operation(OpKind::kLoad, roots + link, editor.random.below(roots), link));
  editor.insert(editor.any_gap(), operations);
}

void mutate_hide(ProgramEditor& editor) {
  enum : uint64_t { kHolder, kHidden, kInHand, kScanned, kReadBack };
  const bool in_map = maps_hold_objects(editor.program.config) && editor.random.chance(3, 4);
  const uint64_t map = any(editor, OpKind::kStore, OperandKind::kMap);
  const uint64_t key = any(editor, OpKind::kStore, OperandKind::kKey);
  Operations operations = {make_operation(OpKind::kNew, kHolder, 2), make_operation(OpKind::kNew, kHidden, 2),
                           make_operation(OpKind::kNew, kScanned, 2)};
  if (editor.random.chance(1, 2)) std::swap(operations[0], operations[2]);  // what marking meets first
  operations.push_back(in_map ? make_operation(OpKind::kStore, map, key, kHidden)
                              : make_operation(OpKind::kLink, kHolder, 0, kHidden));
  operations.push_back(make_operation(OpKind::kRelease, kHidden));
  append(operations, open_cycle(editor));
  operations.push_back(in_map ? make_operation(OpKind::kFetch, kInHand, map, key)
                              : make_operation(OpKind::kLoad, kInHand, kHolder, 0));
  if (editor.random.chance(1, 4)) append(operations, arms(editor));
  if (in_map) {
    const Operation overwrites[] = {
        make_operation(OpKind::kErase, map, key), make_operation(OpKind::kStore, map, key, kScanned),
        make_operation(OpKind::kPut, map, key, 1), make_operation(OpKind::kClear, map)};
    operations.push_back(overwrites[editor.random.below(std::size(overwrites))]);
  } else {
    operations.push_back(editor.random.chance(1, 2) ? make_operation(OpKind::kUnlink, kHolder, 0)
                                                    : make_operation(OpKind::kLink, kHolder, 0, kScanned));
  }
  append(operations,
         {make_operation(OpKind::kLink, kScanned, 0, kInHand), make_operation(OpKind::kRelease, kInHand)});
  if (editor.random.chance(1, 2)) std::swap(operations.end()[-3], operations.end()[-2]);
  append(operations, closed_cycle());
  append(operations, {make_operation(OpKind::kLoad, kReadBack, kScanned, 0),
                      make_operation(OpKind::kLink, kReadBack, 1, kHolder)});
  editor.insert(editor.any_gap(), operations);
}

void mutate_map_of_maps(ProgramEditor& editor) {
  constexpr uint64_t kNode = 0;
  const uint64_t outer = editor.random.below(4);
  const uint64_t inner = (outer + 1 + editor.random.below(3)) % 4;
  const uint64_t key = any(editor, OpKind::kStoreMap, OperandKind::kKey);
  const bool of_maps = editor.program.config.kind == static_cast<uint32_t>(MapKind::kU64Map);
  const uint64_t holder = of_maps ? inner : outer;  // the map that takes the object
  Operations operations = {make_operation(OpKind::kNew, kNode, 2),
                           make_operation(OpKind::kPut, outer, key, 1)};
  if (of_maps) {  // what was put is a map of objects; it is there twice
    append(operations, {make_operation(OpKind::kFetchMap, inner, outer, key),
                        make_operation(OpKind::kStoreMap, outer, key + 1, inner)});
  }
  // The cycle: a map, perhaps a map in it, an object, the map again.
  append(operations, {make_operation(OpKind::kStore, holder, key, kNode),
                      make_operation(OpKind::kLinkMap, kNode, 0, outer)});
  if (editor.random.chance(1, 2)) append(operations, open_cycle(editor));
  Operations cuts = {make_operation(OpKind::kDrop, outer), make_operation(OpKind::kDrop, inner),
                     make_operation(OpKind::kErase, outer, key), make_operation(OpKind::kRelease, kNode)};
  for (size_t i = cuts.size(); i > 1; --i) std::swap(cuts[i - 1], cuts[editor.random.below(i)]);
  cuts.resize(1 + editor.random.below(cuts.size()));
  append(operations, cuts);
  if (editor.random.chance(1, 2)) operations.push_back(make_operation(OpKind::kOpen, outer, kNode, 0));
  append(operations, closed_cycle());
  append(operations, {make_operation(OpKind::kCollect), make_operation(OpKind::kOpen, outer, kNode, 0),
                      make_operation(OpKind::kFetchMap, inner, outer, key + 1),
                      make_operation(OpKind::kFetch, kNode, holder, key)});
  editor.insert(editor.any_gap(), operations);
}

// A weak key whose value, a new object, nothing else leads to.
Operations entry_with_new_value(ProgramEditor& editor, uint64_t key, uint64_t value) {
  const uint64_t table = editor.random.below(2);
  Operations operations;
  if (editor.random.chance(1, 2)) operations.push_back(make_operation(OpKind::kAnnotate, table, key, key));
  if (editor.random.chance(1, 2)) append(operations, open_cycle(editor));
  append(operations,
         {make_operation(OpKind::kNew, value, 2), make_operation(OpKind::kAnnotate, table, key, value),
          make_operation(OpKind::kRelease, value)});
  return operations;
}

// The same with a value that may be white while its key is black: roots are scanned one by one, newest first,
// and a root that was let go is a new one.
Operations entry_with_white_value(ProgramEditor& editor, uint64_t key, uint64_t value) {
  const uint64_t table = editor.random.below(2);
  editor.program.config.piece_roots = 1;
  Operations operations;
  for (const uint64_t root : {value, key})
    append(operations, {make_operation(OpKind::kRelease, root), make_operation(OpKind::kNew, root, 2)});
  if (editor.random.chance(3, 4)) operations.push_back(make_operation(OpKind::kAnnotate, table, key, key));
  append(operations, open_cycle(editor));
  append(operations,
         {make_operation(OpKind::kAnnotate, table, key, value), make_operation(OpKind::kRelease, value)});
  return operations;
}

// A few objects in a row, each with something that hangs on it; they are let go while a cycle is where it may
// be, and what remains of them is asked for.
void mutate_last_will(ProgramEditor& editor) {
  const uint32_t objects = 2 + editor.random.below(3);
  const auto any_object = [&]() -> uint64_t { return editor.random.below(objects); };
  Operations operations;
  for (uint64_t root = 0; root < objects; ++root) {
    operations.push_back(make_operation(OpKind::kNew, root, any(editor, OpKind::kNew, OperandKind::kCells)));
    if (root > 0) operations.push_back(make_operation(OpKind::kLink, root - 1, editor.random.below(2), root));
  }
  if (editor.random.chance(1, 3)) append(operations, open_cycle(editor));
  const size_t hung = 2 + editor.random.below(5);
  for (size_t i = 0; i < hung; ++i) {
    constexpr OpKind kHang[] = {OpKind::kFinalize, OpKind::kFinalize, OpKind::kWeaken, OpKind::kWeaken,
                                OpKind::kAnnotate, OpKind::kAnnotate, OpKind::kWatch};
    Operation operation = editor.generator.operation(kHang[editor.random.below(std::size(kHang))]);
    for_each_operand_of(operation.kind, OperandKind::kRoot,
                        [&](const OperandInfo& operand) { operation.set(operand.field, any_object()); });
    operations.push_back(operation);
  }
  if (editor.random.chance(1, 2)) append(operations, open_cycle(editor));
  if (editor.random.chance(1, 4)) operations.push_back(make_operation(OpKind::kUnfinalize, any_object()));
  if (editor.random.chance(1, 4)) append(operations, entry_with_new_value(editor, any_object(), objects));
  for (uint64_t root = 0; root < objects; ++root) {
    if (editor.random.chance(3, 4)) operations.push_back(make_operation(OpKind::kRelease, root));
  }
  if (editor.random.chance(1, 4)) append(operations, entry_with_white_value(editor, any_object(), objects));
  constexpr OpKind kAsk[] = {OpKind::kStrengthen, OpKind::kStrengthen, OpKind::kRecall,
                             OpKind::kRunFinalizers, OpKind::kPoll};
  const auto ask = [&] { return editor.generator.operation(kAsk[editor.random.below(std::size(kAsk))]); };
  if (editor.random.chance(1, 2)) append(operations, open_cycle(editor));
  if (editor.random.chance(1, 2)) operations.push_back(ask());
  if (editor.random.chance(1, 2)) operations.push_back(make_operation(OpKind::kMark, kAll));
  if (editor.random.chance(1, 3)) operations.push_back(ask());
  operations.push_back(make_operation(OpKind::kTerminate));
  if (editor.random.chance(1, 2)) append(operations, {ask(), make_operation(OpKind::kSweep, 1), ask()});
  append(operations, closed_cycle());
  if (editor.random.chance(1, 2)) {
    append(operations, arms(editor));
  } else if (editor.random.chance(1, 2)) {
    operations.push_back(
        inside(static_cast<uint64_t>(DecisionPoint::kFinalizerPopped), 1, CollectorStep::kCollect, 1));
  }
  operations.push_back(make_operation(OpKind::kRunFinalizers, 1 + editor.random.below(3)));
  const size_t questions = 1 + editor.random.below(3);
  for (size_t i = 0; i < questions; ++i) operations.push_back(ask());
  editor.insert(editor.any_gap(), operations);
}

// Objects go into the pool, the arena and the weak-valued map, lead to each other and are let go; one cycle
// or two later, each of them open or not, they are asked for again.
void mutate_reuse(ProgramEditor& editor) {
  const uint32_t objects = 2 + editor.random.below(3);
  const auto any_object = [&]() -> uint64_t { return editor.random.below(objects); };
  const uint64_t key = any(editor, OpKind::kWeakPut, OperandKind::kKey);
  const auto on_any_object = [&](OpKind kind) {
    Operation operation = editor.generator.operation(kind);
    if (has_operand(kind, OperandKind::kRoot)) set_operand(operation, OperandKind::kRoot, any_object());
    if (has_operand(kind, OperandKind::kKey))
      set_operand(operation, OperandKind::kKey, key + editor.random.below(2));
    return operation;
  };
  Operations operations;
  for (uint64_t root = 0; root < objects; ++root) {
    const OpKind maker = editor.random.chance(1, 3) ? OpKind::kArenaNew : OpKind::kNew;
    operations.push_back(make_operation(maker, root, any(editor, maker, OperandKind::kCells)));
  }
  for (uint64_t root = 0; root < objects; ++root) {
    if (editor.random.chance(1, 2))
      operations.push_back(make_operation(OpKind::kLink, root, editor.random.below(2), any_object()));
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
    const uint64_t root = any_object();
    append(operations, {make_operation(OpKind::kNew, root, 2), make_operation(OpKind::kWeakPut, key, root),
                        make_operation(OpKind::kRelease, root)});
  }
  const size_t cycles = 1 + editor.random.below(3);
  for (size_t cycle = 0; cycle < cycles; ++cycle) {
    if (editor.random.chance(1, 3)) append(operations, arms(editor));
    if (editor.random.chance(1, 2)) some(kHandIn);
    append(operations, open_cycle(editor));
    if (editor.random.chance(1, 2)) some(kAsk);
    append(operations, {make_operation(OpKind::kMark, kAll), make_operation(OpKind::kTerminate)});
    if (editor.random.chance(1, 3)) operations.push_back(make_operation(OpKind::kWeakGet, any_object(), key));
    if (editor.random.chance(1, 2)) some(kAsk);
    if (editor.random.chance(3, 4)) operations.push_back(make_operation(OpKind::kSweep, kAll));
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
  for (uint64_t root = 0; root < objects; ++root)
    operations.push_back(make_operation(OpKind::kNew, root, cells()));
  if (editor.random.chance(1, 2)) operations.push_back(editor.generator.operation(OpKind::kPutRun));
  for (uint64_t root = 0; root < objects; ++root) {
    if (editor.random.chance(2, 3)) operations.push_back(make_operation(OpKind::kRelease, root));
  }
  if (editor.random.chance(1, 2)) {
    operations.push_back(make_operation(OpKind::kCollect));
  } else {  // dead large objects that wait to be swept
    append(operations, {make_operation(OpKind::kStart), make_operation(OpKind::kMark, kAll),
                        make_operation(OpKind::kTerminate)});
  }
  if (editor.random.chance(3, 4)) operations.push_back(editor.generator.operation(OpKind::kScavenge));
  for (uint64_t root = 0; root < objects; ++root) {
    operations.push_back(make_operation(OpKind::kNew, root, editor.random.chance(1, 2) ? cells() : 2));
  }
  if (editor.random.chance(1, 2)) operations.push_back(make_operation(OpKind::kSetLimit, 0));
  operations.push_back(editor.generator.operation(OpKind::kPutRun));
  editor.insert(editor.any_gap(), operations);
}

}  // namespace gcmap::harness
