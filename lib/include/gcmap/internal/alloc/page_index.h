// From a page to the span it belongs to: an array index.
//
// Layout: one word per page of the range. Pages of a span hold the span; of a free run, only the first and
// the last page hold the run, with bit 0 set, which is what coalescing looks at. Every other word is zero.
#pragma once

#include <cstddef>
#include <cstdint>

#include "gcmap/internal/alloc/heap_range.h"
#include "gcmap/internal/base/check.h"

namespace gcmap {

struct FreeRun;
struct Span;

class PageIndex {
 public:
  PageIndex(const char* base, uintptr_t* words, uint32_t pages) : base_(base), words_(words), pages_(pages) {}

  // The span that owns the page of `address`; null when none does or the address is outside the range.
  Span* span_of(const void* address) const {
    const size_t page = static_cast<size_t>(static_cast<const char*>(address) - base_) / kPageBytes;
    return page < pages_ ? span_at(static_cast<uint32_t>(page)) : nullptr;
  }
  Span* span_at(uint32_t page) const {
    const uintptr_t word = word_at(page);
    return (word & kRunBit) == 0 ? reinterpret_cast<Span*>(word) : nullptr;
  }
  FreeRun* run_at(uint32_t page) const {
    const uintptr_t word = word_at(page);
    return (word & kRunBit) != 0 ? reinterpret_cast<FreeRun*>(word - kRunBit) : nullptr;
  }
  bool empty(uint32_t page) const { return word_at(page) == 0; }
  uint32_t pages() const { return pages_; }

  void set_span(uint32_t page, Span* span) { word_at(page) = reinterpret_cast<uintptr_t>(span); }
  void set_run(uint32_t page, FreeRun* run) { word_at(page) = reinterpret_cast<uintptr_t>(run) + kRunBit; }
  void clear(uint32_t page) { word_at(page) = 0; }

 private:
  static constexpr uintptr_t kRunBit = 1;

  uintptr_t& word_at(uint32_t page) const {
    GCMAP_DCHECK(page < pages_, "page %u of a range of %u pages", page, pages_);
    return words_[page];
  }

  const char* base_;
  uintptr_t* words_;
  uint32_t pages_;
};

}  // namespace gcmap
