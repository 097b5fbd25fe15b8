// What the kinds of maps hold, and which keys and values the numbers of a program stand for.
//
// A program names keys and values by number. Where a kind has fewer keys than there are numbers, several
// numbers name one key; everybody who compares keys - maps of a run, model, models - asks key_named() first,
// so that they agree. Of floating-point keys
//
//   number         key
//   1, 2           -0.0 and +0.0: two words, one identity
//   3 modulo 8     NaN: each insertion makes another key, by the word after the last; nobody finds it again
//   the others     the number itself
//
// Words of floating-point keys are those of recordings (harness/subject/numbered.h): 0 and 1 are the zeroes,
// NaNs begin at kNanKey.
#pragma once

#include <cstddef>
#include <cstdint>

#include "harness/program/op.h"

namespace gcmap::harness {

inline constexpr size_t kMapKinds = 0
#define KIND(constant, text, doc) +1
#include "harness/program/map_kind.def"
#undef KIND
    ;

// Nodes themselves, or structs that refer to one.
constexpr bool has_node_keys(MapKind kind) {
  return kind == MapKind::kObjectU64 || kind == MapKind::kObjectObject || kind == MapKind::kObjectStr ||
         kind == MapKind::kRefBoxRef || kind == MapKind::kBoxRefRef;
}
constexpr bool has_node_values(MapKind kind) {
  return kind == MapKind::kU64Object || kind == MapKind::kObjectObject || kind == MapKind::kRefBoxRef ||
         kind == MapKind::kBoxRefRef;
}
constexpr bool has_map_values(MapKind kind) {
  return kind == MapKind::kU64Map;
}
constexpr bool has_float_keys(MapKind kind) {
  return kind == MapKind::kF64U64;
}
inline constexpr MapKind kInnerKind = MapKind::kU64Object;  // of the maps in a map of maps

// The word for "a NaN": of look-ups and of erasures. Those that lie in maps have words of their own above it.
inline constexpr uint64_t kNanKey = uint64_t{1} << 20;

constexpr bool is_nan(MapKind kind, uint64_t word) {
  return has_float_keys(kind) && word >= kNanKey;
}

// Programs name this many keys, 0 and up. The word after the last, and the one after that, are keys no
// program names.
constexpr uint64_t key_count(MapKind kind) {
  constexpr uint64_t kUnnamed = 2;
  if (kind == MapKind::kU8U8) return (uint64_t{1} << 8) - kUnnamed;
  return has_float_keys(kind) ? kNanKey - kUnnamed : 0xfffffff0;
}

// The word of the key that a program's number names.
constexpr uint64_t key_named(MapKind kind, uint64_t number) {
  const uint64_t key = number < key_count(kind) ? number : number % key_count(kind);
  if (!has_float_keys(kind)) return key;
  if (key % 8 == 3) return kNanKey;
  return key == 0 ? 2 : key == 2 ? 0 : key;
}

// What equal keys have in common: the word of one of them.
constexpr uint64_t identity_of(MapKind kind, uint64_t word) {
  return has_float_keys(kind) && word == 1 ? 0 : word;
}

// The word of the value that a number stands for.
constexpr uint64_t value_named(MapKind kind, uint64_t number) {
  if (kind == MapKind::kU64None) return 0;
  return kind == MapKind::kU8U8 || kind == MapKind::kU32U8 ? number & 0xff : number;
}

}  // namespace gcmap::harness
