// The scavenger: returns the memory of idle pages to the system, the highest addresses first.
//
// From the top down because allocation fills from the bottom up: what is released is what is wanted again
// last. As Go's runtime/mgcscavenge.go, with exact bits instead of its search address: finding a run costs a
// few steps, however many pages are in use above it.
//
// Protocol: pick a run, let whoever must know of it (DecisionPoint::kScavengerPick), release it. Between the
// two anything may happen to the run; release looks again.
//
// Not here: how much, and when (gc/pacing/scavenge_pacer.h).
#pragma once

#include <cstdint>

#include "gcmap/internal/alloc/page_heap.h"

namespace gcmap {

class Scavenger {
 public:
  // Pages picked at a time: 4 MiB, a chunk of Go's, so that one call of the system stays short.
  static constexpr uint32_t kRunPagesMax = 512;

  explicit Scavenger(PageHeap& pages) : pages_(pages) {}

  // The highest run of retained pages, at most `pages_max` of them; empty when none is retained.
  PageRun pick(uint64_t pages_max) const {
    return pages_.retained().highest_run(pages_max < kRunPagesMax ? static_cast<uint32_t>(pages_max)
                                                                  : kRunPagesMax);
  }

  // Returns false, and counts nothing, when the run is not retained any more or the system refuses.
  bool release(const PageRun& run) noexcept {
    if (!pages_.discard(run)) return false;
    pages_returned_ += run.pages;
    return true;
  }

  uint64_t pages_returned() const { return pages_returned_; }  // since creation

 private:
  PageHeap& pages_;
  uint64_t pages_returned_ = 0;
};

}  // namespace gcmap
