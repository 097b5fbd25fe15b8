// Numbers, and the keys and values made of them: what every oracle on them rests on.
#include "harness/program/map_kind.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <set>
#include <string>

#include "harness/subject/numbered.h"

namespace gcmap::harness {
namespace {

constexpr uint64_t kNumbers[] = {0,
                                 1,
                                 2,
                                 3,
                                 4,
                                 5,
                                 9,
                                 10,
                                 11,
                                 12,
                                 253,
                                 254,
                                 255,
                                 256,
                                 99999,
                                 0xffffff,
                                 0xffffffff,
                                 uint64_t{1} << 40,
                                 UINT64_MAX - 1};

TEST(MapKind, KeysThatProgramsNameLeaveTwoOut) {
  for (size_t i = 0; i < kMapKinds; ++i) {
    const auto kind = static_cast<MapKind>(i);
    for (const uint64_t number : kNumbers) {
      const uint64_t word = key_named(kind, number);
      EXPECT_TRUE(word < key_count(kind) || word == kNanKey) << i << " " << number;
      EXPECT_EQ(identity_of(kind, identity_of(kind, word)), identity_of(kind, word));
    }
    EXPECT_FALSE(is_nan(kind, key_count(kind) + 1));
  }
  EXPECT_EQ(key_count(MapKind::kU8U8) + 1, 255u);
}

TEST(MapKind, SmallNumbersNameBothZeroesAndANan) {
  const auto named = [](uint64_t number) { return float_of(key_named(MapKind::kF64U64, number)); };
  EXPECT_TRUE(named(1) == 0 && std::signbit(named(1)));
  EXPECT_TRUE(named(2) == 0 && !std::signbit(named(2)));
  EXPECT_TRUE(std::isnan(named(3)) && std::isnan(named(11)));
  EXPECT_EQ(named(0), 2.0);
  EXPECT_EQ(named(4), 4.0);
  EXPECT_EQ(identity_of(MapKind::kF64U64, key_named(MapKind::kF64U64, 1)),
            identity_of(MapKind::kF64U64, key_named(MapKind::kF64U64, 2)));
  EXPECT_NE(identity_of(MapKind::kU64, 1), identity_of(MapKind::kU64, 0));
}

TEST(MapKind, ValuesAreWhatTheirTypeHolds) {
  EXPECT_EQ(value_named(MapKind::kU64, 0x1234), 0x1234u);
  EXPECT_EQ(value_named(MapKind::kU8U8, 0x1234), 0x34u);
  EXPECT_EQ(value_named(MapKind::kU32U8, 0x1234), 0x34u);
  EXPECT_EQ(value_named(MapKind::kU64None, 0x1234), 0u);
}

TEST(Numbered, TextsComeBackAndEveryByteCounts) {
  std::set<size_t> sizes;
  for (const uint64_t number : kNumbers) {
    std::string text(NumberText(number).view());
    sizes.insert(text.size());
    EXPECT_EQ(NumberText::number_of(text), number);
    for (char& byte : text) {
      byte = static_cast<char>(byte ^ 1);
      EXPECT_NE(NumberText::number_of(text), number);
      byte = static_cast<char>(byte ^ 1);
    }
    EXPECT_NE(NumberText::number_of(text + "0"), number);
  }
  for (const size_t size : {0, 1, 16, 64, 200}) EXPECT_TRUE(sizes.contains(size)) << size;
  EXPECT_EQ(NumberText::number_of("no number"), kNoNumber);
}

TEST(Numbered, StructsComeBackAndEveryWordCounts) {
  for (const uint64_t number : kNumbers) {
    Struct<136> made(number);
    EXPECT_EQ(made.number(), number);
    for (uint64_t& word : made.words) {
      word ^= 1;
      EXPECT_NE(made.number(), number);
      word ^= 1;
    }
  }
  unsigned char zeroed[sizeof(Struct<136>)] = {};
  const Struct<136> none(0);
  EXPECT_EQ(std::memcmp(&none, zeroed, sizeof none), 0) << "what operator[] inserts counts as 0";
}

TEST(Numbered, FloatsComeBackWithSignAndPayload) {
  for (const uint64_t word : {uint64_t{0}, uint64_t{1}, uint64_t{2}, kNanKey - 1, kNanKey, kNanKey + 12345})
    EXPECT_EQ(number_of(float_of(word)), word);
  for (const double none : {-1.0, 0.5, 1e300}) EXPECT_EQ(number_of(none), kNoNumber);
}

}  // namespace
}  // namespace gcmap::harness
