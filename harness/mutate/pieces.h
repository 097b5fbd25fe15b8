// Pieces that mutations of more than one family are made of.
//
// Internal to the mutator (harness/mutate/program_mutator.h).
#pragma once

#include <cstdint>
#include <vector>

#include "harness/mutate/program_editor.h"

namespace gcmap::harness {

using Operations = std::vector<Operation>;

inline constexpr uint64_t kAll = 4096;  // units of work, entries to advance: as many as there are

void append(Operations& to, const Operations& more);

// An operand as the generator draws it.
uint64_t any(ProgramEditor& editor, OpKind op, OperandKind kind);
AnyWidth any_cells(ProgramEditor& editor);

// Can an allocation happen within the operation?
bool allocates(OpKind kind);

Operation inside(DecisionPoint point, uint64_t arrival, CollectorStep step, uint64_t units);
// One to three arms for the operation that follows, with what has to come before them.
Operations arms(ProgramEditor& editor);

// A cycle begun and little of it marked.
Operations open_cycle(ProgramEditor& editor);
// The rest of a cycle.
Operations closed_cycle();

}  // namespace gcmap::harness
