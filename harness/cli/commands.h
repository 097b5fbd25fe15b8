// The subcommands of the gcmap tool, each in a file of its own.
//
// A command gets the arguments behind its name and returns the exit code of the process.
#pragma once

#include <span>

namespace gcmap::harness {

inline constexpr int kExitNothingFound = 0;
inline constexpr int kExitBugFound = 1;
inline constexpr int kExitUsage = 2;      // or the environment: an unreadable file, a full disk
inline constexpr int kExitUndecided = 3;  // what was to be done came to no end

// X(name, function, summary), in the order of the help text.
#define GCMAP_COMMANDS(X)                                                             \
  X("replay", replay_command, "run a program and show what it does, step by step")    \
  X("reduce", reduce_command, "find the simplest program that fails in the same way") \
  X("states", states_command, "write the states a program goes through, as JSON")     \
  X("convert", convert_command, "turn a program from text into binary form and back") \
  X("ops", ops_command, "print the table of operations")                              \
  X("go-trace", go_trace_command, "compare the map with recordings of Go's own")      \
  X("windows", windows_command, "cut a recording of Go into programs")                \
  X("soak", soak_command, "run long random programs and watch the memory")

#define GCMAP_DECLARE(name, function, summary) int function(std::span<char*> args);
GCMAP_COMMANDS(GCMAP_DECLARE)
#undef GCMAP_DECLARE

}  // namespace gcmap::harness
