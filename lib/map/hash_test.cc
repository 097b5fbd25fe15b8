// Keys in a pattern spread over chains, and over marks within them, as random ones do.
#include "gcmap/internal/map/hash.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "gc/test_objects.h"
#include "gcmap/map.h"
#include "map/test_chains.h"
#include "map/test_model.h"

namespace gcmap {
namespace {

constexpr uint64_t kKeys = 6000;  // in 1,024 chains, up to their load factor
constexpr uint64_t kSeeds = 5;

// How many chains have no entry, one, two ..., against the binomial distribution. Lengths are not quite
// independent of each other, which makes the sum smaller, not larger.
ChiSquare length_histogram(const Chains& chains) {
  std::vector<uint64_t> histogram(chains.longest() + 1);
  for (const auto& chain : chains.marks) ++histogram[chain.size()];
  ChiSquare result;
  double left = 1;
  for (uint64_t length = 0; length < histogram.size(); ++length) {
    const double p = chain_length_probability(chains.entries, chains.marks.size(), length);
    left -= p;
    result.add(static_cast<double>(histogram[length]), p * static_cast<double>(chains.marks.size()));
  }
  result.add(0, std::max(0.0, left) * static_cast<double>(chains.marks.size()));
  return result;
}

// A mark is the top byte of a random hash, but the reserved values are raised past the last of them.
double mark_probability(unsigned mark) {
  return mark < kMinTopHash ? 0 : (mark < 2 * kMinTopHash ? 2 : 1) / 256.0;
}

ChiSquare mark_histogram(const Chains& chains) {
  std::vector<uint64_t> histogram(256);
  for (const auto& chain : chains.marks) {
    for (const uint8_t mark : chain) ++histogram[mark];
  }
  ChiSquare result;
  for (unsigned mark = 0; mark < 256; ++mark) {
    result.add(static_cast<double>(histogram[mark]),
               static_cast<double>(chains.entries) * mark_probability(mark));
  }
  return result;
}

// Marks in sixteenths against four bits of the chain's number, from bit `shift`.
ChiSquare marks_by_chain(const Chains& chains, int shift) {
  std::vector<uint64_t> cells(256);
  for (uint64_t chain = 0; chain < chains.marks.size(); ++chain) {
    for (const uint8_t mark : chains.marks[chain]) ++cells[(chain >> shift) % 16 * 16 + mark / 16];
  }
  ChiSquare result;
  for (uint64_t cell = 0; cell < cells.size(); ++cell) {
    double p = 0;
    for (unsigned mark = cell % 16 * 16; mark < cell % 16 * 16 + 16; ++mark) p += mark_probability(mark) / 16;
    result.add(static_cast<double>(cells[cell]), static_cast<double>(chains.entries) * p);
  }
  return result;
}

void expect_random(const Chains& chains) {
  EXPECT_EQ(chains.entries, kKeys) << "keys are distinct";
  EXPECT_EQ(chains.marks.size(), 1024u);
  const ChiSquare lengths = length_histogram(chains);
  EXPECT_LE(lengths.value(), lengths.bound()) << "chain lengths";
  EXPECT_LE(chains.longest(), longest_chain_bound(kKeys, chains.marks.size()));
  const ChiSquare marks = mark_histogram(chains);
  EXPECT_LE(marks.value(), marks.bound()) << "marks";
  for (const int shift : {0, 6}) {
    const ChiSquare joint = marks_by_chain(chains, shift);
    EXPECT_LE(joint.value(), joint.bound()) << "marks and chain numbers, from bit " << shift;
  }
  double equal = 0;
  for (unsigned mark = 0; mark < 256; ++mark) equal += mark_probability(mark) * mark_probability(mark);
  const double expected = static_cast<double>(chains.pairs()) * equal;
  EXPECT_LE(static_cast<double>(chains.pairs_with_equal_marks()), count_bound(expected));
}

template <typename SomeMap, typename KeyOf>
Chains fill(uint64_t seed, KeyOf key) {
  Heap heap({.seed = seed, .gogc_percent = -1});  // nothing dies: keys need no roots
  SomeMap map(heap, kKeys);
  for (uint64_t n = 0; n < kKeys; ++n) map[key(heap, n)];
  return chains_of(MapDoor::inspect(map));
}

template <typename SomeMap, typename KeyOf>
void expect_random_under_all_seeds(const std::string& name, KeyOf key) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(name + ", heap seed " + std::to_string(seed));
    expect_random(fill<SomeMap>(seed, key));
  }
}

