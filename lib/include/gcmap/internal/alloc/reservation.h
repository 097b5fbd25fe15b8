// A heap's address range: reserved whole, committed from the front on demand.
//
// Layout: [page 0: HeapRangeHeader | committed pages | inaccessible pages], and elsewhere one word per page.
// Reservations are recycled, and no heap can observe it: pages below dirty_pages() may hold old bytes, which
// whoever takes them zeroes before handing them out (H14). What a recycled range still holds, 2 MiB at most,
// is in no statistic of the next heap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "gcmap/internal/alloc/heap_range.h"
#include "gcmap/internal/alloc/metadata_allocator.h"
#include "gcmap/internal/alloc/page_set.h"

namespace gcmap {

class Reservation {
 public:
  static constexpr size_t kCommitBytes = size_t{1} << 20;  // commit step

  // Returns a reservation of `bytes`, recycled or fresh. Thread-safe.
  // Requires: a multiple of kCommitBytes, at most kHeapRangeAlignment.
  // Errors: std::system_error when the system refuses.
  static std::unique_ptr<Reservation> acquire(size_t bytes);

  // Recycles it for the next acquire. Only the first `touched_pages` pages were ever written. Thread-safe.
  // Cost: O(touched_pages), a few bytes each.
  static void give_back(std::unique_ptr<Reservation> reservation, uint32_t touched_pages) noexcept;

  // Gives every recycled reservation back to the system. Thread-safe.
  static void trim() noexcept;

  ~Reservation();
  Reservation(const Reservation&) = delete;
  Reservation& operator=(const Reservation&) = delete;

  char* base() const { return base_; }
  size_t bytes() const { return bytes_; }
  uint32_t pages() const { return static_cast<uint32_t>(bytes_ / kPageBytes); }
  uintptr_t* page_words() const { return page_words_; }  // zero for pages no span or run owns
  PageSet& retained() { return retained_; }              // the heap's idle pages that may hold its old bytes
  MetadataAllocator& metadata() { return metadata_; }

  uint32_t committed_pages() const { return static_cast<uint32_t>(committed_bytes_ / kPageBytes); }
  uint32_t dirty_pages() const { return dirty_pages_; }

  // Makes the first `pages` pages accessible, rounded up to the commit step; new ones are poisoned.
  // Errors: OutOfMemory when the system refuses; then nothing changed.
  void commit(uint32_t pages);

  // Returns the memory of committed pages to the system: they read as zero afterwards.
  // Returns false, and they are as they were, when the system refuses; it does where its own pages are larger
  // than kPageBytes.
  bool discard(uint32_t first_page, uint32_t pages) noexcept;

 private:
  explicit Reservation(size_t bytes);
  void recycle(uint32_t touched_pages) noexcept;

  char* base_ = nullptr;
  size_t bytes_ = 0;
  uintptr_t* page_words_ = nullptr;  // behind them, in the same mapping, the words of retained_
  size_t committed_bytes_ = 0;       // for the present heap
  size_t accessible_bytes_ = 0;      // for the system: what earlier heaps committed too
  uint32_t dirty_pages_ = 0;         // pages from here on read as zero
  PageSet retained_{nullptr, 0};
  MetadataAllocator metadata_;
};

}  // namespace gcmap
