// Mutations that insert several operations which together reach a state that single ones rarely do.
#include <algorithm>
#include <iterator>
#include <optional>
#include <vector>

#include "harness/mutate/program_editor.h"
#include "harness/program/boundaries.h"

namespace gcmap::harness {
namespace {

constexpr uint64_t kToTheEnd = 4096;

MapName map_of(ProgramEditor& editor, const Operation& operation) {
  return MapName(
      get_operand(operation, OperandKind::kMap, editor.generator.operand(OpKind::kPut, OperandKind::kMap)));
}

// Four of five times the map that most operations use.
MapName any_map(ProgramEditor& editor) {
  return MapName(editor.generator.operand(OpKind::kPut, OperandKind::kMap));
}

uint64_t any_value(ProgramEditor& editor) {
  return editor.generator.operand(OpKind::kPut, OperandKind::kValue);
}

// What may happen to a map under an iterator.
std::vector<Operation> change_map(ProgramEditor& editor, MapName map) {
  Generator& generator = editor.generator;
  const Operation grow = encode(PutRunOperands{.map = map,
                                               .key = generator.fresh_key(),
                                               .count = number(generator.burst()),
                                               .value = any_value(editor)});
  switch (editor.random.below(9)) {
    case 0:
    case 8:
      return {encode(ClearOperands{.map = map}), grow};
    case 1:
      return {
          encode(EraseRunOperands{.map = map, .key = generator.key(), .count = number(generator.burst())}),
          grow};
    case 2:
      return {grow, encode(EraseRunOperands{
                        .map = map, .key = generator.key(), .count = number(generator.burst())})};
    case 3:
      return {encode(MakeOperands{.map = map,
                                  .hint = number(generator.operand(OpKind::kMake, OperandKind::kHint))}),
              grow};
    case 4:
      return {encode(EraseOperands{.map = map, .key = generator.key()}),
              encode(PutOperands{.map = map, .key = generator.key(), .value = any_value(editor)})};
    default:
      return {grow};
  }
}

void advance_all(std::vector<Operation>& operations, uint64_t iterators, uint64_t count) {
  for (uint64_t i = 0; i < iterators; ++i)
    operations.push_back(encode(AdvanceOperands{.iterator = IteratorName(i), .count = number(count)}));
}

// What a collection frees keeps its old bytes until they are used again, and an iterator that should have
// held it goes on as if nothing were wrong: so it is mostly overwritten.
void collect_under_iterators(ProgramEditor& editor, std::vector<Operation>& operations) {
  operations.push_back(encode(CollectOperands{}));
  if (editor.random.chance(3, 4)) editor.program.config.clobber = 1;
}

// Rounds that fill a map of few entries with new keys and take them out again: chains that were long in turn
// leave their overflow buckets behind, and sooner or later there are as many of them as buckets.
void churn_rounds(ProgramEditor& editor, std::vector<Operation>& operations, MapName map, uint32_t& key,
                  uint32_t count, size_t rounds) {
  for (size_t round = 0; round < rounds; ++round, key += count) {
    operations.push_back(
        encode(PutRunOperands{.map = map, .key = key, .count = number(count), .value = any_value(editor)}));
    operations.push_back(encode(EraseRunOperands{.map = map, .key = key, .count = number(count)}));
  }
}

// Two growths to the same size during one iteration.
std::vector<Operation> regrow_twice(ProgramEditor& editor, MapName map) {
  const uint32_t full = kFullCounts[1 + editor.random.below(3)];
  const uint32_t kept = 2 + editor.random.below(full / 2);
  const uint64_t iterators = 1 + editor.random.below(4);
  const size_t rounds = 2 + editor.random.below(8);
  uint32_t key = editor.generator.fresh_key();
  std::vector<Operation> operations = {
      encode(MakeOperands{.map = map, .hint = full}),
      encode(PutRunOperands{.map = map, .key = key, .count = number(kept), .value = any_value(editor)})};
  key += kept;
  churn_rounds(editor, operations, map, key, full - kept, rounds);
  for (uint64_t i = 0; i < iterators; ++i) {
    operations.push_back(encode(IterateOperands{.map = map,
                                                .iterator = IteratorName(i),
                                                .bucket = editor.random.below(full),
                                                .offset = editor.random.below(8)}));
    operations.push_back(
        encode(AdvanceOperands{.iterator = IteratorName(i), .count = number(1 + editor.random.below(3))}));
  }
  for (int growth = 0; growth < 2; ++growth) {
    churn_rounds(editor, operations, map, key, full - kept, rounds);
    operations.push_back(encode(PutRunOperands{.map = map,
                                               .key = key,
                                               .count = number(1 + editor.random.below(full - kept)),
                                               .value = any_value(editor)}));
    if (editor.random.chance(1, 2)) advance_all(operations, iterators, 1);
    operations.push_back(encode(EraseRunOperands{.map = map, .key = key, .count = number(full - kept)}));
  }
  advance_all(operations, iterators, kToTheEnd);
  return operations;
}

// A growth to the same size while iterators stand in chains they borrowed from an earlier doubling (to eight
// buckets, the smallest that is not over within one write). All keys share a chain but those given hashes
// here: `kept` spread evenly, whose old chains the iterators stand in, and a second group in another chain.
// Forty entries in the one chain, then as many in the other, leave eight overflow buckets.
std::vector<Operation> regrow_under_borrowed_chain(ProgramEditor& editor, MapName map) {
  constexpr uint32_t kDoubles = 27;  // the entry that makes four buckets eight
  constexpr uint32_t kGroup = 34;    // as many more in a chain as make four overflow buckets
  const uint32_t kept = 9 + editor.random.below(8);
  const uint64_t iterators = 2 + editor.random.below(5);
  const uint32_t key = 1;
  const uint32_t first_group = key + kDoubles;
  const uint32_t second_group = first_group + kGroup;
  const uint32_t chain = 1 + editor.random.below(7);
  const uint32_t in_chain = (kept + 7 - chain) / 8;  // of the kept ones
  const uint32_t second_count = 32 - in_chain + 1;   // the last needs the fourth overflow bucket
  editor.program.config.hash = static_cast<uint32_t>(HashClass::kConstant);
  std::vector<Operation> operations;
  for (uint32_t i = 0; i < kept; ++i)
    operations.push_back(encode(SetHashOperands{.key = key + i, .hash = uint64_t{0x10} << 56 | i % 8}));
  for (uint32_t i = 0; i < second_count; ++i)
    operations.push_back(
        encode(SetHashOperands{.key = second_group + i, .hash = uint64_t{0x20} << 56 | chain}));
  operations.push_back(encode(MakeOperands{.map = map, .hint = 0}));
  operations.push_back(
      encode(PutRunOperands{.map = map, .key = key, .count = kDoubles, .value = any_value(editor)}));
  for (uint64_t i = 0; i < iterators; ++i) {
    operations.push_back(encode(IterateOperands{.map = map,
                                                .iterator = IteratorName(i),
                                                .bucket = editor.random.below(8),
                                                .offset = editor.random.below(8)}));
    operations.push_back(
        encode(AdvanceOperands{.iterator = IteratorName(i), .count = number(1 + editor.random.below(2))}));
  }
  operations.push_back(encode(
      PutRunOperands{.map = map, .key = key, .count = 4, .value = any_value(editor)}));  // ends the doubling
  operations.push_back(
      encode(EraseRunOperands{.map = map, .key = key + kept, .count = number(kDoubles - kept)}));
  operations.push_back(
      encode(PutRunOperands{.map = map, .key = first_group, .count = kGroup, .value = any_value(editor)}));
  operations.push_back(encode(EraseRunOperands{.map = map, .key = first_group, .count = kGroup}));
  operations.push_back(encode(PutRunOperands{
      .map = map, .key = second_group, .count = number(second_count), .value = any_value(editor)}));
  operations.push_back(
      encode(PutOperands{.map = map, .key = first_group, .value = any_value(editor)}));  // begins it
  advance_all(operations, iterators, kToTheEnd);
  return operations;
}

// Two growths to the same size, of eight buckets, in one iteration; in the second the iterators go on by an
// entry or two and so stand in chains they have borrowed, and the map then moves on. Chains as above.
std::vector<Operation> regrow_twice_under_iterators(ProgramEditor& editor, MapName map) {
  constexpr uint32_t kEightBuckets = 52;
  constexpr uint32_t kGroup = 34;
  const uint32_t kept = 12 + editor.random.below(5);
  const uint64_t iterators = 2 + editor.random.below(5);
  const uint32_t key = 1;
  const uint32_t first_group = key + kept;
  const uint32_t second_group = first_group + kGroup;
  const uint32_t chain = 1 + editor.random.below(7);
  editor.program.config.hash = static_cast<uint32_t>(HashClass::kConstant);
  std::vector<Operation> operations;
  for (uint32_t i = 0; i < kept; ++i)
    operations.push_back(encode(SetHashOperands{.key = key + i, .hash = uint64_t{0x10} << 56 | i % 8}));
  for (uint32_t i = 0; i < kGroup; ++i)
    operations.push_back(
        encode(SetHashOperands{.key = second_group + i, .hash = uint64_t{0x20} << 56 | chain}));
  operations.push_back(encode(MakeOperands{.map = map, .hint = kEightBuckets}));
  operations.push_back(
      encode(PutRunOperands{.map = map, .key = key, .count = number(kept), .value = any_value(editor)}));
  for (uint64_t i = 0; i < iterators; ++i) {
    operations.push_back(encode(IterateOperands{.map = map,
                                                .iterator = IteratorName(i),
                                                .bucket = editor.random.below(8),
                                                .offset = editor.random.below(8)}));
    operations.push_back(
        encode(AdvanceOperands{.iterator = IteratorName(i), .count = number(1 + editor.random.below(2))}));
  }
  const auto fill_in_turn = [&](uint32_t first, uint32_t second) {
    operations.push_back(
        encode(PutRunOperands{.map = map, .key = first, .count = kGroup, .value = any_value(editor)}));
    operations.push_back(encode(EraseRunOperands{.map = map, .key = first, .count = kGroup}));
    operations.push_back(
        encode(PutRunOperands{.map = map, .key = second, .count = kGroup, .value = any_value(editor)}));
    operations.push_back(
        encode(PutOperands{.map = map, .key = first, .value = any_value(editor)}));  // begins the growth
  };
  fill_in_turn(first_group, second_group);
  operations.push_back(encode(FinishOperands{.map = map}));
  operations.push_back(encode(EraseRunOperands{.map = map, .key = first_group, .count = number(2 * kGroup)}));
  fill_in_turn(second_group, first_group);
  advance_all(operations, iterators, 1 + editor.random.below(2));
  operations.push_back(editor.random.chance(1, 2)
                           ? encode(FinishOperands{.map = map})
                           : encode(PutRunOperands{
                                 .map = map, .key = key, .count = number(kept), .value = any_value(editor)}));
  if (editor.random.chance(1, 2)) collect_under_iterators(editor, operations);
  advance_all(operations, iterators, kToTheEnd);
  return operations;
}

}  // namespace

void mutate_churn(ProgramEditor& editor) {
  Generator& generator = editor.generator;
  const MapName map = any_map(editor);
  const uint32_t key = generator.fresh_key();
  const uint32_t count = generator.burst();
  const uint32_t kept = editor.random.below(std::min<uint32_t>(count, 8));
  std::vector<Operation> operations;
  const size_t rounds = 1 + editor.random.below(3);
  for (size_t round = 0; round < rounds; ++round) {
    operations.push_back(
        encode(PutRunOperands{.map = map, .key = key, .count = number(count), .value = any_value(editor)}));
    operations.push_back(encode(EraseRunOperands{
        .map = map, .key = key + kept, .count = number(std::max<uint32_t>(1, count - kept))}));
  }
  operations.push_back(encode(PutRunOperands{
      .map = map, .key = key, .count = number(generator.burst()), .value = any_value(editor)}));
  editor.insert(editor.any_gap(), operations);
}

void mutate_slide(ProgramEditor& editor) {
  const MapName map = any_map(editor);
  const uint32_t count = std::min<uint32_t>(editor.generator.burst(), 256);
  uint32_t key = editor.generator.fresh_key();
  std::vector<Operation> operations = {
      encode(PutRunOperands{.map = map, .key = key, .count = number(count), .value = any_value(editor)})};
  const size_t rounds = 2 + editor.random.below(6);
  for (size_t round = 0; round < rounds; ++round) {
    operations.push_back(encode(EraseRunOperands{.map = map, .key = key, .count = number(count)}));
    key += count;
    operations.push_back(
        encode(PutRunOperands{.map = map, .key = key, .count = number(count), .value = any_value(editor)}));
  }
  editor.insert(editor.any_gap(), operations);
}

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
      editor.insert(after, {encode(MarkOperands{.units = kToTheEnd}), terminate,
                            encode(SweepOperands{.spans = number(units())})});
      editor.insert(std::min(before, editor.size()), {start, encode(MarkOperands{.units = number(units())})});
      return;
    }
    case 2:  // and here it stays open
      editor.insert(before, {start, encode(MarkOperands{.units = number(units())})});
      return;
    case 3:
      editor.insert(after, {encode(MarkOperands{.units = kToTheEnd}), terminate,
                            encode(SweepOperands{.spans = number(units())})});
      return;
    default: {
      constexpr OpKind kSteps[] = {OpKind::kStart, OpKind::kMark, OpKind::kTerminate, OpKind::kSweep};
      editor.insert(editor.random.chance(1, 2) ? before : after,
                    {editor.generator.operation(kSteps[editor.random.below(std::size(kSteps))])});
    }
  }
}