uint64_t reversed(uint64_t n) {
  uint64_t result = 0;
  for (int bit = 0; bit < 64; ++bit) result |= (n >> bit & 1) << (63 - bit);
  return result;
}

// A bit of n in each fifth bit.
uint64_t spread(uint64_t n) {
  uint64_t result = 0;
  for (int bit = 0; bit < 13; ++bit) result |= (n >> bit & 1) << (5 * bit);
  return result;
}

struct Pattern {
  const char* name;
  uint64_t (*key)(uint64_t n);
};

// One below, which is random, and these, which are not.
constexpr Pattern kPatterns[] = {
    {"sequential", [](uint64_t n) { return n; }},
    {"sequential and negative", [](uint64_t n) { return ~n; }},
    {"sequential from 2^40", [](uint64_t n) { return (uint64_t{1} << 40) + n; }},
    {"stride 3", [](uint64_t n) { return 3 * n; }},
    {"stride 1000003", [](uint64_t n) { return 1000003 * n; }},
    {"stride 8", [](uint64_t n) { return n << 3; }},
    {"stride 1000", [](uint64_t n) { return 1000 * n; }},
    {"stride 1024", [](uint64_t n) { return n << 10; }},
    {"stride 4096", [](uint64_t n) { return n << 12; }},
    {"stride 8192 and a header", [](uint64_t n) { return (n << 13) + 96; }},
    {"stride 2^20", [](uint64_t n) { return n << 20; }},
    {"stride 2^32", [](uint64_t n) { return n << 32; }},
    {"stride 2^51", [](uint64_t n) { return n << 51; }},
    {"addresses by 8", [](uint64_t n) { return 0x7f5a3c000000 + 8 * n; }},
    {"addresses by 16", [](uint64_t n) { return 0x7f5a3c000010 + 16 * n; }},
    {"addresses by 64", [](uint64_t n) { return 0xffff888100000000 + 64 * n; }},
    {"bits reversed", reversed},
    {"both halves", [](uint64_t n) { return n << 32 | n; }},
    {"a bit in five", spread},
    {"a rectangle", [](uint64_t n) { return n / 100 << 32 | n % 100; }},
    {"multiples of the golden ratio", [](uint64_t n) { return n * 0x9e3779b97f4a7c15; }},
    {"differences that go through shifts", [](uint64_t n) { return (n << 51) ^ n << 21; }},
};

uint64_t random_key(uint64_t n) {
  return mix64(n + 0x5eed);
}

struct StdIdentity {
  size_t operator()(uint64_t key) const { return key; }
};

TEST(HashSpread, IntegersInEveryPattern) {
  for (const Pattern& pattern : kPatterns)
    expect_random_under_all_seeds<U64Map>(pattern.name, [&](Heap&, uint64_t n) { return pattern.key(n); });
  expect_random_under_all_seeds<U64Map>("random", [](Heap&, uint64_t n) { return random_key(n); });
  expect_random_under_all_seeds<Map<int32_t, uint8_t>>(
      "int32_t", [](Heap&, uint64_t n) { return static_cast<int32_t>(n) - 3000; });
}

TEST(HashSpread, StdStyleIdentityInEveryPattern) {
  using SomeMap = Map<uint64_t, uint64_t, StdIdentity>;
  for (const Pattern& pattern : kPatterns)
    expect_random_under_all_seeds<SomeMap>(pattern.name, [&](Heap&, uint64_t n) { return pattern.key(n); });
}

