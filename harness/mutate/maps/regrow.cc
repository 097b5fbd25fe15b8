// Growths to the same size under iterators.
#include <iterator>

#include "harness/mutate/maps/pieces.h"
#include "harness/program/boundaries.h"

namespace gcmap::harness {
namespace {

// Two growths to the same size during one iteration.
Operations regrow_twice(ProgramEditor& editor, MapName map) {
  const uint32_t full = kFullCounts[1 + editor.random.below(3)];
  const uint32_t kept = 2 + editor.random.below(full / 2);
  const uint64_t iterators = 1 + editor.random.below(4);
  const size_t rounds = 2 + editor.random.below(8);
  uint32_t key = editor.generator.fresh_key();
  Operations operations = {
      encode(MakeOperands{.map = map, .hint = full}),
      encode(PutRunOperands{.map = map, .key = key, .count = number(kept), .value = any_value(editor)})};
  key += kept;
  churn_rounds(editor, operations, map, key, full - kept, rounds);
  start_iterators(editor, operations, map, iterators, full, 3);
  for (int growth = 0; growth < 2; ++growth) {
    churn_rounds(editor, operations, map, key, full - kept, rounds);
    operations.push_back(encode(PutRunOperands{.map = map,
                                               .key = key,
                                               .count = number(1 + editor.random.below(full - kept)),
                                               .value = any_value(editor)}));
    if (editor.random.chance(1, 2)) advance_all(operations, iterators, 1);
    operations.push_back(encode(EraseRunOperands{.map = map, .key = key, .count = number(full - kept)}));
  }
  advance_all(operations, iterators, kAll);
  return operations;
}

// A growth to the same size while iterators stand in chains they borrowed from an earlier doubling (to eight
// buckets, the smallest that is not over within one write). All keys share a chain but those given hashes
// here: `kept` spread evenly, whose old chains the iterators stand in, and a second group in another chain.
// Forty entries in the one chain, then as many in the other, leave eight overflow buckets.
Operations regrow_under_borrowed_chain(ProgramEditor& editor, MapName map) {
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
  Operations operations;
  for (uint32_t i = 0; i < kept; ++i)
    operations.push_back(encode(SetHashOperands{.key = key + i, .hash = uint64_t{0x10} << 56 | i % 8}));
  for (uint32_t i = 0; i < second_count; ++i)
    operations.push_back(
        encode(SetHashOperands{.key = second_group + i, .hash = uint64_t{0x20} << 56 | chain}));
  operations.push_back(encode(MakeOperands{.map = map, .hint = 0}));
  operations.push_back(
      encode(PutRunOperands{.map = map, .key = key, .count = kDoubles, .value = any_value(editor)}));
  start_iterators(editor, operations, map, iterators, 8, 2);
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
  advance_all(operations, iterators, kAll);
  return operations;
}

// Two growths to the same size, of eight buckets, in one iteration; in the second the iterators go on by an
// entry or two and so stand in chains they have borrowed, and the map then moves on. Chains as above.
Operations regrow_twice_under_iterators(ProgramEditor& editor, MapName map) {
  constexpr uint32_t kEightBuckets = 52;
  constexpr uint32_t kGroup = 34;
  const uint32_t kept = 12 + editor.random.below(5);
  const uint64_t iterators = 2 + editor.random.below(5);
  const uint32_t key = 1;
  const uint32_t first_group = key + kept;
  const uint32_t second_group = first_group + kGroup;
  const uint32_t chain = 1 + editor.random.below(7);
  editor.program.config.hash = static_cast<uint32_t>(HashClass::kConstant);
  Operations operations;
  for (uint32_t i = 0; i < kept; ++i)
    operations.push_back(encode(SetHashOperands{.key = key + i, .hash = uint64_t{0x10} << 56 | i % 8}));
  for (uint32_t i = 0; i < kGroup; ++i)
    operations.push_back(
        encode(SetHashOperands{.key = second_group + i, .hash = uint64_t{0x20} << 56 | chain}));
  operations.push_back(encode(MakeOperands{.map = map, .hint = kEightBuckets}));
  operations.push_back(
      encode(PutRunOperands{.map = map, .key = key, .count = number(kept), .value = any_value(editor)}));
  start_iterators(editor, operations, map, iterators, 8, 2);
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
  advance_all(operations, iterators, kAll);
  return operations;
}

}  // namespace

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

}  // namespace gcmap::harness
