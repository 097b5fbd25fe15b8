#include "gcmap/internal/alloc/metadata_allocator.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

namespace gcmap {
namespace {

TEST(MetadataAllocator, BlocksAreAlignedAndDoNotOverlap) {
  MetadataAllocator arena;
  std::vector<std::pair<char*, size_t>> blocks;
  for (size_t i = 1; i < 400; ++i) {
    const size_t bytes = i * 37 % 19000 + 1;
    blocks.emplace_back(static_cast<char*>(arena.allocate(bytes)), bytes);
    ASSERT_EQ(reinterpret_cast<uintptr_t>(blocks.back().first) % 16, 0u);
    std::memset(blocks.back().first, static_cast<int>(i & 0xff), bytes);
  }
  for (size_t i = 0; i < blocks.size(); ++i) {
    for (size_t k = 0; k < blocks[i].second; ++k)
      ASSERT_EQ(blocks[i].first[k], static_cast<char>((i + 1) & 0xff));
  }
}

TEST(MetadataAllocator, ReusesAReleasedBlockOfTheSameSize) {
  MetadataAllocator arena;
  void* const a = arena.allocate(300);
  arena.allocate(300);
  arena.release(a, 300);
  EXPECT_NE(arena.allocate(1000), a);
  EXPECT_EQ(arena.allocate(300), a);
}

TEST(MetadataAllocator, ResetForgetsEverythingAndStartsAtTheSameBlock) {
  MetadataAllocator arena;
  void* const first = arena.allocate(100);
  for (int i = 0; i < 100; ++i) arena.release(arena.allocate(5000), 5000);
  arena.reset();
  EXPECT_EQ(arena.allocate(5000), first);
}

}  // namespace
}  // namespace gcmap
