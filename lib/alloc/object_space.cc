#include "gcmap/internal/alloc/object_space.h"

#include <cstring>
#include <new>
#include <optional>
#include <utility>

#include "gcmap/internal/alloc/poison.h"
#include "gcmap/internal/alloc/type.h"
#include "gcmap/internal/base/check.h"
#include "gcmap/internal/base/counter.h"
#include "gcmap/internal/base/sometimes.h"

namespace gcmap {
namespace {

// Where the arrays of a span lie in its metadata block.
struct SpanLayout {
  SpanLayout(uint32_t slots, bool noscan, bool quarantine) {
    const size_t bits = (slots + 63) / 64 * sizeof(uint64_t);
    alloc_bits = take(bits);
    mark_bits = take(bits);
    held_bits = quarantine ? take(bits) : 0;
    cleared_end = total;
    freed_at = quarantine ? take(slots * sizeof(uint64_t)) : 0;
    types = noscan ? 0 : take(slots * sizeof(const Type*));
    slack = take(slots * sizeof(uint16_t));
  }

  size_t total = (sizeof(Span) + 15) / 16 * 16;
  size_t alloc_bits, mark_bits, held_bits, freed_at, types, slack;  // offsets; 0: absent
  size_t cleared_end;  // bits from alloc_bits to here start as zero

