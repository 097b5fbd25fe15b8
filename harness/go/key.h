// The kinds of keys that recordings of the Go runtime have, as C++ types. Words are the recordings' ids.
//
//   u64   uint64_t           the id
//   k24   24-byte struct
//   str   String
//   f64   double             0 and 1 are +0 and -0, ids from kNanKey on are NaNs
//   ind   136-byte struct    boxed
//
// All but the first are made of the id as a number (harness/subject/numbered.h). Values are uint64_t.
#pragma once

#include <cstdint>
#include <string_view>

#include "harness/subject/map_adapter.h"

namespace gcmap::harness {

struct GoKey {
  const char* name;
  AdapterKind adapter;
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
