#include "gcmap/internal/base/hash_bytes.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <vector>

#include "gcmap/internal/base/random.h"

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

// The attacks that a public mask and equal lanes would allow. Each makes runs of which wyhash, its secrets
// being public, gives all the same hash, whatever the seed.
//
// A mask is guessed with a probability of 2^-64; 0 is a seed under which it is one of the secrets themselves.
constexpr uint64_t kSeeds[] = {1, 0x5eed, 0x9e3779b97f4a7c15, 0x123456789abcdef0};

template <typename MakeRun>
void expect_distinct(MakeRun run) {
  for (const uint64_t seed : kSeeds) {
    std::set<uint64_t> seen;
    for (uint64_t n = 0; n < 1000; ++n) {
      const auto bytes = run(mix64(n));
      EXPECT_TRUE(seen.insert(hash_bytes(bytes.data(), sizeof bytes, seed)).second) << n << " under " << seed;
    }
  }
}

TEST(HashBytes, NoWordCancelsTheMask) {
  for (const uint64_t secret : hash_bytes_internal::kSecret) {
    expect_distinct([&](uint64_t any) {  // the word that is multiplied, and the word it is multiplied with
      const auto half = [](uint64_t word, int shift) { return static_cast<uint32_t>(word >> shift); };
      return std::array<uint32_t, 4>{half(secret, 32), half(any, 0), half(secret, 0), half(any, 32)};
    });
    expect_distinct([&](uint64_t any) { return std::array<uint64_t, 4>{secret, any, 0, 0}; });
    expect_distinct([&](uint64_t any) { return std::array<uint64_t, 4>{any, secret, 0, 0}; });
  }
}

TEST(HashBytes, LanesDoNotCancelEachOther) {
  const auto& secrets = hash_bytes_internal::kSecret;
  expect_distinct([](uint64_t any) { return std::array<uint64_t, 8>{0, 0, any, 1, any, 1}; });
  expect_distinct([](uint64_t any) { return std::array<uint64_t, 8>{any, 1, any, 1, 0, 0}; });
  for (const uint64_t one : secrets) {
    for (const uint64_t other : secrets) {
      if (one == other) continue;
      expect_distinct(
          [&](uint64_t any) { return std::array<uint64_t, 8>{0, 0, any, ~any, any ^ one ^ other, ~any}; });
      expect_distinct(
          [&](uint64_t any) { return std::array<uint64_t, 8>{any, ~any, any ^ one ^ other, ~any, 0, 0}; });
    }
  }
}

// How often two words meet in the low `bits` of their hashes, over seeds, for their difference: more often
// than one in 2^bits, and who knows the difference has a way to fill chains.
template <typename Hash>
double meetings(Hash hash, uint64_t difference, int bits) {
  constexpr int kRounds = 1 << 12;
  Random random(difference);
  int met = 0;
  for (int round = 0; round < kRounds; ++round) {
    const uint64_t seed = random.next();
    met += ((hash(0, seed) ^ hash(difference, seed)) & ((uint64_t{1} << bits) - 1)) == 0;
  }
  return static_cast<double>(met) / kRounds;
}

TEST(HashWord, NoDifferenceMakesLowBitsMeet) {
  constexpr int kBits = 5;
  constexpr double kOften = 1.0 / 32 + 6 * 0.00272;  // six standard deviations, of 4,096 rounds
  const auto expect_rare = [&](uint64_t difference) {
    EXPECT_LT(meetings(hash_word, difference, kBits), kOften) << std::hex << difference;
  };
  for (int high = 0; high < 64; ++high) {
    for (int low = 0; low <= high; ++low) {
      const uint64_t difference = uint64_t{1} << high | uint64_t{1} << low;
      expect_rare(difference);
      expect_rare(difference ^ difference >> 30 ^ difference >> 60);  // one or two bits behind x ^ x >> 30
    }
  }
  // The control, and why integers are not hashed like this: these two meet under every seed.
  const auto finalizer = [](uint64_t word, uint64_t seed) { return mix64(word ^ seed); };
  EXPECT_EQ(meetings(finalizer, 0x8000000200000008, kBits), 1);
}

TEST(HashWord, EveryBitReachesEveryBit) {
  constexpr int kRounds = 512;
  std::vector<std::array<int, 64>> flips(128);
  Random random(1);
  for (int round = 0; round < kRounds; ++round) {
    const uint64_t word = random.next();
    const uint64_t seed = random.next();
    for (size_t bit = 0; bit < 128; ++bit) {
      const uint64_t flip = uint64_t{1} << (bit % 64);
      const uint64_t other = bit < 64 ? hash_word(word ^ flip, seed) : hash_word(word, seed ^ flip);
      const uint64_t flipped = hash_word(word, seed) ^ other;
      for (size_t out = 0; out < 64; ++out) flips[bit][out] += flipped >> out & 1 ? 1 : 0;
    }
  }
  for (const auto& of_bit : flips) {
    for (const int count : of_bit) EXPECT_NEAR(count, kRounds / 2, 6 * 12);
  }
}

}  // namespace
}  // namespace gcmap
