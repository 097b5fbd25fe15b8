// Seeded random numbers: SplitMix64 (Steele, Lea, Flood 2014), one word of state, any seed is good.
#pragma once

#include <cstdint>

namespace gcmap {

// The finalizer of SplitMix64: a bijection in which every input bit reaches every output bit.
constexpr uint64_t mix64(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

class Random {
 public:
  explicit constexpr Random(uint64_t seed = 0) : state_(seed) {}

  constexpr uint64_t next() { return mix64(state_ += 0x9e3779b97f4a7c15u); }

  // Uniform in [0, bound) up to a bias of bound / 2^32.
  // Requires: 0 < bound <= 2^32.
  constexpr uint32_t below(uint64_t bound) { return static_cast<uint32_t>(((next() >> 32) * bound) >> 32); }

  // True with probability numerator / denominator.
  constexpr bool chance(uint32_t numerator, uint32_t denominator) { return below(denominator) < numerator; }

 private:
  uint64_t state_;
};

}  // namespace gcmap
