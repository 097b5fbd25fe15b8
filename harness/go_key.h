// The kinds of keys that recordings of the Go runtime have, as C++ types. Words are the recordings' ids.
//
//   u64   uint64_t           the id
//   k24   24-byte struct     made from the id
//   str   String             the id in decimal digits
//   f64   double             0 and 1 are +0 and -0, ids from 2^20 are NaNs with the id in their payload
//   ind   136-byte struct    boxed; made from the id
//
// Values are uint64_t.
#pragma once

#include <cstdint>
#include <string_view>

#include "harness/subject.h"

namespace gcmap::harness {

// From here on the ids of a recording with key=f64 are NaNs.
inline constexpr uint64_t kFirstNanId = uint64_t{1} << 20;

struct GoKey {
  const char* name;
  SubjectKind subject;
  uint64_t (*id)(const void* key);  // of a key as it lies in a bucket
};

// Null: there is no such kind.
const GoKey* find_go_key(std::string_view name);

// A map, and how to read the ids of its keys.
struct GoMap {
  GoMap(const MapInspector& inspector, uint64_t (*id_of)(const void* key) = u64_id)
      : map(inspector), id(id_of) {}

  static uint64_t u64_id(const void* key);

  MapInspector map;
  uint64_t (*id)(const void* key);
};

}  // namespace gcmap::harness