 private:
  size_t take(size_t bytes) { return std::exchange(total, total + bytes); }
};

// The span's array at `offset`; null when the layout has none.
template <typename T>
T* array_at(char* block, size_t offset) {
  return offset != 0 ? reinterpret_cast<T*>(block + offset) : nullptr;
}

Span* make_span(char* block, const SpanLayout& layout) {
  std::memset(block + layout.alloc_bits, 0, layout.cleared_end - layout.alloc_bits);
  Span* const span = new (block) Span;
  span->alloc_bits = array_at<uint64_t>(block, layout.alloc_bits);
  span->mark_bits = array_at<uint64_t>(block, layout.mark_bits);
  span->held_bits = array_at<uint64_t>(block, layout.held_bits);
  span->freed_at = array_at<uint64_t>(block, layout.freed_at);
  span->types = array_at<const Type*>(block, layout.types);
  span->slack = array_at<uint16_t>(block, layout.slack);
  return span;
}

uint64_t free_scannable_bytes(const Span& span) {
  return span.noscan() ? 0 : (span.slot_count - span.live_count - span.held_count) * span.slot_bytes;
}

}  // namespace

ObjectSpace::ObjectSpace(const SpaceOptions& options, CollectionTrigger& trigger)
    : reservation_(Reservation::acquire(options.range_bytes)),
      pages_(*reservation_, options.pages_max),
      trigger_(trigger),
      quarantine_objects_(options.quarantine_objects),
      refill_sweep_spans_(options.refill_sweep_spans) {
  unpoison(header(), sizeof(HeapRangeHeader));
  new (header()) HeapRangeHeader{};
  HeapRanges::add(header());
}

ObjectSpace::~ObjectSpace() {
  HeapRanges::remove(header());
  Reservation::give_back(std::move(reservation_), pages_.touched_pages());
}

ClaimedSlot ObjectSpace::claim(SpanCache& cache, const Type& type, size_t bytes) {
  if (bytes > kSmallBytesMax) return claim_large(cache, type, bytes);
  if (!cache.span_for(type, bytes).has_free_slot())
    refill(cache, span_class_of(class_of(bytes, type.alignment), type.noscan()));
  Span& span = cache.span_for(type, bytes);
  const uint32_t slot = span.next_free();
  cache.claim(span, slot, type, bytes);
  return {&span, slot};
}

// Gives the cache a span with a free slot. What fails, fails before the old span is put down. Sweeping in
// search of one is bounded, as in Go: a fresh span ends it.
void ObjectSpace::refill(SpanCache& cache, SpanClass span_class) {
  trigger_.on_allocation_slow();
  CentralList& central = central_[span_class];
  Span* span = central.take_partial_swept(sweepgen_);
  for (uint32_t i = 0; span == nullptr && i < refill_sweep_spans_ && trigger_.sweep_one(span_class); ++i) {
    span = central.take_partial_swept(sweepgen_);
    GCMAP_SOMETIMES(span != nullptr, "an allocation sweeps the span it needs");
  }
  GCMAP_SOMETIMES(span == nullptr && central.first_unswept(sweepgen_) != nullptr,
                  "an allocation gives up its search for a swept span");
  try {
    if (span == nullptr) span = new_span(span_class, kSizeClasses[size_class_of(span_class)].pages);
  } catch (const std::bad_alloc&) {
    span = central.take_partial_swept(sweepgen_);  // what reclaiming swept may be of this very class
    if (span == nullptr) throw;
    GCMAP_SOMETIMES(true, "reclaiming frees a slot of the class that was wanted");
  }
  uncache(cache, span_class);
  GCMAP_CHECK(span->has_free_slot(), "a span with %u of %u slots in use was listed as partly free",
              span->live_count + span->held_count, span->slot_count);
  span->sweepgen = sweepgen_ + 3;
  cache.set_span(span_class, span);
  counters_.scannable_allocated_bytes += free_scannable_bytes(*span);
}

ClaimedSlot ObjectSpace::claim_large(SpanCache& cache, const Type& type, size_t bytes) {
  if (bytes > reservation_->bytes())
    throw OutOfMemory(OutOfMemory::Reason::kSizeOverflow, bytes, reservation_->bytes());
  trigger_.on_allocation_slow();
  const uint32_t pages = static_cast<uint32_t>((bytes + kPageBytes - 1) / kPageBytes);
  Span* const span = new_span(span_class_of(kLargeClass, type.noscan()), pages);
  counters_.scannable_allocated_bytes += free_scannable_bytes(*span);
  cache.claim(*span, 0, type, bytes);
  central_[span->span_class].add(*span, sweepgen_);
  return {span, 0};
}

// Is what is swept next of a large class dead? Those alive lie behind the dead.
bool ObjectSpace::dead_large_unswept(SpanClass span_class) const {
  const Span* const span = central_[span_class].first_unswept(sweepgen_);
  return span != nullptr && !span->is_marked(0);
}

// Before the heap grows for a run of `pages` pages, up to so many spans are swept in search of it: dead large
// ones first, which give all their pages back, then spans of few objects, which are empty sooner. As Go's
// mheap.reclaim, whose work is proportional to the allocation too: what is swept here is not swept later.
void ObjectSpace::sweep_before_growing(uint32_t pages) {
  if (counters_.unswept_pages == 0) return;
  uint32_t left = pages;
  for (const bool noscan : {false, true}) {
    const SpanClass large = span_class_of(kLargeClass, noscan);
    while (left > 0 && !pages_.fits(pages) && dead_large_unswept(large) && trigger_.sweep_one(large)) --left;
  }
  for (size_t i = kSpanClassCount; i-- > 0;) {
    while (left > 0 && !pages_.fits(pages) && trigger_.sweep_one(static_cast<SpanClass>(i))) --left;
  }
  GCMAP_SOMETIMES(left < pages && pages_.fits(pages), "sweeping makes room for a run of pages");
}

// What is refused is asked for again after each step of reclaiming; the last refusal is the caller's.
PageHeap::Run ObjectSpace::allocate_pages(uint32_t pages) {
  sweep_before_growing(pages);
  for (;;) {
    try {
      if (const std::optional<PageHeap::Run> run = pages_.allocate(pages)) return *run;
    } catch (const OutOfMemory&) {
      if (!trigger_.reclaim()) throw;
      continue;
    }
    if (!trigger_.reclaim()) throw out_of_pages(pages);
  }
}

OutOfMemory ObjectSpace::out_of_pages(uint32_t pages) const {
  const uint64_t wanted_bytes = uint64_t{pages} * kPageBytes;
  if (pages_.allows(pages))
    return OutOfMemory(OutOfMemory::Reason::kRangeFull, wanted_bytes, reservation_->bytes());
  return OutOfMemory(OutOfMemory::Reason::kHeapLimit, wanted_bytes, pages_.pages_max() * kPageBytes);
}

Span* ObjectSpace::new_span(SpanClass span_class, uint32_t pages) {
  const SizeClassInfo& info = kSizeClasses[size_class_of(span_class)];
  const bool large = size_class_of(span_class) == kLargeClass;
  const SpanLayout layout(large ? 1 : info.slots, is_noscan(span_class), quarantine_objects_ > 0);
  MetadataAllocator& metadata = reservation_->metadata();
  char* const block = static_cast<char*>(metadata.allocate(layout.total));
  PageHeap::Run run;
  try {
    run = allocate_pages(pages);
  } catch (...) {
    metadata.release(block, layout.total);
    throw;
  }
  Span* const span = make_span(block, layout);
  span->base = pages_.address_of(run.first_page);
  span->first_page = run.first_page;
  span->pages = pages;
  span->slot_bytes = large ? pages * kPageBytes : info.bytes;
  span->slot_count = large ? 1 : info.slots;
  span->slot_magic = large ? 0 : info.slot_magic;
  span->sweepgen = sweepgen_;
  span->span_class = span_class;
  span->needs_zero = run.needs_zero;
  for (uint32_t i = 0; i < pages; ++i) pages_.index().set_span(run.first_page + i, span);
  ++counters_.spans_in_use;
  counters_.span_metadata_bytes += layout.total;
  return span;
}

void ObjectSpace::release(Span& span) {
  const uint32_t first_page = span.first_page;
  const uint32_t pages = span.pages;
  const SpanLayout layout(span.slot_count, span.noscan(), span.held_bits != nullptr);
  GCMAP_CHECK(span.specials == nullptr,
              "the span at page %u is released with %u specials: whose objects are gone", first_page,
              span.special_count);
  for (uint32_t i = 0; i < pages; ++i) pages_.index().clear(first_page + i);
  reservation_->metadata().release(&span, layout.total);
  pages_.release(first_page, pages);
  take_off(counters_.spans_in_use, 1, "spans in use");
  take_off(counters_.span_metadata_bytes, layout.total, "bytes of span metadata");
}

// A span cached before the sweep began (h + 1) joins the unswept ones.
void ObjectSpace::uncache(SpanCache& cache, SpanClass span_class) {
  Span* const span = cache.span(span_class);
  if (span == nullptr) return;
  cache.set_span(span_class, nullptr);
  GCMAP_CHECK(span->sweepgen == sweepgen_ + 3 || span->sweepgen == sweepgen_ + 1,
              "a cached span has generation %u, of the heap's %u: put into the cache unswept, or twice",
              span->sweepgen, sweepgen_);
  take_off(counters_.scannable_allocated_bytes, free_scannable_bytes(*span), "scannable bytes handed out");
  span->sweepgen = needs_sweep(*span) ? sweepgen_ - 2 : sweepgen_;
  central_[span_class].add(*span, sweepgen_);
}

void ObjectSpace::flush(SpanCache& cache) {
  for (size_t i = 0; i < kSpanClassCount; ++i) uncache(cache, static_cast<SpanClass>(i));
}

void ObjectSpace::detach(SpanCache& cache) {
  flush(cache);
  detached_objects_ += cache.allocated_objects();
  detached_bytes_ += cache.allocated_bytes();
  std::erase(caches_, &cache);
}

void ObjectSpace::begin_sweep() {
  GCMAP_CHECK(counters_.unswept_pages == 0, "a sweep begins with %llu pages of the last one unswept",
              static_cast<unsigned long long>(counters_.unswept_pages));
  sweepgen_ += 2;
  for (SpanCache* cache : caches_) flush(*cache);
  counters_.unswept_pages = pages_.pages_in_use();
}

void ObjectSpace::take_unswept(Span& span) {
  GCMAP_CHECK(span.sweepgen + 2 == sweepgen_,
              "a span of generation %u is to be swept at generation %u: it was swept already, or is cached",
              span.sweepgen, sweepgen_);
  central_[span.span_class].remove(span, sweepgen_);
  span.sweepgen = sweepgen_ - 1;
  take_off(counters_.unswept_pages, span.pages, "unswept pages");
}

void ObjectSpace::put_swept(Span& span) {
  GCMAP_CHECK(span.sweepgen + 1 == sweepgen_,
              "a span of generation %u comes back from a sweep at generation %u: take_unswept first",
              span.sweepgen, sweepgen_);
  span.sweepgen = sweepgen_;
  if (span.live_count == 0 && span.held_count == 0) {
    release(span);
  } else {
    central_[span.span_class].add(span, sweepgen_);
  }
}

uint64_t ObjectSpace::allocated_objects() const {
  uint64_t sum = detached_objects_;
  for (const SpanCache* cache : caches_) sum += cache->allocated_objects();
  return sum;
}

uint64_t ObjectSpace::allocated_bytes() const {
  uint64_t sum = detached_bytes_;
  for (const SpanCache* cache : caches_) sum += cache->allocated_bytes();
  return sum;
}

}  // namespace gcmap
