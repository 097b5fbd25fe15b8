// Comparing the eight marks of a bucket with one value at once, in a plain 64-bit word.
//
// Source: the exact zero-byte test of Hacker's Delight (Warren, 2nd ed., section 6-1), which unlike the
// shorter `(x - 0x01..) & ~x & 0x80..` has no false positives above the first match.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "gcmap/internal/map/layout.h"

namespace gcmap {

// Set of slots, iterated from slot 0 up: bit 8 * slot + 7 is set for each slot in it.
class SlotSet {
 public:
  explicit constexpr SlotSet(uint64_t bits) : bits_(bits) {}
  explicit constexpr operator bool() const { return bits_ != 0; }
  constexpr uint32_t first() const { return static_cast<uint32_t>(std::countr_zero(bits_)) / 8; }
  constexpr void remove_first() { bits_ &= bits_ - 1; }

 private:
  uint64_t bits_;
};

// The slots whose mark is `mark`.
inline SlotSet slots_marked(const uint8_t* marks, uint8_t mark) {
  static_assert(std::endian::native == std::endian::little, "slot i is byte i of the word");
  constexpr uint64_t kLow7 = 0x7f7f7f7f7f7f7f7f;
  uint64_t word;
  std::memcpy(&word, marks, sizeof(word));
  const uint64_t x = word ^ (uint64_t{0x0101010101010101} * mark);
  return SlotSet(~(((x & kLow7) + kLow7) | x | kLow7));
}

}  // namespace gcmap
