// Test material: maps whose hashes are chosen, and what is compared with them.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>

#include "gcmap/map.h"

namespace gcmap {

using U64Map = Map<uint64_t, uint64_t>;

// A hash the test can read: chains are the low bits of the key.
struct IdentityHash {
  uint64_t operator()(uint64_t key, uint64_t) const { return key; }
};
using IdentityMap = Map<uint64_t, uint64_t, IdentityHash>;

inline void expect_sound(const MapInspector& map) {
  for (const Violation& violation : map.verify())
    ADD_FAILURE() << violation.id << " " << violation.path << ": " << violation.detail;
}

template <typename SomeMap>
std::map<uint64_t, uint64_t> contents(const SomeMap& map) {
  std::map<uint64_t, uint64_t> result;
  for (const auto [key, value] : map)
    EXPECT_TRUE(result.emplace(key, value).second) << "key " << key << " twice";
  return result;
}

}  // namespace gcmap
