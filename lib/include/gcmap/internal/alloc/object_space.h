// The memory of one heap: page heap, central lists and large objects, and the caches drawing on them.
//
// Allocation goes cache -> central list of the class -> page heap. A span is swept before it is allocated
// from; whoever holds it decides when, through CollectionTrigger. Internals are open to read.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "gcmap/internal/alloc/central_list.h"
#include "gcmap/internal/alloc/collection_trigger.h"
#include "gcmap/internal/alloc/page_heap.h"
#include "gcmap/internal/alloc/reservation.h"
#include "gcmap/internal/alloc/span.h"
#include "gcmap/internal/alloc/span_cache.h"
#include "gcmap/out_of_memory.h"

namespace gcmap {

struct Type;

struct SpaceOptions {
  size_t range_bytes = size_t{64} << 30;
  uint64_t pages_max = UINT64_MAX;
  uint32_t quarantine_objects = 0;
  uint32_t refill_sweep_spans = 100;  // spans swept in search of a free slot before a fresh one is taken
};

// Kept as work is done; H5 recounts what can be recounted. Allocation counts itself in the caches.
struct SpaceCounters {
  uint64_t freed_objects = 0;  // since creation
  uint64_t freed_bytes = 0;    // slot bytes, since creation
  uint64_t spans_in_use = 0;
  uint64_t unswept_pages = 0;
  // Slot bytes handed out, since creation, in spans of objects that may hold pointers. A cached span's free
  // slots count as handed out: it is not asked again before it is full or put down.
  uint64_t scannable_allocated_bytes = 0;
  uint64_t span_metadata_bytes = 0;  // blocks of the spans in use
  uint64_t arena_bytes = 0;          // requested bytes of arena spans
  uint64_t retired_bytes = 0;        // slot bytes of those that are retired
};

class ObjectSpace {
 public:
  // Errors: as Reservation::acquire.
  ObjectSpace(const SpaceOptions& options, CollectionTrigger& trigger);
  ~ObjectSpace();
  ObjectSpace(const ObjectSpace&) = delete;
  ObjectSpace& operator=(const ObjectSpace&) = delete;

  HeapRangeHeader* header() const { return HeapRangeHeader::masked(reservation_->base()); }

  // A cache draws on this space from attach to detach or its end; spans it holds are lost to others until it
  // is flushed. Detaching puts its spans on the central lists and keeps its counts.
  // Errors of attach: std::bad_alloc.
  void attach(SpanCache& cache) { caches_.push_back(&cache); }
  void detach(SpanCache& cache);

  // Takes a slot for an object of `bytes` bytes, which SpanCache::prepare then zeroes. Asks the trigger when
  // the cache does not serve.
  // Errors: OutOfMemory, std::bad_alloc; then nothing was allocated.
  ClaimedSlot claim(SpanCache& cache, const Type& type, size_t bytes);

  // Both at once.
  void* allocate(SpanCache& cache, const Type& type, size_t bytes) {
    return SpanCache::prepare(claim(cache, type, bytes), bytes);
  }

  // The object of a large span has just been marked: dead ones stay at the front of their list.
  // Cost: O(1).
  void on_large_marked(Span& span) { central_[span.span_class].move_to_back(span, sweepgen_); }

  // The mark phase is over: every span is unswept from here on. Caches are flushed.
  void begin_sweep();

  // Unlists an unswept span of a central list, to be swept now.
  void take_unswept(Span& span);

  // `count` objects of a span that is being swept are dead.
  // Returns how many objects were freed before them.
  uint64_t free_dead(Span& span, uint32_t count) {
    span.drop_dead(count);
    counters_.freed_bytes += count * span.slot_bytes;
    if (span.retired) take_off(counters_.retired_bytes, count * span.slot_bytes, "bytes of retired arenas");
    return std::exchange(counters_.freed_objects, counters_.freed_objects + count);
  }

  // Takes a swept span back: into its central list, or to the page heap when nothing lives in it.
  void put_swept(Span& span);

  // The arena that `span`, a large one, belongs to uses so many bytes of it now and used so many before.
  void resize_arena(Span& span, size_t used_before, size_t used) {
    counters_.arena_bytes += used - used_before;
    span.set_requested_bytes(used);
  }
  // It is freed: the span waits for a sweep that finds no pointer to it.
  void retire_arena(Span& span, size_t used) {
    take_off(counters_.arena_bytes, used, "bytes of arenas");
    counters_.retired_bytes += span.slot_bytes;
    span.retire();
  }

  bool needs_sweep(const Span& span) const {
    return span.sweepgen + 2 == sweepgen_ || span.sweepgen == sweepgen_ + 1;
  }
  // Is the slot an object? What an unswept span is about to free is none.
  bool is_object(const Span& span, uint32_t slot) const {
    return slot < span.slot_count && span.is_allocated(slot) && (span.is_marked(slot) || !needs_sweep(span));
  }

  uint64_t allocated_objects() const;
  uint64_t allocated_bytes() const;

  // Calls visit(Span&) for every span in address order.
  template <typename Visit>
  void for_each_span(Visit&& visit) const {
    for (uint32_t page = 1; page < pages_.touched_pages();) {
      Span* const span = pages_.index().span_at(page);
      if (span != nullptr) visit(*span);
      page += span != nullptr && span->first_page == page ? span->pages : 1;
    }
  }

  // Bytes of what describes the heap: spans, free runs and caches.
  uint64_t metadata_bytes() const {
    return counters_.span_metadata_bytes + pages_.metadata_bytes() + caches_.size() * sizeof(SpanCache);
  }

  uint32_t sweepgen() const { return sweepgen_; }
  size_t range_bytes() const { return reservation_->bytes(); }
  uint32_t quarantine_objects() const { return quarantine_objects_; }
  PageHeap& pages() { return pages_; }
  const PageHeap& pages() const { return pages_; }
  MetadataAllocator& metadata() { return reservation_->metadata(); }
  CentralList& central(SpanClass span_class) { return central_[span_class]; }
  const CentralList& central(SpanClass span_class) const { return central_[span_class]; }
  const std::vector<SpanCache*>& caches() const { return caches_; }
  const SpaceCounters& counters() const { return counters_; }

 private:
  void refill(SpanCache& cache, SpanClass span_class);
  ClaimedSlot claim_large(SpanCache& cache, const Type& type, size_t bytes);
  Span* new_span(SpanClass span_class, uint32_t pages);
  PageHeap::Run allocate_pages(uint32_t pages);
  OutOfMemory out_of_pages(uint32_t pages) const;
  void sweep_before_growing(uint32_t pages);
  bool dead_large_unswept(SpanClass span_class) const;
  void uncache(SpanCache& cache, SpanClass span_class);
  void flush(SpanCache& cache);
  void release(Span& span);

  std::unique_ptr<Reservation> reservation_;
  PageHeap pages_;
  CollectionTrigger& trigger_;
  std::array<CentralList, kSpanClassCount> central_{};
  std::vector<SpanCache*> caches_;
  SpaceCounters counters_;
  uint32_t sweepgen_ = 2;
  uint32_t quarantine_objects_;
  uint32_t refill_sweep_spans_;
  uint64_t detached_objects_ = 0;  // allocated by caches that are gone; slot bytes below
  uint64_t detached_bytes_ = 0;
};

}  // namespace gcmap
