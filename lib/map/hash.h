// Hashing of keys, seeded per map.
//
// A hash function object called as hash(key, seed) is used raw. One called as hash(key), in the manner of
// std::hash, is mixed with the seed, so that even the identity is a good hash. Keys that are references are
// hashed and compared as T*: the function may look into the object. It must not allocate from the heap.
//
// A floating-point key that is not equal to itself is hashed under a random seed: as in Go, NaNs spread.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <string_view>

#include "base/hash_bytes.h"
#include "base/random.h"
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
struct DefaultHash<K> {
  uint64_t operator()(K key, uint64_t seed) const { return mix64(static_cast<uint64_t>(key) ^ seed); }
};

// Zeroes are equal, whatever their sign.
template <std::floating_point K>
struct DefaultHash<K> {
  uint64_t operator()(K key, uint64_t seed) const {
    return hash_bytes(key == 0 ? nullptr : &key, key == 0 ? 0 : sizeof key, seed);
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

// A reference is hashed by where its object lies in the heap, not in memory: runs repeat.
template <typename T>
struct DefaultHash<Member<T>> {
  uint64_t operator()(const T* key, uint64_t seed) const {
    return mix64((key == nullptr ? 0 : Heap::of(key).offset_of(key)) ^ seed);
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

template <typename Hash, typename K>
uint64_t hash_key(const Hash& hash, const K& key, uint64_t seed) {
  if constexpr (SeededHash<Hash, K>) {
    return hash(key, seed);
  } else {
    return mix64(static_cast<uint64_t>(hash(key)) ^ seed);
  }
}

}  // namespace gcmap
