// Where results go: whatever path a -o names.
//
// A regular file, or one that does not exist yet, is written beside itself and renamed, so that a reader or a
// crash finds the old contents or the new; a symbolic link stays and its target is written. Anything else
// that exists - a device, a FIFO - is a stream: it is written to as it is, and each writing adds to what was
// written before.
#pragma once

#include <span>
#include <string>

namespace gcmap::harness {

// To be asked before the work: an empty string, or one line, with the path, that says why nothing can be
// written there. A full disk shows only later.
std::string output_problem(const std::string& path);

bool is_stream(const std::string& path);

// Returns an empty string, or one line that says what failed.
std::string write_output(const std::string& path, std::span<const char> contents);

}  // namespace gcmap::harness
