// Unsigned arithmetic that stops at its ends: sums and products at UINT64_MAX, differences at 0.
//
// For controllers, whose inputs may be anything: a goal of "never" is UINT64_MAX and must stay it.
#pragma once

#include <cstdint>

namespace gcmap {

constexpr uint64_t saturating_add(uint64_t a, uint64_t b) {
  return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

constexpr uint64_t saturating_sub(uint64_t a, uint64_t b) {
  return a > b ? a - b : 0;
}

// a * b / c, rounded down, without an intermediate overflow.
// Requires: c > 0.
constexpr uint64_t saturating_scale(uint64_t a, uint64_t b, uint64_t c) {
  __extension__ using Wide = unsigned __int128;
  const Wide scaled = static_cast<Wide>(a) * b / c;
  return scaled > UINT64_MAX ? UINT64_MAX : static_cast<uint64_t>(scaled);
}

constexpr uint64_t saturating_mul(uint64_t a, uint64_t b) {
  return saturating_scale(a, b, 1);
}

// The whole part; 0 for what is negative or no number.
constexpr uint64_t saturating_u64(double value) {
  if (!(value > 0)) return 0;
  return value >= 0x1p64 ? UINT64_MAX : static_cast<uint64_t>(value);
}

// Signed, from a signed number and an unsigned one.
constexpr int64_t saturating_rise(int64_t a, uint64_t b) {
  const uint64_t room = static_cast<uint64_t>(INT64_MAX) - static_cast<uint64_t>(a);
  return b > room ? INT64_MAX : static_cast<int64_t>(static_cast<uint64_t>(a) + b);
}
constexpr int64_t saturating_fall(int64_t a, uint64_t b) {
  const uint64_t room = static_cast<uint64_t>(a) - static_cast<uint64_t>(INT64_MIN);
  return b > room ? INT64_MIN : static_cast<int64_t>(static_cast<uint64_t>(a) - b);
}

}  // namespace gcmap
