// What executing a program costs, estimated, and the bounds generated programs keep.
//
// A fuzzer lives on executions per second, and a single burst of 4096 keys verified after every operation
// takes as long as a thousand small programs. Only the generator and the mutator keep these bounds; a program
// a person wrote or a crash file runs as it is.
#pragma once

#include <cstdint>

#include "harness/program/op.h"

namespace gcmap::harness {

// Each bound is some 10 ms of an instrumented build.
inline constexpr uint64_t kCostMax = 10'000;         // entries and links touched by operations
inline constexpr uint64_t kChainCostMax = 800;       // the same, when all keys share a chain
inline constexpr uint64_t kVerifyCostMax = 20'000;   // entries looked at by verification on the cadence
inline constexpr uint64_t kCollectCostMax = 20'000;  // entries marked by collections of the pacing

// Entries the operation may touch, at least 1.
uint64_t cost_of(const Operation& operation);
uint64_t cost_of(const Program& program);

// Brings the program below the bounds: shortens bursts, hints and objects from the first that goes beyond,
// verifies and collects less often.
// Requires: the program is canonical.
void bound_cost(Program& program);

}  // namespace gcmap::harness
