// Memory for span metadata and free runs, outside the pages they describe.
//
// Blocks are bumped from chunks and recycled by size; reset() forgets them all at once and keeps the first
// chunks, so that the next heap on the same reservation starts without a call to the system allocator.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace gcmap {

class MetadataAllocator {
 public:
  MetadataAllocator() : free_(kSizes) {}

  // Returns `bytes` bytes aligned to 16, contents unspecified.
  // Errors: std::bad_alloc.
  // Cost: O(1).
  void* allocate(size_t bytes);

  // Gives back a block of allocate(bytes). The same `bytes` are required.
  void release(void* block, size_t bytes) noexcept;

  // All blocks are gone.
  // Cost: O(chunks).
  void reset() noexcept;

 private:
  struct FreeBlock {
    FreeBlock* next;
  };
  static constexpr size_t kQuantum = 64;
  static constexpr size_t kSizes = 512;  // blocks of up to 32 KiB: a span of 1,024 slots needs 19
  static constexpr size_t kChunkBytes = 128 << 10;
  static constexpr size_t kChunksKept = 8;

  std::vector<FreeBlock*> free_;  // by size in quanta
  std::vector<std::unique_ptr<std::byte[]>> chunks_;
  size_t chunk_ = 0;       // the one being bumped
  size_t chunk_used_ = 0;  // bytes
  size_t sizes_used_ = 0;  // free_ is null from here on
};

}  // namespace gcmap
