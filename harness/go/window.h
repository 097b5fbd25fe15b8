// Recordings of the Go runtime cut into programs: windows of a few hundred operations, each behind a
// prefix that builds the map as it was.
//
// The prefix rebuilds the last structure before the window that can be built from nothing
// (harness/go/rebuild.h), then repeats what the recording did from there, as far as it matters. Every
// hash is set as recorded. So the structure at a window's end is the recorded one, digest and all:
// a program that any engine can mutate, whose meaning Go itself vouches for.
//
// Iterators begun before the rebuilt structure are left out; they change nothing but flags.
#pragma once

#include <cstddef>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "gcmap/internal/map/inspector.h"
#include "harness/go/trace.h"
#include "harness/program/op.h"

namespace gcmap::harness {

struct GoWindow {
  Program program;
  size_t prefix = 0;      // operations of the program that are not the window's own
  size_t first_line = 0;  // of the recording
  size_t last_line = 0;
  GoState expected;  // recorded at last_line; see go_window_difference
};

struct GoWindowOptions {
  // Windows end where the structure can be rebuilt, if such a place comes up between these; at the
  // latter otherwise. A recording that leaves states out makes them longer: they end at a recorded one.
  size_t operations_min = 200;
  size_t operations_max = 300;
};

// A recording that cannot be cut: its name, and why.
class GoWindowError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Calls visit for every window, in order; together they cover the whole recording. The recording is
// replayed on the way, its answers compared, its states not.
// Errors: GoWindowError.
void for_each_go_window(const GoTrace& trace, const GoWindowOptions& options,
                        const std::function<void(const GoWindow&)>& visit);

// The fields in which a map differs from the state expected at a window's end; empty if it agrees. Two
// are not looked at, for a rebuilt map has no past: flags, and nevacuate when not growing.
std::string go_window_difference(const GoState& expected, const MapInspector& map);

// "u64-mixed-101" for ".../u64-mixed-101.trace.gz".
std::string go_trace_stem(const GoTrace& trace);

// The program in text form, with a comment that says where it is from and what it must end in.
std::string go_window_text(const GoTrace& trace, const GoWindow& window);

}  // namespace gcmap::harness
