// Numbers of entries at which a map changes: what the generator aims at and the reducer jumps between.
#pragma once

#include <cstdint>

namespace gcmap::harness {

// A map of 2^B buckets is full at `full` entries: 8, then 6.5 * 2^B. The next new key makes it grow.
inline constexpr uint32_t kFullCounts[] = {8, 13, 26, 52, 104, 208, 416, 832, 1664, 3328};

}  // namespace gcmap::harness
