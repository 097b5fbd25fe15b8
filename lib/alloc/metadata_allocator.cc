#include "gcmap/internal/alloc/metadata_allocator.h"

#include <algorithm>

#include "gcmap/internal/base/check.h"

namespace gcmap {

void* MetadataAllocator::allocate(size_t bytes) {
  const size_t quanta = (bytes + kQuantum - 1) / kQuantum;
  GCMAP_CHECK(quanta < kSizes, "metadata block of %zu bytes: larger than any span needs", bytes);
  if (FreeBlock* const block = free_[quanta]; block != nullptr) {
    free_[quanta] = block->next;
    return block;
  }
  const size_t rounded = quanta * kQuantum;
  if (chunks_.empty() || chunk_used_ + rounded > kChunkBytes) {
    const size_t next = chunks_.empty() ? 0 : chunk_ + 1;
    if (next == chunks_.size()) chunks_.push_back(std::unique_ptr<std::byte[]>(new std::byte[kChunkBytes]));
    chunk_ = next;
    chunk_used_ = 0;
  }
  void* const block = chunks_[chunk_].get() + chunk_used_;
  chunk_used_ += rounded;
  return block;
}

void MetadataAllocator::release(void* block, size_t bytes) noexcept {
  const size_t quanta = (bytes + kQuantum - 1) / kQuantum;
  GCMAP_CHECK(quanta < kSizes, "metadata block of %zu bytes given back: larger than any handed out", bytes);
  free_[quanta] = new (block) FreeBlock{free_[quanta]};
  sizes_used_ = std::max(sizes_used_, quanta + 1);
}

void MetadataAllocator::reset() noexcept {
  std::fill_n(free_.begin(), sizes_used_, nullptr);
  sizes_used_ = 0;
  if (chunks_.size() > kChunksKept) chunks_.resize(kChunksKept);
  chunk_ = 0;
  chunk_used_ = 0;
}

}  // namespace gcmap