void mutate_iterate_across(ProgramEditor& editor) {
  Generator& generator = editor.generator;
  const std::optional<size_t> write = editor.any_index_of(is_write);
  const size_t gap = write ? *write + 1 : editor.any_gap();
  const MapName map = write ? map_of(editor, editor.at(*write)) : any_map(editor);
  const IteratorName iterator(generator.operand(OpKind::kIterate, OperandKind::kIterator));
  std::vector<Operation> operations;
  if (editor.random.chance(1, 2)) {
    operations.push_back(encode(PutRunOperands{.map = map,
                                               .key = generator.fresh_key(),
                                               .count = number(generator.burst()),
                                               .value = any_value(editor)}));
  }
  operations.push_back(
      encode(IterateOperands{.map = map,
                             .iterator = iterator,
                             .bucket = number(generator.operand(OpKind::kIterate, OperandKind::kBucket)),
                             .offset = generator.operand(OpKind::kIterate, OperandKind::kSlot)}));
  const size_t rounds = 1 + editor.random.below(3);
  for (size_t round = 0; round < rounds; ++round) {
    if (editor.random.chance(3, 4)) {
      operations.push_back(encode(
          AdvanceOperands{.iterator = iterator,
                          .count = number(generator.operand(OpKind::kAdvance, OperandKind::kEntries))}));
    }
    const std::vector<Operation> change = change_map(editor, map);
    operations.insert(operations.end(), change.begin(), change.end());
    if (editor.random.chance(1, 3)) collect_under_iterators(editor, operations);
  }
  operations.push_back(encode(AdvanceOperands{.iterator = iterator, .count = kToTheEnd}));
  editor.insert(gap, operations);
}

