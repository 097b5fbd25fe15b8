// Mutations that let a map shrink, or copy one that grows.
#include "harness/mutate/maps/pieces.h"
#include "harness/program/boundaries.h"

namespace gcmap::harness {

void mutate_shrink(ProgramEditor& editor) {
  Generator& generator = editor.generator;
  const MapName map = any_map(editor);
  const uint32_t full = kFullCounts[1 + editor.random.below(5)];
  const uint32_t kept = editor.random.below(full / 6);
  const uint64_t iterators = 1 + editor.random.below(3);
  const uint32_t key = generator.fresh_key();
  Operations operations = {encode(ShrinkOperands{.map = map, .allowed = true}),
                           encode(PutRunOperands{.map = map,
                                                 .key = key,
                                                 .count = number(full + 1 - editor.random.below(full / 2)),
                                                 .value = any_value(editor)})};
  const auto begin_loops = [&] { start_iterators(editor, operations, map, iterators, full, 3); };
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
  advance_all(operations, iterators, kAll);
  editor.insert(editor.any_gap(), operations);
}

void mutate_clone(ProgramEditor& editor) {
  Generator& generator = editor.generator;
  const MapName map = any_map(editor);
  const MapName target(generator.operand(OpKind::kClone, OperandKind::kTarget));
  const uint32_t full = kFullCounts[1 + editor.random.below(4)];
  uint32_t key = generator.fresh_key();
  Operations operations;
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
    const Operations change = {
        encode(IncrementOperands{.map = written, .key = key, .value = 1 + editor.random.below(9)}),
        encode(EraseRunOperands{
            .map = written, .key = key + 1, .count = number(1 + editor.random.below(full))})};
    if (editor.random.chance(1, 2)) operations.insert(operations.end(), change.begin(), change.end());
  }
  if (editor.random.chance(1, 3)) operations.push_back(encode(CollectOperands{}));
  editor.insert(editor.any_gap(), operations);
}

}  // namespace gcmap::harness
