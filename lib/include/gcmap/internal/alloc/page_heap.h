// Runs of pages: best fit by address, coalesced on both sides, committed on demand.
//
// A page is in use, or idle and retained, or idle and released. A retained one may hold old bytes: the
// scavenger can return its memory to the system (scavenger.h). A released one reads as zero and takes no
// memory: it was returned, or never used. Which is which says one bit, set for retained pages; whether a run
// handed out must be zeroed follows from the bits of its pages.
//
// Invariant H1: free runs and spans partition the committed pages after page 0; no two free runs touch. A
// free run is entered in the page index at its first and last page.
// Invariant H6: retained pages are idle, and were handed out before; idle pages that are not retained read
// as zero.
// Invariant H11: handing out pages does not bring those in use above pages_max.
#pragma once

#include <cstdint>
#include <optional>

#include "gcmap/internal/alloc/free_run_tree.h"
#include "gcmap/internal/alloc/page_index.h"
#include "gcmap/internal/alloc/page_set.h"
#include "gcmap/internal/alloc/reservation.h"

namespace gcmap {

class PageHeap {
 public:
  // Hands out at most `pages_max` pages at a time.
  PageHeap(Reservation& reservation, uint64_t pages_max);

  struct Run {
    uint32_t first_page;
    bool needs_zero;
  };

  // Returns `pages` pages, poisoned, absent from the page index: the caller enters its span.
  // Returns nothing at the limit or when the range is full.
  // Errors: OutOfMemory when the system refuses memory.
  std::optional<Run> allocate(uint32_t pages);

  // Takes the pages of a former span back; they are retained. Cannot fail.
  // Requires: their index words are clear.
  void release(uint32_t first_page, uint32_t pages) noexcept;

  // Are all pages of a run retained?
  // Cost: O(pages).
  bool retains(const PageRun& run) const;

  // Returns the memory of pages to the system; they are released.
  // Returns false, changing nothing, when they are not all retained or the system refuses.
  // Cost: O(pages), in the system.
  bool discard(const PageRun& run) noexcept;

  // Is there a free run of `pages` pages, so that allocating them commits nothing?
  bool fits(uint32_t pages) const { return free_runs_.best_fit(pages) != nullptr; }

  // May `pages` more pages be in use?
  bool allows(uint64_t pages) const { return pages <= pages_max_ && pages_in_use_ <= pages_max_ - pages; }
  uint64_t pages_max() const { return pages_max_; }
  void set_pages_max(uint64_t pages_max) { pages_max_ = pages_max; }

  PageIndex& index() { return index_; }
  const PageIndex& index() const { return index_; }
  const FreeRunTree& free_runs() const { return free_runs_; }
  uint64_t pages_in_use() const { return pages_in_use_; }
  uint64_t pages_free() const { return committed_pages() - 1 - pages_in_use_; }
  const FreeRun* spare_runs() const { return spare_runs_; }  // chained by `right`
  const PageSet& retained() const { return retained_; }
  uint64_t pages_released() const { return pages_free() - retained_.size(); }
  uint64_t metadata_bytes() const { return runs_reserved_ * sizeof(FreeRun); }
  uint32_t committed_pages() const { return reservation_.committed_pages(); }
  uint32_t touched_pages() const { return touched_pages_; }  // pages from here on were never handed out
  char* address_of(uint32_t page) const { return reservation_.base() + page * kPageBytes; }

 private:
  void reserve_run();
  FreeRun* take_run();
  void keep_run(FreeRun* run);
  void enter(FreeRun* run);
  void remove(FreeRun* run);
  bool grow(uint32_t pages);
  void touch(uint32_t end);

  Reservation& reservation_;
  PageIndex index_;
  PageSet& retained_;
  FreeRunTree free_runs_;
  FreeRun* spare_runs_ = nullptr;  // chained by `right`
  uint64_t runs_reserved_ = 0;     // FreeRun objects in existence
  uint64_t runs_in_use_ = 0;       // runs handed out: spans
  uint64_t pages_in_use_ = 0;
  uint64_t pages_max_;
  uint32_t touched_pages_ = 1;
};

}  // namespace gcmap
