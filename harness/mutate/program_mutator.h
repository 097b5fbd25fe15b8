// Mutation and crossover of programs, operation by operation.
//
// Fuzzing engines see bytes; a flipped byte of a program is mostly a flipped operand. These mutations know
// what the bytes mean (harness/mutate/mutation.def lists them). All randomness comes from the Random given,
// so that a seed repeats a mutation. Results are canonical and keep the bounds of harness/program/cost.h.
//
// Relied on by: harness/mutate/program_bytes.h (libFuzzer, AFL++), properties.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "gcmap/internal/base/random.h"
#include "harness/mutate/generate.h"
#include "harness/program/op.h"

namespace gcmap::harness {

enum class MutationKind : uint8_t {
#define MUTATION(name, family, weight, heap_weight, doc) name,
#include "harness/mutate/mutation.def"
#undef MUTATION
};

struct MutationInfo {
  MutationKind kind;
  std::string_view name;
  std::string_view family;  // of the operations that it is about; "any": of every one
  uint32_t weight;
  uint32_t heap_weight;
  std::string_view doc;
};

std::span<const MutationInfo> all_mutations();

// Kinds left out of mutate(): bit n is the n-th kind of the table.
using MutationMask = uint32_t;

struct MutateOptions {
  MutationMask without = 0;
  Profile profile = Profile::kMap;          // of what is drawn: operations, configurations, kinds of mutation
  const KindWeight* kind_weight = nullptr;  // not owned; null: all alike
};

// Applies one kind once.
// Returns false if that left the program as it was.
bool mutate_once(MutationKind kind, Program& program, Random& random, size_t operations_max,
                 Profile profile = Profile::kMap);

// Applies one or more kinds, by weight.
// Requires: 1 <= operations_max.
void mutate(Program& program, Random& random, size_t operations_max, const MutateOptions& options = {});

// A program made of pieces of both.
Program crossover(const Program& first, const Program& second, Random& random, size_t operations_max);

}  // namespace gcmap::harness