void mutate_borrow(ProgramEditor& editor) {
  const MapName map = any_map(editor);
  const uint32_t full = kFullCounts[2 + editor.random.below(4)];
  const uint32_t key = editor.generator.fresh_key();
  const uint32_t iterators = 1 + editor.random.below(4);
  std::vector<Operation> operations = {
      encode(MakeOperands{.map = map, .hint = 0}),
      encode(PutRunOperands{.map = map, .key = key, .count = number(full + 1), .value = any_value(editor)})};
  for (uint32_t i = 0; i < iterators; ++i) {
    operations.push_back(encode(IterateOperands{.map = map,
                                                .iterator = IteratorName(i),
                                                .bucket = editor.random.below(full),
                                                .offset = editor.random.below(8)}));
    operations.push_back(
        encode(AdvanceOperands{.iterator = IteratorName(i), .count = number(1 + editor.random.below(3))}));
  }
  operations.push_back(encode(PutRunOperands{
      .map = map, .key = key, .count = number(full / 5), .value = any_value(editor)}));  // ends the doubling
  const std::vector<Operation> change = change_map(editor, map);
  switch (editor.random.below(3)) {
    case 0:
      collect_under_iterators(editor, operations);
      break;
    case 1:  // empty it, which changes the seed, and begin again
      operations.push_back(encode(EraseRunOperands{.map = map, .key = key, .count = number(full + 1)}));
      operations.push_back(encode(PutRunOperands{.map = map,
                                                 .key = key,
                                                 .count = number(1 + editor.random.below(full)),
                                                 .value = any_value(editor)}));
      break;
    default:
      operations.insert(operations.end(), change.begin(), change.end());
  }
  for (uint32_t i = 0; i < iterators; ++i)
    operations.push_back(encode(AdvanceOperands{.iterator = IteratorName(i), .count = kToTheEnd}));
  editor.insert(editor.any_gap(), operations);
}

