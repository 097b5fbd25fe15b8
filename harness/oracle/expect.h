// Comparing what the library answered with what the model says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "harness/oracle/failure.h"

namespace gcmap::harness {

inline std::string in_words(std::optional<uint64_t> value) {
  return value ? std::to_string(*value) : "absent";
}

// Throws MD unless both are the same.
inline void expect_same(const char* what, uint64_t key, std::optional<uint64_t> expected,
                        std::optional<uint64_t> actual) {
  if (expected == actual) return;
  throw Failure{"MD", std::string(what) + " of key " + std::to_string(key) + ": expected " +
                          in_words(expected) + ", got " + in_words(actual)};
}

}  // namespace gcmap::harness
