// What a run of a program came to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "harness/program/op.h"

namespace gcmap::harness {

enum class VerdictKind : uint8_t {
  kOk,
  kBug,     // an oracle spoke
  kMisuse,  // no word on the library: the program's own doing
  kHang,    // an operation came to no end: more work than it can have, or all its processor time
  kCrash,   // the process died: signal, sanitizer or failed check (only seen from outside, by run_in_child)
  kEnvironment,  // no word on the library: no address space, no child, no memory, killed by somebody
  kUndecided,    // no word either: the program goes on, longer than anybody wanted to wait
};

// "ok", "bug", "crash", ...
const char* name_of(VerdictKind kind);

struct Verdict {
  VerdictKind kind = VerdictKind::kOk;
  std::string oracle;        // "MD", "C5", "M3", "G1", "H2", "AS", "CHECK", "SIGSEGV", "HANG"
  size_t operation = 0;      // index of the operation that showed it; operations.size(): the end checks
  OpKind op = OpKind::kNop;  // its kind; kNop for the end checks
  std::string detail;        // one line: where, expected, actual
  uint64_t digest = 0;       // of everything observable after the last operation, when kOk
  std::string frame{};       // kCrash: the topmost place in lib/, function or file, if the report names one

  bool failed() const {
    return kind == VerdictKind::kBug || kind == VerdictKind::kHang || kind == VerdictKind::kCrash;
  }

  // What makes two failures the same bug: oracle id and operation kind, e.g. "M3@put", "MD@end".
  std::string signature() const;
};

// One line by which a failure is known again, in programs of any length: oracle and operation kind (a run of
// keys and its single operation are one), kind of the program's maps, and the frame of a crash:
// "C2@advance u64", "AS@put str_u64 gcmap::evacuate". "ok", "misuse", "environment", "undecided" as they are.
std::string known_signature(const Verdict& verdict, const Config& config);

}  // namespace gcmap::harness
