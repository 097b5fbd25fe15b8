// How large a map's arrays are and when they must grow: pure arithmetic, Go's.
//
// Invariant: M10 (load bound) follows from over_load_factor and too_many_overflow_buckets alone.
// Source: Go 1.19 runtime/map.go (loadFactorNum 13, loadFactorDen 2; tooManyOverflowBuckets).
#pragma once

#include <cstdint>

#include "gcmap/internal/alloc/size_class.h"
#include "gcmap/internal/map/layout.h"
#include "gcmap/out_of_memory.h"

namespace gcmap {

inline constexpr uint8_t kMaxB = 48;  // larger arrays fit no address space

// Would `count` entries in 2^b buckets be more than 6.5 a bucket (and more than one bucket holds)?
constexpr bool over_load_factor(uint64_t count, uint8_t b) {
  return count > kBucketSlots && count > 13 * (bucket_count(b) / 2);
}

// Entries that 2^b buckets hold without growing.
constexpr uint64_t capacity(uint8_t b) {
  return b == 0 ? kBucketSlots : 13 * (bucket_count(b) / 2);
}

// Would `count` entries fill less than a quarter of half of 2^b buckets? Having shrunk, the map must
// quadruple before it grows, and lose half of its entries before it shrinks again.
constexpr bool under_load_factor(uint64_t count, uint8_t b) {
  return b > 0 && count * 4 < capacity(static_cast<uint8_t>(b - 1));
}

// Are there about as many overflow buckets as buckets?
constexpr bool too_many_overflow_buckets(uint16_t noverflow, uint8_t b) {
  return noverflow >= uint16_t{1} << (b < 15 ? b : 15);
}

// The smallest b whose array holds `entries` without growing.
// Requires: no more than 2^48.
constexpr uint8_t b_for(uint64_t entries) {
  uint8_t b = 0;
  while (over_load_factor(entries, b)) ++b;
  return b;
}

// The same for what was asked for, as a hint or by reserve: one limit for both, the largest range a heap can
// have. Go ignores a hint beyond it (makemap's test against maxAlloc); here it fails as any other that does
// not fit.
// Errors: OutOfMemory, kSizeOverflow.
inline uint8_t b_for_request(uint64_t entries, uint32_t bucket_size) {
  if (entries > kHeapRangeAlignment)
    throw OutOfMemory(OutOfMemory::Reason::kSizeOverflow, UINT64_MAX, kHeapRangeAlignment);
  const uint8_t b = b_for(entries);
  const uint64_t bytes = bucket_count(b) * bucket_size;
  if (bytes > kHeapRangeAlignment)
    throw OutOfMemory(OutOfMemory::Reason::kSizeOverflow, bytes, kHeapRangeAlignment);
  return b;
}

// Overflow buckets preallocated with an array of 2^b buckets: from b = 4 on a sixteenth, rounded up to
// what Go's allocator would hand out for the whole.
constexpr uint64_t spare_buckets(uint8_t b, uint32_t bucket_size) {
  if (b < 4) return 0;
  const uint64_t wanted = bucket_count(b) + bucket_count(static_cast<uint8_t>(b - 4));
  return go_round_up_size(wanted * bucket_size) / bucket_size - bucket_count(b);
}

}  // namespace gcmap
