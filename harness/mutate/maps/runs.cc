// Mutations that put and erase runs of keys, or decide where keys go.
#include <algorithm>

#include "harness/mutate/maps/pieces.h"

namespace gcmap::harness {

void mutate_churn(ProgramEditor& editor) {
  Generator& generator = editor.generator;
  const MapName map = any_map(editor);
  const uint32_t key = generator.fresh_key();
  const uint32_t count = generator.burst();
  const uint32_t kept = editor.random.below(std::min<uint32_t>(count, 8));
  Operations operations;
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

void mutate_collide(ProgramEditor& editor) {
  Generator& generator = editor.generator;
  const uint64_t base = generator.hash();
  const uint32_t first = generator.key();
  const size_t count = 2 + editor.random.below(editor.random.chance(1, 4) ? 16 : 4);
  const uint32_t likeness = editor.random.below(3);
  Operations operations;
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

}  // namespace gcmap::harness
