// Long programs for soaking: one heap and its maps under a stream of random operations.
//
// What fuzzing does not see is what adds up: a counter that drifts, a list that grows, memory that does not
// come back. A soak runs long programs one after the other in one process, whose memory must not grow.
#pragma once

#include <cstddef>
#include <cstdint>

#include "harness/program/op.h"

namespace gcmap::harness {

inline constexpr size_t kSoakOperations = 20'000;  // of a program

// The `number`-th program of a soak; half of them are about maps, half about the heap. The same for the same
// arguments. Whole structures are verified every 250 operations.
Program soak_program(uint64_t seed, uint64_t number);

}  // namespace gcmap::harness
