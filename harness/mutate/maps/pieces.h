// Pieces that mutations about maps are made of.
//
// Internal to the mutator (harness/mutate/program_mutator.h).
#pragma once

#include <cstddef>
#include <cstdint>

#include "harness/mutate/pieces.h"

namespace gcmap::harness {

MapName map_of(ProgramEditor& editor, const Operation& operation);
// Four of five times the map that most operations use.
MapName any_map(ProgramEditor& editor);
uint64_t any_value(ProgramEditor& editor);

// Starts the iterators 0 to `iterators` - 1, each anywhere in `buckets`, and advances each by 1 to
// `entries_max` entries.
void start_iterators(ProgramEditor& editor, Operations& operations, MapName map, uint64_t iterators,
                     uint64_t buckets, uint64_t entries_max);
void advance_all(Operations& operations, uint64_t iterators, uint64_t count);

// What a collection frees keeps its old bytes until they are used again, and an iterator that should have
// held it goes on as if nothing were wrong: so it is mostly overwritten.
void collect_under_iterators(ProgramEditor& editor, Operations& operations);

// What may happen to a map under an iterator.
Operations change_map(ProgramEditor& editor, MapName map);

// Rounds that fill a map of few entries with new keys and take them out again: chains that were long in turn
// leave their overflow buckets behind, and sooner or later there are as many of them as buckets. `key`: the
// first of the new ones, and of those that come after.
void churn_rounds(ProgramEditor& editor, Operations& operations, MapName map, uint32_t& key, uint32_t count,
                  size_t rounds);

}  // namespace gcmap::harness