void mutate_collide(ProgramEditor& editor) {
  Generator& generator = editor.generator;
  const uint64_t base = generator.hash();
  const uint32_t first = generator.key();
  const size_t count = 2 + editor.random.below(editor.random.chance(1, 4) ? 16 : 4);
  const uint32_t likeness = editor.random.below(3);
  std::vector<Operation> operations;
  for (uint64_t i = 0; i < count; ++i) {
    uint64_t hash = base;
    if (likeness == 0) hash ^= uint64_t{editor.random.below(256)} << 56;  // one bucket, other marks
    if (likeness == 1) hash ^= editor.random.below(64);                   // one mark, other buckets
    operations.push_back(encode(
        SetHashOperands{.key = number(std::min(first + i, greatest(OperandKind::kKey))), .hash = hash}));
  }
  if (editor.random.chance(1, 2)) {
    operations.push_back(encode(PutRunOperands{
        .map = any_map(editor), .key = first, .count = number(count), .value = any_value(editor)}));
  }
  // Later, most keys have been met by a map and their hashes cannot change.
  editor.insert(editor.random.chance(3, 4) ? 0 : editor.any_gap(), operations);
}

void mutate_regrow(ProgramEditor& editor) {
  constexpr size_t kStaged = 96;  // operations the staged forms need
  constexpr MapKind kScannedKinds[] = {MapKind::kU64Object, MapKind::kObjectU64, MapKind::kObjectObject,
                                       MapKind::kStrU64, MapKind::kBoxBox};
  const MapName map = any_map(editor);
  const uint32_t form = editor.operations_max() >= kStaged ? editor.random.below(4) : 3;
  // Only maps that hold references wipe the chains they have evacuated.
  if (form == 1 || editor.random.chance(1, 2)) {
    const MapKind kind = kScannedKinds[editor.random.below(std::size(kScannedKinds))];
    editor.program.config.kind = static_cast<uint32_t>(kind);
  }
  if (form == 0) {
    editor.insert(0, regrow_under_borrowed_chain(editor, map));  // first: hashes must be set before keys are
  } else if (form == 1) {
    editor.insert(0, regrow_twice_under_iterators(editor, map));
  } else {
    editor.insert(editor.any_gap(), regrow_twice(editor, map));
  }
}

