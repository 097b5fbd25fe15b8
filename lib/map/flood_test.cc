// An adversary who knows the hash function but not the seed finds no keys that share a chain more often than
// random ones. With the seed it would: each test shows that first.
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "gc/test_objects.h"
#include "gcmap/internal/map/hash.h"
#include "gcmap/map.h"
#include "map/test_chains.h"

namespace gcmap {
namespace {

constexpr uint64_t kKeys = 2000;
constexpr uint64_t kChains = 512;  // for so many keys

// As std::hash of integers is in most libraries.
struct StdIdentity {
  size_t operator()(uint64_t key) const { return key; }
};

// Kinds of keys, and the n-th of each.
template <typename K, typename H>
struct Kind {
  using Key = K;
  using Hash = H;
};

struct Integers : Kind<uint64_t, DefaultHash<uint64_t>> {
  explicit Integers(Heap&) {}
  uint64_t operator()(uint64_t n) { return n; }
};

struct StdStyle : Kind<uint64_t, StdIdentity> {
  explicit StdStyle(Heap&) {}
  uint64_t operator()(uint64_t n) { return n; }
};

struct Doubles : Kind<double, DefaultHash<double>> {
  explicit Doubles(Heap&) {}
  double operator()(uint64_t n) { return static_cast<double>(n); }
};

struct Strings : Kind<String, DefaultHash<String>> {
  explicit Strings(Heap&) {}
  std::string operator()(uint64_t n) { return "key " + std::to_string(n); }
};

// Of more than 48 bytes: through the lanes. Each is good until the next one is made.
struct LongStrings : Kind<String, DefaultHash<String>> {
  explicit LongStrings(Heap&) {}
  std::string_view operator()(uint64_t n) {
    std::memcpy(bytes.data() + 20, &n, sizeof n);
    return bytes;
  }
  std::string bytes = std::string(72, '.');
};

struct Objects : Kind<Member<Pair>, DefaultHash<Member<Pair>>> {
  explicit Objects(Heap& in) : heap(in) {}
  Pair* operator()(uint64_t n) {
    while (objects.size() <= n) objects.push_back(make<Pair>(heap));
    return objects[n];
  }
  Heap& heap;
  std::vector<Pair*> objects;  // which nothing collects
};

void expect_random(const Chains& chains) {
  EXPECT_EQ(chains.entries, kKeys);
  EXPECT_EQ(chains.marks.size(), kChains);
  EXPECT_LE(chains.longest(), longest_chain_bound(kKeys, kChains));
  EXPECT_LE(static_cast<double>(chains.pairs()), pairs_bound(kKeys, kChains));
}

void expect_flooded(const Chains& chains) {
  EXPECT_EQ(chains.marks.size(), kChains);
  EXPECT_EQ(chains.longest(), kKeys);
  EXPECT_EQ(chains.pairs(), kKeys * (kKeys - 1) / 2);
}

template <typename T>
class Flood : public testing::Test {
 protected:
  using FloodedMap = Map<typename T::Key, uint64_t, typename T::Hash>;
  using Keys = std::vector<uint64_t>;  // by number

  uint64_t chain(uint64_t n, uint64_t seed) { return hash_key(typename T::Hash(), key_(n), seed) % kChains; }

  // Keys that all lie in chain 0 of a map with this seed. What a flood is made of.
  Keys learn(uint64_t seed, uint64_t from = 0) {
    Keys result;
    for (uint64_t n = from; result.size() < kKeys; ++n) {
      if (chain(n, seed) == 0) result.push_back(n);
    }
    return result;
  }

  // How many pairs of these keys would share a chain under a seed.
  uint64_t pairs(const Keys& keys, uint64_t seed) {
    std::vector<uint64_t> lengths(kChains);
    uint64_t result = 0;
    for (const uint64_t n : keys) result += lengths[chain(n, seed)]++;
    return result;
  }

  // Keys, each of sixteen the one that shares most chains with those before under eight seeds, and the seeds.
  std::pair<Keys, std::vector<uint64_t>> climb() {
    Random random(1);
    std::vector<uint64_t> seeds(8);
    for (uint64_t& seed : seeds) seed = random.next();
    std::vector<std::vector<uint64_t>> lengths(seeds.size(), std::vector<uint64_t>(kChains));
    const auto met = [&](uint64_t n) {
      uint64_t result = 0;
      for (size_t i = 0; i < seeds.size(); ++i) result += lengths[i][chain(n, seeds[i])];
      return result;
    };
    Keys keys;
    while (keys.size() < kKeys) {
      uint64_t best = 16 * keys.size();
      for (uint64_t n = best + 1; n % 16 != 0; ++n) best = met(n) > met(best) ? n : best;
      for (size_t i = 0; i < seeds.size(); ++i) ++lengths[i][chain(best, seeds[i])];
      keys.push_back(best);
    }
    return {keys, seeds};
  }

