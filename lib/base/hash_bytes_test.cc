#include "base/hash_bytes.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <vector>

#include "base/random.h"

namespace gcmap {
namespace {

constexpr size_t kBytesMax = 150;  // past every branch on the length

std::vector<unsigned char> random_bytes(Random& random, size_t bytes) {
  std::vector<unsigned char> result(bytes);
  for (unsigned char& byte : result) byte = static_cast<unsigned char>(random.next());
  return result;
}

TEST(HashBytes, DependsOnBytesLengthAndSeedAndNothingElse) {
  std::set<uint64_t> seen;
  const std::vector<unsigned char> zeroes(kBytesMax);
  for (size_t bytes = 0; bytes <= kBytesMax; ++bytes) {
    for (const uint64_t seed : {uint64_t{0}, uint64_t{1}, UINT64_MAX}) {
      EXPECT_TRUE(seen.insert(hash_bytes(zeroes.data(), bytes, seed)).second) << bytes;
      const std::vector<unsigned char> copy(bytes);  // elsewhere, with other neighbours
      EXPECT_EQ(hash_bytes(copy.data(), bytes, seed), hash_bytes(zeroes.data(), bytes, seed));
    }
  }
}

// Every bit of the input, and every bit of the seed, flips each bit of the hash about half of the time.
TEST(HashBytes, EveryBitReachesEveryBit) {
  constexpr int kRounds = 256;
  constexpr int kLeast = kRounds * 3 / 10;
  for (const size_t bytes : {1, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 49, 64, 97}) {
    const size_t seed_bits = 64;
    std::vector<std::array<int, 64>> flips(8 * bytes + seed_bits);
    Random random(bytes);
    for (int round = 0; round < kRounds; ++round) {
      std::vector<unsigned char> input = random_bytes(random, bytes);
      const uint64_t seed = random.next();
      const uint64_t hash = hash_bytes(input.data(), bytes, seed);
      for (size_t bit = 0; bit < flips.size(); ++bit) {
        const bool of_seed = bit >= 8 * bytes;
        if (!of_seed) input[bit / 8] ^= static_cast<unsigned char>(1 << (bit % 8));
        const uint64_t other =
            hash_bytes(input.data(), bytes, of_seed ? seed ^ uint64_t{1} << (bit - 8 * bytes) : seed);
        if (!of_seed) input[bit / 8] ^= static_cast<unsigned char>(1 << (bit % 8));
        for (size_t out = 0; out < 64; ++out) flips[bit][out] += ((hash ^ other) >> out) & 1;
      }
    }
    for (size_t bit = 0; bit < flips.size(); ++bit) {
      for (size_t out = 0; out < 64; ++out) {
        ASSERT_GT(flips[bit][out], kLeast) << bytes << " bytes, bit " << bit << " to bit " << out;
        ASSERT_LT(flips[bit][out], kRounds - kLeast) << bytes << " bytes, bit " << bit << " to bit " << out;
      }
    }
  }
}

}  // namespace
}  // namespace gcmap
