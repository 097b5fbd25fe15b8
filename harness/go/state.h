// The state of a map as recordings of the Go runtime write it: twelve fields and a dump.
//
// Computed from nothing but what MapInspector shows, so that a map agrees with a recording exactly if
// its structure does.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "gcmap/internal/map/inspector.h"
#include "harness/go/key.h"
#include "harness/go/trace.h"

namespace gcmap::harness {

// FNV-1a, 64 bits.
class Fnv1a {
 public:
  constexpr void feed(uint8_t byte) { value_ = (value_ ^ byte) * kPrime; }

  // Eight bytes, little-endian. Zero bytes only multiply: those above the last other byte, most of what
  // maps hold, are one multiplication together.
  constexpr void feed64(uint64_t word) {
    size_t zeroes = 8;
    for (; word != 0; word >>= 8, --zeroes) feed(static_cast<uint8_t>(word));
    value_ *= kPowers[zeroes];
  }

  constexpr uint64_t value() const { return value_; }

 private:
  static constexpr uint64_t kPrime = 0x100000001b3u;
  static constexpr std::array<uint64_t, 9> kPowers = [] {
    std::array<uint64_t, 9> powers{1};
    for (size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * kPrime;
    return powers;
  }();

  uint64_t value_ = 0xcbf29ce484222325u;
};

// Of the marks of a slot, those below this one say that it is empty.
inline constexpr uint8_t kLeastTophash = 5;

// The slot's word of a bucket's keys or values.
inline uint64_t word_of(const void* words, size_t slot) {
  uint64_t word;
  std::memcpy(&word, static_cast<const char*>(words) + slot * sizeof(word), sizeof(word));
  return word;
}

// Cost: O(buckets + entries).
GoState go_state(const GoMap& map);

// One chain of a dump: "d445000000000000=15,46+.".
std::string go_chain(const GoMap& map, MapArray array, uint64_t chain);

// The fields of an F line behind its tag: the chains of the present array and, while growing, "/" and
// those of the old one.
std::string go_dump(const GoMap& map);

// The twelve fields as a recording writes them.
std::string to_text(const GoState& state);

// 16 hexadecimal digits.
std::string hexadecimal(uint64_t value);

}  // namespace gcmap::harness