  Chains insert(FloodedMap& map, const Keys& keys) {
    for (const uint64_t n : keys) map[key_(n)] = n;
    return chains_of(MapDoor::inspect(map));
  }

  Heap heap_{{.gogc_percent = -1}};
  T key_{heap_};
};

using Kinds = testing::Types<Integers, StdStyle, Doubles, Strings, LongStrings, Objects>;
TYPED_TEST_SUITE(Flood, Kinds);

TYPED_TEST(Flood, KnowingTheSeedSucceeds) {
  typename TestFixture::FloodedMap map(this->heap_, kKeys);
  expect_flooded(this->insert(map, this->learn(MapDoor::header(map)->seed)));
}

// Floods under seeds of the adversary's choice. Those that do most harm under other seeds as well are tried.
TYPED_TEST(Flood, KeysLearntUnderOtherSeedsAreAsRandomOnes) {
  typename TestFixture::Keys worst;
  uint64_t most = 0;
  Random seeds(0x5eed);
  for (const uint64_t learnt : {uint64_t{0}, uint64_t{1}, UINT64_MAX, seeds.next(), seeds.next()}) {
    const auto keys = this->learn(learnt);
    uint64_t harm = 0;
    for (int i = 0; i < 8; ++i) harm += this->pairs(keys, seeds.next());
    if (harm <= most) continue;
    most = harm;
    worst = keys;
  }
  for (int i = 0; i < 10; ++i) {
    typename TestFixture::FloodedMap map(this->heap_, kKeys);
    SCOPED_TRACE("seed " + std::to_string(MapDoor::header(map)->seed));
    expect_random(this->insert(map, worst));
  }
}

// The adversary chooses its keys, one after another, by what they do under seeds it tries. What it gains
// there is lost under the map's.
TYPED_TEST(Flood, ClimbingUnderTriedSeedsGainsNothing) {
  const auto [keys, tried] = this->climb();
  for (const uint64_t seed : tried)
    EXPECT_GT(static_cast<double>(this->pairs(keys, seed)), pairs_bound(kKeys, kChains)) << "it did gain";
  for (int i = 0; i < 10; ++i) {
    typename TestFixture::FloodedMap map(this->heap_, kKeys);
    SCOPED_TRACE("seed " + std::to_string(MapDoor::header(map)->seed));
    expect_random(this->insert(map, keys));
  }
}

// Keys found to flood a map, by measuring, are as random ones when it has been empty.
TYPED_TEST(Flood, AnEmptiedMapHasANewSeed) {
  typename TestFixture::FloodedMap map(this->heap_, kKeys);
  const auto keys = this->learn(MapDoor::header(map)->seed);
  expect_flooded(this->insert(map, keys));
  map.clear();
  expect_random(this->insert(map, keys));

  const auto keys_again = this->learn(MapDoor::header(map)->seed);
  map.clear();  // and so has a flood against the seed before
  expect_random(this->insert(map, keys_again));
  const auto keys_now = this->learn(MapDoor::header(map)->seed, 1);
  for (const uint64_t n : keys_again) map.erase(this->key_(n));
  ASSERT_TRUE(map.empty());
  expect_random(this->insert(map, keys_now));
}

// A clone keeps the seed, and with it the chains: it is no remedy.
TYPED_TEST(Flood, ACloneKeepsTheSeedAndAnotherMapDoesNot) {
  typename TestFixture::FloodedMap map(this->heap_, kKeys);
  const auto keys = this->learn(MapDoor::header(map)->seed);
  this->insert(map, keys);
  const auto clone = map.clone();
  EXPECT_EQ(MapDoor::header(clone)->seed, MapDoor::header(map)->seed);
  expect_flooded(chains_of(MapDoor::inspect(clone)));

  typename TestFixture::FloodedMap other(this->heap_, kKeys);
  EXPECT_NE(MapDoor::header(other)->seed, MapDoor::header(map)->seed);
  expect_random(this->insert(other, keys));
}

// A map that grows keeps its seed, and a flood stays one: it is made for the size the map will have.
TYPED_TEST(Flood, GrowthNeitherEndsAFloodNorMakesOne) {
  typename TestFixture::FloodedMap known(this->heap_);
  const auto keys = this->learn(MapDoor::header(known)->seed);
  this->insert(known, keys);
  known.shrink_to_fit();  // and thereby ends its growth
  expect_flooded(chains_of(MapDoor::inspect(known)));

  typename TestFixture::FloodedMap unknown(this->heap_);
  this->insert(unknown, keys);
  unknown.shrink_to_fit();
  expect_random(chains_of(MapDoor::inspect(unknown)));
}

// Strings made for wyhash's public secret: a word of each cancels it, and what that is multiplied with, the
// seed included, counts no more. Without a mask from the seed they flood every map there is.
struct PublicMask {
  uint64_t operator()(std::string_view key, uint64_t seed) const {
    using namespace hash_bytes_internal;
    const auto half = [&](size_t at) {
      return read<uint32_t>(reinterpret_cast<const unsigned char*>(key.data()) + at);
    };
    const uint64_t a = half(0) << 32 | half(8);
    const uint64_t b = half(12) << 32 | half(4);
    return fold(kSecret[1] ^ key.size(), fold(a ^ kSecret[1], b ^ seed) ^ kSecret[0]);
  }
};

template <typename Hash>
Chains fill_with_cancelling_strings(uint64_t seed) {
  Heap heap({.seed = seed});
  Map<String, uint64_t, Hash> map(heap, kKeys);
  for (uint64_t n = 0; n < kKeys; ++n) {
    const uint64_t secret = hash_bytes_internal::kSecret[1];
    const uint32_t words[] = {static_cast<uint32_t>(secret >> 32), static_cast<uint32_t>(n),
                              static_cast<uint32_t>(secret), static_cast<uint32_t>(mix64(n))};
    map[std::string(reinterpret_cast<const char*>(words), sizeof words)] = n;
  }
  return chains_of(MapDoor::inspect(map));
}

TEST(FloodMasks, StringsThatCancelAPublicMaskAreAsRandomOnes) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    expect_flooded(fill_with_cancelling_strings<PublicMask>(seed));
    expect_random(fill_with_cancelling_strings<DefaultHash<String>>(seed));
  }
}

