#include "gcmap/internal/alloc/size_class.h"

#include <gtest/gtest.h>

#include <vector>

namespace gcmap {
namespace {

TEST(SizeClass, ServesEveryRequestWithTheSmallestClassThatHoldsIt) {
  for (size_t bytes = 0; bytes <= kSmallBytesMax; ++bytes) {
    const SizeClass c = class_of(bytes);
    ASSERT_GE(c, 1);
    ASSERT_GE(kSizeClasses[c].bytes, bytes);
    ASSERT_TRUE(c == 1 || kSizeClasses[c - 1u].bytes < bytes) << bytes;
  }
}

TEST(SizeClass, WastesAtMostAnEighthOrLessThanAWord) {
  for (size_t bytes = 1; bytes <= kSmallBytesMax; ++bytes) {
    const size_t slot = kSizeClasses[class_of(bytes)].bytes;
    ASSERT_TRUE(slot - bytes <= slot / 8 || slot - bytes < 8) << bytes << " in " << slot;
  }
}

TEST(SizeClass, MagicMultiplicationDividesEveryOffset) {
  for (size_t c = 1; c < kSizeClassCount; ++c) {
    const SizeClassInfo& info = kSizeClasses[c];
    for (uint64_t offset = 0; offset < info.pages * kPageBytes; ++offset) {
      ASSERT_EQ(offset * info.slot_magic >> 32, offset / info.bytes) << "class " << info.bytes;
    }
  }
}

TEST(SizeClass, AlignedClassesAreMultiplesOfTheAlignment) {
  for (size_t alignment = 8; alignment <= kAlignmentMax; alignment *= 2) {
    for (size_t bytes : {0, 1, 8, 24, 100, 520, 3000, 4097, 9000, 28673, 32768}) {
      const SizeClass c = class_of(bytes, alignment);
      EXPECT_GE(kSizeClasses[c].bytes, bytes);
      EXPECT_EQ(kSizeClasses[c].bytes % alignment, 0u);
    }
  }
}

size_t overflow_buckets_preallocated(size_t bucket_bytes, unsigned b) {
  if (b < 4) return 0;
  const size_t base = size_t{1} << b;
  return go_round_up_size(bucket_bytes * (base + (base >> 4))) / bucket_bytes - base;
}

TEST(SizeClass, GoRoundUpSizeGivesTheOverflowBucketsGoPreallocates) {
  const struct {
    size_t bucket_bytes;
    std::vector<size_t> expected;
  } cases[] = {
      {144, {0, 0, 0, 0, 2, 5, 7, 14, 28, 56, 113, 170, 284, 512, 1024, 2048}},
      {272, {0, 0, 0, 0, 1, 2, 6, 22, 45, 60, 90, 150, 271, 512, 1024, 2048}},
      {208, {0, 0, 0, 0, 3, 7, 4, 9, 19, 39, 78, 157, 275, 512, 1024, 2048}},
  };
  for (const auto& c : cases) {
    for (unsigned b = 0; b < 16; ++b) {
      EXPECT_EQ(overflow_buckets_preallocated(c.bucket_bytes, b), c.expected[b])
          << "bucket " << c.bucket_bytes << " B " << b;
    }
  }
}

TEST(SizeClass, GoRoundUpSizeKnowsOnlyGosClasses) {
  EXPECT_EQ(go_round_up_size(0), 8u);
  EXPECT_EQ(go_round_up_size(33), 48u);
  EXPECT_EQ(go_round_up_size(769), 896u);
  EXPECT_EQ(go_round_up_size(32768), 32768u);
  EXPECT_EQ(go_round_up_size(32769), 40960u);
  EXPECT_EQ(go_round_up_size(SIZE_MAX), SIZE_MAX);
}

}  // namespace
}  // namespace gcmap