// The control: these statistics see a hash that is not one, in every pattern, and are content with
// random keys.
TEST(HashSpread, TheRawIdentityFailsButForRandomKeys) {
  for (const Pattern& pattern : kPatterns) {
    const Chains chains = fill<IdentityMap>(0, [&](Heap&, uint64_t n) { return pattern.key(n); });
    const ChiSquare lengths = length_histogram(chains);
    EXPECT_GT(lengths.value(), 2 * lengths.bound()) << pattern.name;
  }
  const auto sequential = [](Heap&, uint64_t n) { return n; };
  const Chains chains = fill<IdentityMap>(0, sequential);
  const ChiSquare marks = mark_histogram(chains);
  EXPECT_GT(marks.value(), 2 * marks.bound());
  for (const int shift : {0, 6}) {
    const ChiSquare joint = marks_by_chain(chains, shift);
    EXPECT_GT(joint.value(), 2 * joint.bound());
  }
  EXPECT_EQ(chains.pairs_with_equal_marks(), chains.pairs());
  expect_random(fill<IdentityMap>(0, [](Heap&, uint64_t n) { return random_key(n); }));
}

// A mark that follows from the chain's number tells nothing within a chain: every single distribution is
// right, and the joint one is not.
TEST(HashSpread, MarksThatFollowFromTheChainFail) {
  struct ByteTwice {
    uint64_t operator()(uint64_t key, uint64_t) const { return (random_key(key) & 0x3ff) * 0x40000000000001; }
  };
  const auto sequential = [](Heap&, uint64_t n) { return n; };
  const Chains chains = fill<Map<uint64_t, uint64_t, ByteTwice>>(0, sequential);
  const ChiSquare lengths = length_histogram(chains);
  EXPECT_LE(lengths.value(), lengths.bound());
  const ChiSquare joint = marks_by_chain(chains, 6);
  EXPECT_GT(joint.value(), 2 * joint.bound());
  EXPECT_EQ(chains.pairs_with_equal_marks(), chains.pairs());
}

TEST(HashSpread, FloatsInEveryPattern) {
  using Doubles = Map<double, uint64_t>;
  const auto of = [](auto key) { return [key](Heap&, uint64_t n) { return key(static_cast<double>(n)); }; };
  expect_random_under_all_seeds<Doubles>("integers", of([](double x) { return x; }));
  expect_random_under_all_seeds<Doubles>("negative integers", of([](double x) { return -x; }));
  expect_random_under_all_seeds<Doubles>("tenths", of([](double x) { return x / 10; }));
  expect_random_under_all_seeds<Doubles>("multiples of 2^30", of([](double x) { return x * 0x1p30; }));
  expect_random_under_all_seeds<Doubles>("denormals", of([](double x) { return x * 0x1p-1074; }));
  expect_random_under_all_seeds<Map<float, uint8_t>>("float",
                                                     [](Heap&, uint64_t n) { return static_cast<float>(n); });
}

// Numbers at the end, in the middle and in front, in strings on every branch of the function.
TEST(HashSpread, StringsThatShareMostBytes) {
  using Strings = Map<String, uint64_t>;
  for (const size_t bytes : {4, 7, 8, 12, 16, 17, 32, 48, 49, 64, 97, 150}) {
    for (const size_t place : {size_t{0}, (bytes - 4) / 2, bytes - 4}) {
      const std::string name = std::to_string(bytes) + " bytes, digits at " + std::to_string(place);
      expect_random_under_all_seeds<Strings>(name, [=](Heap&, uint64_t n) {
        std::string key(bytes, 'x');
        for (size_t digit = 0; digit < 4; ++digit, n /= 10)
          key[place + digit] = static_cast<char>('0' + n % 10);
        return key;
      });
    }
  }
  expect_random_under_all_seeds<Strings>("decimal", [](Heap&, uint64_t n) { return std::to_string(n); });
  expect_random_under_all_seeds<Strings>(
      "binary", [](Heap&, uint64_t n) { return std::string(reinterpret_cast<const char*>(&n), sizeof n); });
  expect_random_under_all_seeds<Strings>("runs of zeroes", [](Heap&, uint64_t n) {
    return std::string(n % 60, '\0') + static_cast<char>(1 + n / 60);
  });
}

TEST(HashSpread, ObjectsInTheOrderOfTheirAllocation) {
  using Objects = Map<Member<Pair>, uint64_t>;
  expect_random_under_all_seeds<Objects>("small", [](Heap& heap, uint64_t) { return make<Pair>(heap); });
  expect_random_under_all_seeds<Objects>("one in each half of a page", [](Heap& heap, uint64_t) {
    static const Type kLarge{.name = "large", .size = 4000};
    return static_cast<Pair*>(heap.allocate(kLarge));
  });
}

}  // namespace
}  // namespace gcmap
