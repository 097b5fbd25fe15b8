#include "gc/cycle/mark_stack.h"

#include <algorithm>
#include <new>

#include "gcmap/internal/base/counter.h"

namespace gcmap {

MarkStack::~MarkStack() {
  Chunk* chunk = chunk_;
  if (chunk != nullptr && chunk->next != nullptr) chunk = chunk->next;
  while (chunk != nullptr) {
    Chunk* const previous = chunk->previous;
    delete chunk;
    chunk = previous;
  }
}

bool MarkStack::enter_next() noexcept {
  const uint64_t entries = entries_below_ + static_cast<uint64_t>(top_ - bottom_);
  if (entries == entries_max_) return false;
  Chunk* next = chunk_ != nullptr ? chunk_->next : nullptr;
  if (next == nullptr) {
    next = new (std::nothrow) Chunk;
    if (next == nullptr) return false;
    next->previous = chunk_;
    next->next = nullptr;
    if (chunk_ != nullptr) chunk_->next = next;
  }
  entries_below_ = entries;
  chunk_ = next;
  bottom_ = top_ = chunk_->entries;
  end_ = bottom_ + std::min<uint64_t>(kChunkEntries, entries_max_ - entries_below_);
  return true;
}

bool MarkStack::enter_previous() noexcept {
  if (chunk_ == nullptr || chunk_->previous == nullptr) return false;
  delete chunk_->next;
  chunk_->next = nullptr;
  chunk_ = chunk_->previous;
  take_off(entries_below_, kChunkEntries, "entries of the mark stack below the top chunk");
  bottom_ = chunk_->entries;
  top_ = end_ = bottom_ + kChunkEntries;
  return true;
}

}  // namespace gcmap
