// Mutation and crossover of encoded programs: what a fuzzing engine's custom mutator calls.
//
//   extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
//     return mutate_program_bytes(data, size, max_size, seed, {.engine = LLVMFuzzerMutate});
//   }
//
// The input may be any bytes; the result is the encoding of a program, except when the engine's own mutation
// was let through.
#pragma once

#include <cstddef>
#include <cstdint>

#include "harness/mutate/program_mutator.h"

namespace gcmap::harness {

struct ByteMutation {
  // The engine's byte-level mutation, which gets one call in kEngineShare. Null: never.
  size_t (*engine)(uint8_t* data, size_t size, size_t max_size) = nullptr;
  MutationMask without = 0;
  Profile profile = Profile::kMap;
  const KindWeight* kind_weight = nullptr;  // not owned; null: all alike
};
inline constexpr uint32_t kEngineShare = 64;

// Returns the new size, at most max_size; 0 only if max_size is less than a configuration.
size_t mutate_program_bytes(uint8_t* data, size_t size, size_t max_size, unsigned seed,
                            const ByteMutation& options = {});

// Writes at most `out_max` bytes; the same return value.
size_t crossover_program_bytes(const uint8_t* first, size_t first_size, const uint8_t* second,
                               size_t second_size, uint8_t* out, size_t out_max, unsigned seed,
                               const ByteMutation& options = {});

}  // namespace gcmap::harness