void mutate_shrink(ProgramEditor& editor) {
  Generator& generator = editor.generator;
  const MapName map = any_map(editor);
  const uint32_t full = kFullCounts[1 + editor.random.below(5)];
  const uint32_t kept = editor.random.below(full / 6);
  const uint64_t iterators = 1 + editor.random.below(3);
  const uint32_t key = generator.fresh_key();
  std::vector<Operation> operations = {
      encode(ShrinkOperands{.map = map, .allowed = true}),
      encode(PutRunOperands{.map = map,
                            .key = key,
                            .count = number(full + 1 - editor.random.below(full / 2)),
                            .value = any_value(editor)})};
  const auto begin_loops = [&] {
    for (uint64_t i = 0; i < iterators; ++i) {
      operations.push_back(encode(IterateOperands{.map = map,
                                                  .iterator = IteratorName(i),
                                                  .bucket = editor.random.below(full),
                                                  .offset = editor.random.below(8)}));
      operations.push_back(
          encode(AdvanceOperands{.iterator = IteratorName(i), .count = number(1 + editor.random.below(3))}));
    }
  };
  const bool before = editor.random.chance(1, 2);  // or in the middle of it
  if (before) begin_loops();
  const uint64_t first_part = editor.random.below(full - kept);
  operations.push_back(
      encode(EraseRunOperands{.map = map, .key = key + kept, .count = number(1 + first_part)}));
  if (!before) begin_loops();
  if (editor.random.chance(1, 3)) collect_under_iterators(editor, operations);
  operations.push_back(encode(EraseRunOperands{.map = map, .key = key + kept, .count = number(full + 1)}));
  if (editor.random.chance(1, 2)) advance_all(operations, iterators, 1);
  if (editor.random.chance(1, 2))
    operations.push_back(encode(PutRunOperands{
        .map = map, .key = key + kept, .count = number(generator.burst()), .value = any_value(editor)}));
  if (editor.random.chance(1, 4)) operations.push_back(generator.operation(OpKind::kFit));
  advance_all(operations, iterators, kToTheEnd);
  editor.insert(editor.any_gap(), operations);
}

