// The mark stack: grey objects in chunks, up to a limit.
//
// Push and pop cost one comparison besides the copy: the limit, a full chunk and no memory all look like the
// end of the chunk. It never copies, and gives memory back while it empties, but for one spare chunk.
//
// Not here: what becomes of an object that found no room. That is the marker's.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gcmap {

struct Span;

// An object to scan from its `piece`-th piece on.
struct Grey {
  Span* span;
  uint32_t slot;
  uint32_t piece;
};

class MarkStack {
 public:
  static constexpr size_t kChunkEntries = 511;

  // Requires: entries_max >= 1.
  explicit MarkStack(uint32_t entries_max) : entries_max_(entries_max) {}
  ~MarkStack();
  MarkStack(const MarkStack&) = delete;
  MarkStack& operator=(const MarkStack&) = delete;

  bool empty() const { return top_ == bottom_ && (chunk_ == nullptr || chunk_->previous == nullptr); }

  // Returns false, changing nothing, at the limit or when the system has no memory.
  bool push(const Grey& grey) noexcept {
    if (top_ == end_ && !enter_next()) [[unlikely]]
      return false;
    *top_++ = grey;
    return true;
  }

  // Takes what was pushed last.
  // Returns false when the stack is empty.
  bool pop(Grey* grey) noexcept {
    if (top_ == bottom_ && !enter_previous()) [[unlikely]]
      return false;
    *grey = *--top_;
    return true;
  }

 private:
  struct Chunk {
    Chunk* previous;
    Chunk* next;  // a spare one, or null, when this is the topmost in use
    Grey entries[kChunkEntries];
  };
  static_assert(sizeof(Chunk) == 8192, "a page");

  bool enter_next() noexcept;
  bool enter_previous() noexcept;

  const uint64_t entries_max_;
  uint64_t entries_below_ = 0;  // in the chunks before chunk_, all of them full
  Chunk* chunk_ = nullptr;      // the topmost in use; null before the first push
  Grey* bottom_ = nullptr;      // of chunk_
  Grey* top_ = nullptr;
  Grey* end_ = nullptr;  // where chunk_ or the limit ends
};

}  // namespace gcmap
