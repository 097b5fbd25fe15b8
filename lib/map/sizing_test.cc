#include "map/sizing.h"

#include <gtest/gtest.h>

namespace gcmap {
namespace {

TEST(Sizing, GrowsPastSixAndAHalfEntriesABucket) {
  EXPECT_FALSE(over_load_factor(8, 0));
  EXPECT_TRUE(over_load_factor(9, 0));
  for (uint8_t b = 1; b < 20; ++b) {
    const uint64_t limit = 13 * bucket_count(b) / 2;
    EXPECT_FALSE(over_load_factor(limit, b)) << "B " << int{b};
    EXPECT_TRUE(over_load_factor(limit + 1, b)) << "B " << int{b};
  }
}

TEST(Sizing, TooManyOverflowBucketsIsAsManyAsBuckets) {
  for (uint8_t b = 0; b <= 15; ++b) {
    EXPECT_TRUE(too_many_overflow_buckets(static_cast<uint16_t>(bucket_count(b)), b));
    EXPECT_FALSE(too_many_overflow_buckets(static_cast<uint16_t>(bucket_count(b) - 1), b));
  }
  EXPECT_TRUE(too_many_overflow_buckets(1 << 15, 20));
  EXPECT_FALSE(too_many_overflow_buckets((1 << 15) - 1, 20));
}

TEST(Sizing, WhatNoRangeCanHoldIsRefused) {
  EXPECT_EQ(b_for_request(9, 144), 1);
  EXPECT_EQ(b_for_request(uint64_t{13} << 29, 144), 30);
  for (const uint64_t entries : {uint64_t{13} << 30, uint64_t{1} << 40, uint64_t{1} << 62, UINT64_MAX})
    EXPECT_THROW(b_for_request(entries, 144), OutOfMemory) << entries;
}

// Header lines P of the recordings in corpus/go-traces, for buckets of 144, 208 and 272 bytes.
TEST(Sizing, SpareBucketsAreThoseOfTheRecordings) {
  constexpr uint64_t k144[] = {0, 0, 0, 0, 2, 5, 7, 14, 28, 56, 113, 170, 284, 512, 1024, 2048};
  constexpr uint64_t k208[] = {0, 0, 0, 0, 3, 7, 4, 9, 19, 39, 78, 157, 275, 512, 1024, 2048};
  constexpr uint64_t k272[] = {0, 0, 0, 0, 1, 2, 6, 22, 45, 60, 90, 150, 271, 512, 1024, 2048};
  for (uint8_t b = 0; b < 16; ++b) {
    EXPECT_EQ(spare_buckets(b, 144), k144[b]) << "B " << int{b};
    EXPECT_EQ(spare_buckets(b, 208), k208[b]) << "B " << int{b};
    EXPECT_EQ(spare_buckets(b, 272), k272[b]) << "B " << int{b};
  }
}

}  // namespace
}  // namespace gcmap