// Keys with the same hash(key) share a chain whatever the seed. No map can help who hashes like this.
TEST(FloodLimits, EqualStdStyleHashesMeetUnderEverySeed) {
  struct Lossy {
    size_t operator()(uint64_t key) const { return key % 16; }
  };
  for (uint64_t seed = 0; seed < 4; ++seed) {
    Heap heap({.seed = seed});
    Map<uint64_t, uint64_t, Lossy> map(heap, kKeys);
    for (uint64_t n = 0; n < kKeys; ++n) map[16 * n] = n;
    EXPECT_EQ(chains_of(MapDoor::inspect(map)).longest(), kKeys);
  }
}

// The seeds of a heap made with a known seed are known: why HeapOptions::seed must not be left alone where
// keys are not trusted.
TEST(FloodLimits, ADefaultHeapHasPredictableSeeds) {
  Heap one;
  Heap other;
  EXPECT_EQ((MapDoor::header(Map<uint64_t, uint64_t>(one))->seed),
            (MapDoor::header(Map<uint64_t, uint64_t>(other))->seed));
  Heap random({.seed = 0x1e54c3d5});
  EXPECT_NE((MapDoor::header(Map<uint64_t, uint64_t>(random))->seed),
            (MapDoor::header(Map<uint64_t, uint64_t>(other))->seed));
}

// mix64 can be undone: a whole seed gives away where the heap's generator stands.
TEST(FloodLimits, FromOneSeedFollowsTheNext) {
  Heap heap({.seed = 0x1e54c3d5});
  Map<uint64_t, uint64_t> map(heap);
  const auto unshift = [](uint64_t x, int bits) {
    return x ^ x >> bits ^ (2 * bits < 64 ? x >> 2 * bits : 0);
  };
  uint64_t state = unshift(MapDoor::header(map)->seed, 31) * 0x319642b2d24d8ec3;
  state = unshift(state, 27) * 0x96de1b173f119089;
  state = unshift(state, 30);
  EXPECT_EQ(mix64(state), MapDoor::header(map)->seed);
  map[1] = 1;
  map.clear();
  Random adversary(state);
  EXPECT_EQ(MapDoor::header(map)->seed, adversary.next());
}

}  // namespace
}  // namespace gcmap
