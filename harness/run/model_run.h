// A program on the model alone: what the model costs without the library and its oracles.
#pragma once

#include <cstdint>

#include "harness/program/op.h"

namespace gcmap::harness {

// Runs the program on the model alone and returns a digest of its answers: the floor that the cost
// of an execution is measured against.
uint64_t run_model_only(const Program& program);

}  // namespace gcmap::harness
