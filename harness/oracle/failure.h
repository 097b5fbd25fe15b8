// An oracle's word inside a run: thrown by whoever sees a disagreement, caught by run().
#pragma once

#include <string>
#include <utility>

#include "gcmap/internal/base/violation.h"

namespace gcmap::harness {

struct Failure {
  std::string oracle;  // "MD", "C5", "M3", ...
  std::string detail;  // one line
};

// Throws the first violation, if any.
inline void throw_first(const Violations& violations, const std::string& where) {
  if (violations.empty()) return;
  const Violation& first = violations.front();
  throw Failure{first.id, where + first.path + ": " + first.detail};
}

}  // namespace gcmap::harness
