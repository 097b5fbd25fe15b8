#include "harness/mutate/maps/pieces.h"

namespace gcmap::harness {

MapName map_of(ProgramEditor& editor, const Operation& operation) {
  return MapName(
      get_operand(operation, OperandKind::kMap, editor.generator.operand(OpKind::kPut, OperandKind::kMap)));
}

MapName any_map(ProgramEditor& editor) {
  return MapName(editor.generator.operand(OpKind::kPut, OperandKind::kMap));
}

uint64_t any_value(ProgramEditor& editor) {
  return editor.generator.operand(OpKind::kPut, OperandKind::kValue);
}

void start_iterators(ProgramEditor& editor, Operations& operations, MapName map, uint64_t iterators,
                     uint64_t buckets, uint64_t entries_max) {
  for (uint64_t i = 0; i < iterators; ++i) {
    operations.push_back(encode(IterateOperands{.map = map,
                                                .iterator = IteratorName(i),
                                                .bucket = number(editor.random.below(buckets)),
                                                .offset = editor.random.below(8)}));
    operations.push_back(encode(
        AdvanceOperands{.iterator = IteratorName(i), .count = number(1 + editor.random.below(entries_max))}));
  }
}

void advance_all(Operations& operations, uint64_t iterators, uint64_t count) {
  for (uint64_t i = 0; i < iterators; ++i)
    operations.push_back(encode(AdvanceOperands{.iterator = IteratorName(i), .count = number(count)}));
}

void collect_under_iterators(ProgramEditor& editor, Operations& operations) {
  operations.push_back(encode(CollectOperands{}));
  if (editor.random.chance(3, 4)) editor.program.config.clobber = 1;
}

Operations change_map(ProgramEditor& editor, MapName map) {
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

void churn_rounds(ProgramEditor& editor, Operations& operations, MapName map, uint32_t& key, uint32_t count,
                  size_t rounds) {
  for (size_t round = 0; round < rounds; ++round, key += count) {
    operations.push_back(
        encode(PutRunOperands{.map = map, .key = key, .count = number(count), .value = any_value(editor)}));
    operations.push_back(encode(EraseRunOperands{.map = map, .key = key, .count = number(count)}));
  }
}

}  // namespace gcmap::harness
