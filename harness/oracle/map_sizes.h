// Go's rules of when a map's arrays grow, and ours of when they shrink, written down a second time.
#pragma once

#include <cstdint>

namespace gcmap::harness {

inline bool calls_for_doubling(uint64_t entries, uint8_t b) {
  return entries > 8 && 2 * entries > 13 * (uint64_t{1} << b);
}

inline uint8_t smallest_b(uint64_t entries) {
  uint8_t b = 0;
  while (calls_for_doubling(entries, b)) ++b;
  return b;
}

// Ours: a quarter of what half the buckets hold.
inline bool calls_for_halving(uint64_t entries, uint8_t b) {
  return b == 1 ? entries < 2 : b > 1 && 8 * entries < 13 * (uint64_t{1} << (b - 1));
}

inline bool calls_for_same_size(uint32_t noverflow, uint8_t b) {
  return noverflow >= (uint32_t{1} << (b > 15 ? 15 : b));
}

}  // namespace gcmap::harness
