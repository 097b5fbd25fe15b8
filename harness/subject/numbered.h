// Keys and values that are made of a number: structs, strings, floating-point numbers, nothing.
//
// Every byte of them follows from the number, and who reads one back looks at every byte: one that is not
// what its number says reads as kNoNumber.
//
//   Struct<n>  word i is the number times 2i+1: zeroed memory is the struct of number 0
//   String     of a length by the number: none for 0; else digits, 16, 64 or 200 bytes. Those of one length
//              begin or end alike, the long ones in all but their last bytes
//   double     0 and 1 are +0 and -0, numbers from kNanKey are NaNs with the number in their payload
//   Nothing    reads as 0
#pragma once

#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "gcmap/string.h"
#include "harness/program/map_kind.h"
#include "harness/subject/map_adapter_of.h"

namespace gcmap::harness {

inline constexpr uint64_t kNoNumber = UINT64_MAX;

template <size_t kBytes>
struct Struct {
  static constexpr size_t kWords = kBytes / sizeof(uint64_t);
  static_assert(kWords * sizeof(uint64_t) == kBytes);

  explicit Struct(uint64_t number) {
    for (size_t i = 0; i < kWords; ++i) words[i] = number * (2 * i + 1);
  }
  uint64_t number() const { return *this == Struct(words[0]) ? words[0] : kNoNumber; }
  bool operator==(const Struct&) const = default;

  uint64_t words[kWords];
};

struct Nothing {
  bool operator==(const Nothing&) const = default;
};

// The text of a number.
class NumberText {
 public:
  explicit NumberText(uint64_t number) {
    if (number == 0) return;
    char digits[kDigitsMax];
    const auto count = static_cast<size_t>(std::to_chars(digits, digits + kDigitsMax, number).ptr - digits);
    constexpr size_t kSizes[] = {200, 0, 16, 64};
    const size_t form = number % 4;
    size_ = kSizes[form] > count ? kSizes[form] : count;
    std::memset(text_, form == 3 ? '-' : '0', size_);
    std::memcpy(form == 3 ? text_ : text_ + size_ - count, digits, count);
  }
  std::string_view view() const { return {text_, size_}; }
  operator std::string_view() const { return view(); }

  static uint64_t number_of(std::string_view text) {
    uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return NumberText(number).view() == text ? number : kNoNumber;
  }

 private:
  static constexpr size_t kDigitsMax = 20;
  char text_[200];
  size_t size_ = 0;
};

inline constexpr uint64_t kNanBits = 0x7ff8000000000000;

inline double float_of(uint64_t number) {
  if (number >= kNanKey) return std::bit_cast<double>(kNanBits | number);
  return number == 0 ? 0.0 : number == 1 ? -0.0 : static_cast<double>(number);
}
inline uint64_t number_of(double value) {
  const auto bits = std::bit_cast<uint64_t>(value);
  if (value != value) return bits & ~kNanBits;
  if (value == 0) return bits >> 63;
  const bool is_number = value > 0 && value < kNanKey && float_of(static_cast<uint64_t>(value)) == value;
  return is_number ? static_cast<uint64_t>(value) : kNoNumber;
}

template <>
struct NumberOf<double> {
  static uint64_t of(double key) { return number_of(key); }
};
template <>
struct NumberOf<std::string_view> {
  static uint64_t of(std::string_view key) { return NumberText::number_of(key); }
};
template <size_t kBytes>
struct NumberOf<Struct<kBytes>> {
  static uint64_t of(const Struct<kBytes>& key) { return key.number(); }
};

template <>
struct WordOf<double> {
  static constexpr bool kIsWord = false;
  static double argument(Word number) { return float_of(number); }
  static Word of(double stored) { return number_of(stored); }
};
template <>
struct WordOf<String> {
  static constexpr bool kIsWord = false;
  static NumberText argument(Word number) { return NumberText(number); }
  static Word of(const String& stored) { return NumberText::number_of(stored.view()); }
};
template <size_t kBytes>
struct WordOf<Struct<kBytes>> {
  static constexpr bool kIsWord = false;
  static Struct<kBytes> argument(Word number) { return Struct<kBytes>(number); }
  static Word of(const Struct<kBytes>& stored) { return stored.number(); }
};
template <>
struct WordOf<Nothing> {
  static constexpr bool kIsWord = false;
  static Nothing argument(Word) { return {}; }
  static Word of(Nothing) { return 0; }
};

}  // namespace gcmap::harness
