// Hashing of keys, seeded per map.
//
//   key                                   hash under the map's seed
//   integers                              hash_word(key)
//   float, double                         hash_word(its bits), both zeroes as 0
//   String                                hash_bytes(its bytes)
//   Member<T>                             hash_word(offset of the object in its heap): runs repeat
//   hash(key), in the manner of std       hash_word(hash(key)): even the identity is a good hash
//   hash(key, seed)                       itself, raw
//
// Keys that are references are hashed and compared as T*: the function may look into the object. It must not
// allocate from the heap. A floating-point key that is not equal to itself is hashed under a random seed: as
// in Go, NaNs spread.
//
// The seed is 64 bits, drawn from HeapDoor::random() when a map is made and again whenever it becomes empty;
// a clone keeps it. Who knows the functions but not the seed finds no keys that share a chain more often than
// random ones do (flood_test.cc), and keys in a pattern spread like random ones (hash_test.cc). Not promised:
//   * anything against who can predict seeds: HeapOptions::seed says how to make them unpredictable;
//   * anything for keys with the same hash(key): they share a chain under every seed. A std::hash is only as
//     good as whoever wrote it, and that of strings has a public seed in most libraries;
//   * anything against who sees hashes, or the order of many loops, and computes the seed from them. From one
//     seed of a heap the others follow.
// Functions: base/hash_bytes.h.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <functional>
#include <string_view>
#include <type_traits>

#include "gcmap/internal/base/hash_bytes.h"
#include "gcmap/string.h"

namespace gcmap {

template <typename Hash, typename K>
concept SeededHash = requires(const Hash& hash, const K& key, uint64_t seed) {
  { hash(key, seed) } -> std::convertible_to<uint64_t>;
};

// The hash of integers, floating-point numbers, strings and references; of other types, what std::hash says.
template <typename K>
struct DefaultHash {
  size_t operator()(const K& key) const { return std::hash<K>()(key); }
};

template <std::integral K>
requires(sizeof(K) <= sizeof(uint64_t)) struct DefaultHash<K> {
  uint64_t operator()(K key, uint64_t seed) const { return hash_word(static_cast<uint64_t>(key), seed); }
};

// Zeroes are equal, whatever their sign. A long double has bytes that mean nothing: std::hash knows which.
template <std::floating_point K>
requires(sizeof(K) <= sizeof(uint64_t)) struct DefaultHash<K> {
  uint64_t operator()(K key, uint64_t seed) const {
    using Bits = std::conditional_t<sizeof(K) == sizeof(uint32_t), uint32_t, uint64_t>;
    return hash_word(key == 0 ? 0 : std::bit_cast<Bits>(key), seed);
  }
};

// It has bytes that are no part of its value.
template <>
struct DefaultHash<long double> {
  size_t operator()(long double key) const { return std::hash<long double>()(key); }
};

template <>
struct DefaultHash<String> {
  uint64_t operator()(std::string_view key, uint64_t seed) const {
    return hash_bytes(key.data(), key.size(), seed);
  }
};

template <typename T>
struct DefaultHash<Member<T>> {
  uint64_t operator()(const T* key, uint64_t seed) const {
    return hash_word(key == nullptr ? 0 : Heap::of(key).offset_of(key), seed);
  }
};

// Hash functions and equalities that are not the user's code: they cannot come back to the map.
template <typename F>
inline constexpr bool kCallsNobody = false;
template <typename K>
requires std::integral<K> || std::floating_point<K>
inline constexpr bool kCallsNobody<DefaultHash<K>> = true;
template <>
inline constexpr bool kCallsNobody<DefaultHash<String>> = true;
template <typename T>
inline constexpr bool kCallsNobody<DefaultHash<Member<T>>> = true;
template <typename K>
requires std::is_arithmetic_v<K> || std::is_pointer_v<K> || std::same_as<K, std::string_view>
inline constexpr bool kCallsNobody<std::equal_to<K>> = true;
template <>
inline constexpr bool kCallsNobody<std::equal_to<String>> = true;
template <typename T>
inline constexpr bool kCallsNobody<std::equal_to<Member<T>>> = true;  // of maps too

template <typename Hash, typename K>
uint64_t hash_key(const Hash& hash, const K& key, uint64_t seed) {
  if constexpr (SeededHash<Hash, K>) {
    return hash(key, seed);
  } else {
    return hash_word(static_cast<uint64_t>(hash(key)), seed);
  }
}

}  // namespace gcmap
