// The states of a whole program, from a child process that may crash, and what it came to.
//
//   {"format":"gcmap states","version":1,"config":"config version=2",...,"operations":[...],"from":0}
//   ...                                   lines of StateWriter
//   {"verdict":"bug","signature":"C2@advance","operation":4,"oracle":"C2","detail":"...","mentions":[...]}
//
// Deterministic: the same program gives the same bytes in every build, crashes apart, whose details name
// lines of sources.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>

#include "harness/program/verdict.h"

namespace gcmap::harness {

struct StatesOptions {
  // At most so many are told: the last ones, if the program has more until it fails.
  size_t states_max = 1'000;
  uint32_t cpu_ms_max = 10'000;  // as ChildOptions
};

// Runs the program and writes its states to `out`, which parent and child share.
// Returns the verdict. Where that is kEnvironment, what was written is not whole.
Verdict write_states(const Program& program, const StatesOptions& options, std::FILE* out);

}  // namespace gcmap::harness
