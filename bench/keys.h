// The keys of a run: the same for every system, in bench/go/map_bench/keys.go as well, from a seed.
//
// Key number i is word i of SplitMix64; a string key is the 16 bytes of word i and of its mix. No two numbers
// give the same word, so keys with different numbers are different keys. The value of a key is its number.
//
// All lists are made before anything is timed, outside every map and every collected heap, and are read in
// order. What is looked up or erased is a copy: Go compares no bytes when both strings are the same ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "gcmap/internal/base/random.h"

namespace gcmap::bench {

// Word `number` of SplitMix64 under `seed`.
inline uint64_t word(uint64_t seed, uint64_t number) {
  return mix64(seed + (number + 1) * 0x9e3779b97f4a7c15u);
}

template <typename Key>
class KeyList;

template <>
class KeyList<uint64_t> {
 public:
  explicit KeyList(uint64_t count) { keys_.reserve(count); }
  void add(uint64_t word) { keys_.push_back(word); }
  const uint64_t& operator[](size_t index) const { return keys_[index]; }

 private:
  std::vector<uint64_t> keys_;
};

// Views of one block, as Go's strings are pointers and lengths.
template <>
class KeyList<std::string_view> {
 public:
  explicit KeyList(uint64_t count) : bytes_(count * kBytes) { keys_.reserve(count); }
  void add(uint64_t word) {
    char* const bytes = bytes_.data() + keys_.size() * kBytes;
    const uint64_t words[] = {word, mix64(word)};
    std::memcpy(bytes, words, kBytes);
    keys_.emplace_back(bytes, kBytes);
  }
  const std::string_view& operator[](size_t index) const { return keys_[index]; }

 private:
  static constexpr size_t kBytes = 16;
  std::vector<char> bytes_;
  std::vector<std::string_view> keys_;
};

// What the workloads are given.
template <typename Key>
struct Keys {
  Keys(uint64_t seed, uint64_t entries, uint64_t operations)
      : stored(entries + operations), oldest(operations), present(operations), absent(operations) {
    constexpr uint64_t kAbsent = uint64_t{1} << 40;  // above every stored number
    for (uint64_t i = 0; i < entries + operations; ++i) stored.add(word(seed, i));
    for (uint64_t i = 0; i < operations; ++i) {
      oldest.add(word(seed, i));
      present.add(word(seed, word(~seed, i) % entries));
      absent.add(word(seed, kAbsent + i));
    }
  }

  KeyList<Key> stored;   // first `entries` to insert, then those churn brings
  KeyList<Key> oldest;   // those churn erases, in their order
  KeyList<Key> present;  // random ones of the first `entries`
  KeyList<Key> absent;
};

}  // namespace gcmap::bench
