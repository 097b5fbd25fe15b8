// Hashing of keys, seeded per map.
//
// A hash function object called as hash(key, seed) is used raw. One called as hash(key), in the manner of
// std::hash, is mixed with the seed, so that even the identity is a good hash. Keys that are references are
// hashed and compared as T*: the function may look into the object. It must not allocate from the heap.
#pragma once

#include <concepts>
#include <cstdint>

#include "base/random.h"
#include "gcmap/handles.h"

namespace gcmap {

template <typename Hash, typename K>
concept SeededHash = requires(const Hash& hash, const K& key, uint64_t seed) {
  { hash(key, seed) } -> std::convertible_to<uint64_t>;
};

// The hash of integers and references: SplitMix64's finalizer over key and seed.
template <typename K>
struct DefaultHash;

template <std::integral K>
struct DefaultHash<K> {
  uint64_t operator()(K key, uint64_t seed) const { return mix64(static_cast<uint64_t>(key) ^ seed); }
};

// A reference is hashed by where its object lies in the heap, not in memory: runs repeat.
template <typename T>
struct DefaultHash<Member<T>> {
  uint64_t operator()(const T* key, uint64_t seed) const {
    return mix64((key == nullptr ? 0 : Heap::of(key).offset_of(key)) ^ seed);
  }
};

template <typename Hash, typename K>
uint64_t hash_key(const Hash& hash, const K& key, uint64_t seed) {
  if constexpr (SeededHash<Hash, K>) {
    return hash(key, seed);
  } else {
    return mix64(static_cast<uint64_t>(hash(key)) ^ seed);
  }
}

}  // namespace gcmap
