// Hash of a word or a run of bytes under a seed.
//
// Each step multiplies two words to 128 bits and folds the halves together: every input bit reaches every
// output bit. Both words are masked by something that follows from the seed and that nobody else knows. Under
// a public mask an adversary picks the word that makes a product zero, and what it is multiplied with counts
// no more. Runs of more than 48 bytes go through three lanes that begin in different states: equal ones would
// cancel each other. Either breaks wyhash under every seed at once (HashBytes.NoWordCancelsTheMask,
// HashBytes.LanesDoNotCancelEachOther). No cryptography: whoever sees hashes can find out the seed.
//
// Cost: two multiplications for a word, three for a run of up to 16 bytes, one more for every 16 bytes after
// them. Source: wyhash, final version 4 (Wang Yi, public domain), but for the masks and the lanes' states.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace gcmap {
namespace hash_bytes_internal {

inline constexpr uint64_t kSecret[] = {0x2d358dccaa6c78a5u, 0x8bb84b93962eacc9u, 0x4b33a62ed433d4a3u,
                                       0x4d5a2da51de1aa47u};

inline uint64_t fold(uint64_t a, uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

// What masks the word that `seed`, or what was made of it, does not mask.
inline uint64_t mask(uint64_t seed) {
  return std::rotl(seed, 23) ^ kSecret[1];
}

template <typename Word>
uint64_t read(const unsigned char* from) {
  Word word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

}  // namespace hash_bytes_internal

inline uint64_t hash_word(uint64_t word, uint64_t seed) {
  using namespace hash_bytes_internal;
  return fold(fold(word ^ seed, mask(seed)) ^ kSecret[0], kSecret[2]);
}

inline uint64_t hash_bytes(const void* memory, size_t bytes, uint64_t seed) {
  using namespace hash_bytes_internal;
  const auto* from = static_cast<const unsigned char*>(memory);
  const uint64_t other = mask(seed);
  uint64_t state = seed ^ fold(seed ^ kSecret[0], kSecret[1]);
  uint64_t a = 0;
  uint64_t b = 0;
  if (bytes > 16) {
    size_t left = bytes;
    if (left > 48) {
      uint64_t second = seed ^ fold(seed ^ kSecret[1], kSecret[2]);
      uint64_t third = seed ^ fold(seed ^ kSecret[2], kSecret[3]);
      for (; left > 48; left -= 48, from += 48) {
        state = fold(read<uint64_t>(from) ^ other, read<uint64_t>(from + 8) ^ state);
        second = fold(read<uint64_t>(from + 16) ^ other, read<uint64_t>(from + 24) ^ second);
        third = fold(read<uint64_t>(from + 32) ^ other, read<uint64_t>(from + 40) ^ third);
      }
      state ^= second ^ third;
    }
    for (; left > 16; left -= 16, from += 16)
      state = fold(read<uint64_t>(from) ^ other, read<uint64_t>(from + 8) ^ state);
    a = read<uint64_t>(from + left - 16);
    b = read<uint64_t>(from + left - 8);
  } else if (bytes >= 4) {  // from both ends; the words may overlap
    const size_t inner = bytes / 8 * 4;
    a = read<uint32_t>(from) << 32 | read<uint32_t>(from + inner);
    b = read<uint32_t>(from + bytes - 4) << 32 | read<uint32_t>(from + bytes - 4 - inner);
  } else if (bytes > 0) {
    a = uint64_t{from[0]} << 16 | uint64_t{from[bytes / 2]} << 8 | from[bytes - 1];
  }
  return fold(kSecret[1] ^ bytes, fold(a ^ other, b ^ state) ^ kSecret[0]);
}

}  // namespace gcmap