void mutate_clone(ProgramEditor& editor) {
  Generator& generator = editor.generator;
  const MapName map = any_map(editor);
  const MapName target(generator.operand(OpKind::kClone, OperandKind::kTarget));
  const uint32_t full = kFullCounts[1 + editor.random.below(4)];
  uint32_t key = generator.fresh_key();
  std::vector<Operation> operations;
  if (editor.random.chance(1, 2)) {  // a growth to the same size, and more entries than its array should hold
    const uint32_t kept = 2 + editor.random.below(full / 2);
    operations = {
        encode(MakeOperands{.map = map, .hint = full}),
        encode(PutRunOperands{.map = map, .key = key, .count = number(kept), .value = any_value(editor)})};
    key += kept;
    churn_rounds(editor, operations, map, key, full - kept, 2 + editor.random.below(8));
    operations.push_back(
        encode(PutRunOperands{.map = map,
                              .key = key,
                              .count = number(full - kept + editor.random.below(full / 4 + 1)),
                              .value = any_value(editor)}));
  } else {
    operations = {encode(PutRunOperands{
        .map = map, .key = key, .count = number(full + editor.random.below(8)), .value = any_value(editor)})};
  }
  operations.push_back(encode(CloneOperands{.target = target, .map = map}));
  for (const MapName written : {map, target}) {
    const std::vector<Operation> change = {
        encode(IncrementOperands{.map = written, .key = key, .value = 1 + editor.random.below(9)}),
        encode(EraseRunOperands{
            .map = written, .key = key + 1, .count = number(1 + editor.random.below(full))})};
    if (editor.random.chance(1, 2)) operations.insert(operations.end(), change.begin(), change.end());
  }
  if (editor.random.chance(1, 3)) operations.push_back(encode(CollectOperands{}));
  editor.insert(editor.any_gap(), operations);
}

void mutate_callback(ProgramEditor& editor) {
  const std::optional<size_t> at = editor.any_index_of([](OpKind kind) {
    return is_write(kind) || kind == OpKind::kGet || kind == OpKind::kAdvance || kind == OpKind::kClone;
  });
  const Operation callback = editor.generator.operation(OpKind::kCallback);
  if (at) {
    editor.insert(*at, editor.random.chance(1, 2) ? std::vector<Operation>{callback, editor.at(*at)}
                                                  : std::vector<Operation>{callback});
  } else {
    editor.insert(editor.any_gap(), {callback, editor.generator.operation(OpKind::kPut)});
  }
}

}  // namespace gcmap::harness
