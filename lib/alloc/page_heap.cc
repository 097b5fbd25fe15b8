#include "gcmap/internal/alloc/page_heap.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "gcmap/internal/alloc/poison.h"
#include "gcmap/internal/base/check.h"
#include "gcmap/internal/base/counter.h"
#include "gcmap/internal/base/sometimes.h"

namespace gcmap {

PageHeap::PageHeap(Reservation& reservation, uint64_t pages_max)
    : reservation_(reservation),
      index_(reservation.base(), reservation.page_words(), reservation.pages()),
      retained_(reservation.retained()),
      pages_max_(pages_max) {
  reserve_run();
  reserve_run();
  grow(1);
}

// Between n spans lie at most n + 1 free runs, and growing makes one more for a moment. Reserving that many
// when a span is made lets release() never fail.
void PageHeap::reserve_run() {
  keep_run(new (reservation_.metadata().allocate(sizeof(FreeRun))) FreeRun);
  ++runs_reserved_;
}

FreeRun* PageHeap::take_run() {
  FreeRun* const run = spare_runs_;
  GCMAP_CHECK(run != nullptr, "no spare free run with %llu reserved: more runs than spans allow",
              static_cast<unsigned long long>(runs_reserved_));
  spare_runs_ = run->right;
  *run = FreeRun{};
  return run;
}

void PageHeap::keep_run(FreeRun* run) {
  run->right = spare_runs_;
  spare_runs_ = run;
}

void PageHeap::enter(FreeRun* run) {
  GCMAP_CHECK(run->pages > 0, "a free run at page %u has no pages", run->first_page);
  GCMAP_CHECK(run->first_page > 0 && run->pages <= committed_pages() - run->first_page,
              "a free run of %u pages at page %u does not lie in the %u committed ones behind the header",
              run->pages, run->first_page, committed_pages());
  free_runs_.insert(run);
  index_.set_run(run->first_page, run);
  index_.set_run(run->first_page + run->pages - 1, run);
}

void PageHeap::remove(FreeRun* run) {
  free_runs_.erase(run);
  index_.clear(run->first_page);
  index_.clear(run->first_page + run->pages - 1);
}

// Commits so much that a run of `pages` pages ends at the committed end.
// Returns false when the range is full.
bool PageHeap::grow(uint32_t pages) {
  const uint32_t old_end = reservation_.committed_pages();
  const FreeRun* const last = old_end > 0 ? index_.run_at(old_end - 1) : nullptr;
  const uint64_t wanted =
      uint64_t{old_end} + pages - (last != nullptr ? last->pages : 0) + (old_end == 0 ? 1 : 0);
  if (wanted > reservation_.pages()) return false;
  reservation_.commit(static_cast<uint32_t>(wanted));
  FreeRun* const run = take_run();
  run->first_page = old_end > 0 ? old_end : 1;
  run->pages = reservation_.committed_pages() - run->first_page;
  if (FreeRun* const before = old_end > 0 ? index_.run_at(old_end - 1) : nullptr; before != nullptr) {
    remove(before);
    run->first_page = before->first_page;
    run->pages += before->pages;
    keep_run(before);
  }
  enter(run);
  return true;
}

std::optional<PageHeap::Run> PageHeap::allocate(uint32_t pages) {
  GCMAP_CHECK(pages > 0, "no pages wanted: a span has at least one");
  if (!allows(pages)) return std::nullopt;
  if (runs_reserved_ < runs_in_use_ + 3) reserve_run();
  FreeRun* run = free_runs_.best_fit(pages);
  if (run == nullptr) {
    if (!grow(pages)) return std::nullopt;
    run = free_runs_.best_fit(pages);
  }
  remove(run);
  const Run result = {run->first_page, retained_.remove(run->first_page, pages) > 0};
  if (run->pages > pages) {
    run->first_page += pages;
    run->pages -= pages;
    enter(run);
  } else {
    keep_run(run);
  }
  ++runs_in_use_;
  pages_in_use_ += pages;
  touch(result.first_page + pages);
  return result;
}

// The pages before `end` are in use from now on. What another heap left in them is cleared at once, whatever
// a span would clear of it later: a run on a recycled range goes as on a fresh one, even if the heap
// is broken.
void PageHeap::touch(uint32_t end) {
  const uint32_t dirty_end = std::min(end, reservation_.dirty_pages());
  if (touched_pages_ < dirty_end) {
    char* const start = address_of(touched_pages_);
    const size_t bytes = (dirty_end - touched_pages_) * kPageBytes;
    unpoison(start, bytes);
    std::memset(start, 0, bytes);
    poison(start, bytes);
  }
  touched_pages_ = std::max(touched_pages_, end);
}

void PageHeap::release(uint32_t first_page, uint32_t pages) noexcept {
  const uint32_t last_page = first_page + pages - 1;
  GCMAP_CHECK(index_.empty(first_page) && index_.empty(last_page),
              "%u pages at page %u are released and still in the index: of a span, or released twice", pages,
              first_page);
  poison(address_of(first_page), pages * kPageBytes);
  take_off(runs_in_use_, 1, "runs of pages in use");
  take_off(pages_in_use_, pages, "pages in use");
  FreeRun* const run = take_run();
  *run = FreeRun{first_page, pages, nullptr, nullptr};
  retained_.add(first_page, pages);
  const uint32_t end = first_page + pages;
  FreeRun* const before = index_.run_at(first_page - 1);
  FreeRun* const after = end < committed_pages() ? index_.run_at(end) : nullptr;
  GCMAP_SOMETIMES(before != nullptr && after != nullptr, "released pages join free runs on both sides");
  if (before != nullptr) {
    remove(before);
    run->first_page = before->first_page;
    run->pages += before->pages;
    keep_run(before);
  }
  if (after != nullptr) {
    remove(after);
    run->pages += after->pages;
    keep_run(after);
  }
  enter(run);
}

bool PageHeap::retains(const PageRun& run) const {
  for (uint32_t i = 0; i < run.pages; ++i) {
    if (!retained_.contains(run.first_page + i)) return false;
  }
  return true;
}

bool PageHeap::discard(const PageRun& run) noexcept {
  if (!retains(run) || !reservation_.discard(run.first_page, run.pages)) return false;
  retained_.remove(run.first_page, run.pages);
  return true;
}

}  // namespace gcmap
