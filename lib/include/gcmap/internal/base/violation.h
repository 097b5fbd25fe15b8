// What a verifier found: the broken invariant, where, and in words.
#pragma once

#include <string>
#include <vector>

namespace gcmap {

struct Violation {
  const char* id;      // invariant, as in docs/INVARIANTS.md: "H2", "M5", "G1"
  std::string path;    // where: "span 12 slot 3", "bucket 5 overflow 1 slot 2"
  std::string detail;  // what was found and what was expected, with values
};

using Violations = std::vector<Violation>;

}  // namespace gcmap
