// Test material: how entries spread over the chains of a map, and how they would if hashes were random.
//
// A statistic is compared with a bound that random hashes exceed with a probability below 1e-6; seeds are
// fixed, so a test fails always or never.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "gcmap/map.h"

namespace gcmap {

// Every entry's chain and mark, as they lie in the map.
struct Chains {
  uint64_t entries = 0;
  std::vector<std::vector<uint8_t>> marks;  // of each chain

  uint64_t longest() const {
    uint64_t result = 0;
    for (const auto& chain : marks) result = std::max<uint64_t>(result, chain.size());
    return result;
  }

  // Pairs of entries that share a chain. Looking each entry up once passes so many others.
  uint64_t pairs() const {
    uint64_t result = 0;
    for (const auto& chain : marks) result += chain.size() * (chain.size() - 1) / 2;
    return result;
  }

  // Those of them with the same mark: a look-up that passes compares keys.
  uint64_t pairs_with_equal_marks() const {
    uint64_t result = 0;
    for (const auto& chain : marks) {
      for (auto mark = chain.begin(); mark != chain.end(); ++mark)
        result += static_cast<uint64_t>(std::count(mark + 1, chain.end(), *mark));
    }
    return result;
  }
};

// Requires: not growing.
inline Chains chains_of(const MapInspector& map) {
  Chains result;
  result.marks.resize(map.chains(MapArray::kPresent));
  for (uint64_t chain = 0; chain < result.marks.size(); ++chain) {
    map.for_each_bucket(MapArray::kPresent, chain, [&](const BucketView& bucket) {
      for (const uint8_t mark : bucket.tophash) {
        if (mark < kMinTopHash) continue;
        result.marks[chain].push_back(mark);
        ++result.entries;
      }
    });
  }
  return result;
}

// The probability that exactly `k` of `n` random entries lie in one given chain of `chains`.
inline double chain_length_probability(uint64_t n, uint64_t chains, uint64_t k) {
  const auto log_factorial = [](uint64_t x) { return std::lgamma(static_cast<double>(x) + 1); };
  const double p = 1 / static_cast<double>(chains);
  return std::exp(log_factorial(n) - log_factorial(k) - log_factorial(n - k) +
                  static_cast<double>(k) * std::log(p) + static_cast<double>(n - k) * std::log1p(-p));
}

// Random hashes make a chain longer than this with a probability below 1e-6.
inline uint64_t longest_chain_bound(uint64_t n, uint64_t chains) {
  double tail = 0;
  uint64_t k = n;
  while (tail + chain_length_probability(n, chains, k) < 1e-6 / static_cast<double>(chains))
    tail += chain_length_probability(n, chains, k--);
  return k;
}

// The same for a count that is a sum of many rare or weakly dependent events: six standard deviations are
// 1e-9, and the rest is for a distribution a little skewed.
inline double count_bound(double mean) {
  return mean + 6 * std::sqrt(mean) + 6;
}

inline double pairs_bound(uint64_t n, uint64_t chains) {
  const auto x = static_cast<double>(n);
  return count_bound(x * (x - 1) / 2 / static_cast<double>(chains));
}

// Pearson's sum over cells, and the bound for it. Cells that expect too few for it are put together.
class ChiSquare {
 public:
  void add(double observed, double expected) {
    observed_ += observed;
    expected_ += expected;
    if (expected_ >= kLeast) flush();
  }

  // What is left belongs to no cell large enough: it is a cell of its own that expects as much as the least.
  double value() const {
    const double rest = expected_ < observed_ ? observed_ - expected_ : 0;
    return sum_ + rest * rest / kLeast;
  }

  // Exceeded with a probability below 1e-6: Wilson and Hilferty's approximation at 5 standard deviations.
  double bound() const {
    const double freedom = cells_;  // the rest is one more cell
    return freedom * std::pow(1 - 2 / (9 * freedom) + 5 * std::sqrt(2 / (9 * freedom)), 3);
  }

 private:
  static constexpr double kLeast = 10;

  void flush() {
    sum_ += (observed_ - expected_) * (observed_ - expected_) / expected_;
    ++cells_;
    observed_ = expected_ = 0;
  }

  double observed_ = 0;
  double expected_ = 0;
  double sum_ = 0;
  double cells_ = 0;
};

}  // namespace gcmap
