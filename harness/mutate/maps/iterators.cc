// Mutations that change a map under its iterators.
#include <optional>

#include "harness/mutate/maps/pieces.h"
#include "harness/program/boundaries.h"

namespace gcmap::harness {

void mutate_iterate_across(ProgramEditor& editor) {
  Generator& generator = editor.generator;
  const std::optional<size_t> write = editor.any_index_of(is_write);
  const size_t gap = write ? *write + 1 : editor.any_gap();
  const MapName map = write ? map_of(editor, editor.at(*write)) : any_map(editor);
  const IteratorName iterator(generator.operand(OpKind::kIterate, OperandKind::kIterator));
  Operations operations;
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
    const Operations change = change_map(editor, map);
    operations.insert(operations.end(), change.begin(), change.end());
    if (editor.random.chance(1, 3)) collect_under_iterators(editor, operations);
  }
  operations.push_back(encode(AdvanceOperands{.iterator = iterator, .count = kAll}));
  editor.insert(gap, operations);
}

void mutate_borrow(ProgramEditor& editor) {
  const MapName map = any_map(editor);
  const uint32_t full = kFullCounts[2 + editor.random.below(4)];
  const uint32_t key = editor.generator.fresh_key();
  const uint32_t iterators = 1 + editor.random.below(4);
  Operations operations = {
      encode(MakeOperands{.map = map, .hint = 0}),
      encode(PutRunOperands{.map = map, .key = key, .count = number(full + 1), .value = any_value(editor)})};
  start_iterators(editor, operations, map, iterators, full, 3);
  operations.push_back(encode(PutRunOperands{
      .map = map, .key = key, .count = number(full / 5), .value = any_value(editor)}));  // ends the doubling
  const Operations change = change_map(editor, map);
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
  advance_all(operations, iterators, kAll);
  editor.insert(editor.any_gap(), operations);
}

}  // namespace gcmap::harness
