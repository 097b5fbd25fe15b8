// Numbers at which a structure of the library changes: of entries at which a map does, which the generator
// aims at and the reducer jumps between, and what a chunk of a pool or an arena holds.
#pragma once

#include <cstdint>

namespace gcmap::harness {

// A map of 2^B buckets is full at `full` entries: 8, then 6.5 * 2^B. The next new key makes it grow.
inline constexpr uint32_t kFullCounts[] = {8, 13, 26, 52, 104, 208, 416, 832, 1664, 3328};

// Objects that a chunk of a pool holds.
inline constexpr uint64_t kPoolChunkObjects = 63;

// Bytes of an arena's chunk, and of the largest object that shares one: a larger one has a chunk of its own.
inline constexpr uint64_t kArenaChunkBytes = 64 << 10;
inline constexpr uint64_t kArenaSharingBytesMax = 32 << 10;

}  // namespace gcmap::harness
