// A mutator's own spans, one per span class, and the allocation fast path.
//
// Allocation claims a slot, which makes it an object to every count and verifier, and then prepares it, which
// makes its memory zero. Between the two nothing leads to it: nobody follows what its old bytes say.
//
// A class without a span points at a shared span of no slots, so that the fast path has one test for
// "none" and "full".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "gcmap/internal/alloc/poison.h"
#include "gcmap/internal/alloc/size_class.h"
#include "gcmap/internal/alloc/span.h"
#include "gcmap/internal/alloc/type.h"
#include "gcmap/internal/base/check.h"

namespace gcmap {

class SpanCache {
 public:
  SpanCache() { spans_.fill(&no_span()); }
  SpanCache(const SpanCache&) = delete;
  SpanCache& operator=(const SpanCache&) = delete;

  // Returns zeroed memory for a small object, or null when the cached span has no free slot: refill and
  // ask again.
  // Requires: bytes <= kSmallBytesMax.
  void* allocate(const Type& type, size_t bytes) {
    Span& span = span_for(type, bytes);
    const uint32_t slot = span.next_free();
    if (slot >= span.slot_count) [[unlikely]]
      return nullptr;
    claim(span, slot, type, bytes);
    return prepare({&span, slot}, bytes);
  }

  // The span small objects of this kind are allocated from; one without a free slot if there is none.
  Span& span_for(const Type& type, size_t bytes) const {
    const SizeClass size_class = type.alignment <= 8 ? class_of(bytes) : class_of(bytes, type.alignment);
    return *spans_[span_class_of(size_class, type.noscan())];
  }

  // Takes `slot` for an object of `bytes` bytes. Counts it here.
  // Requires: it is span.next_free().
  void claim(Span& span, uint32_t slot, const Type& type, size_t bytes) {
    GCMAP_DCHECK(slot < span.slot_count && slot >= span.free_index,
                 "slot %u is claimed of a span of %u, of which those below %u are taken", slot,
                 span.slot_count, span.free_index);
    GCMAP_DCHECK(bytes <= span.slot_bytes && span.slot_bytes - bytes <= UINT16_MAX,
                 "%zu bytes are claimed of a slot of %zu: the slack is counted in 16 bits", bytes,
                 span.slot_bytes);
    GCMAP_DCHECK((reinterpret_cast<uintptr_t>(span.slot_address(slot)) & (type.alignment - 1)) == 0,
                 "the slot at %p is not aligned to %zu bytes: a span of the wrong class",
                 static_cast<void*>(span.slot_address(slot)), type.alignment);
    span.free_index = slot + 1;
    ++span.live_count;
    span.slack[slot] = static_cast<uint16_t>(span.slot_bytes - bytes);
    if (span.types != nullptr) span.types[slot] = &type;
    ++allocated_objects_;
    allocated_bytes_ += span.slot_bytes;
    unpoison(span.slot_address(slot), bytes);
  }

  // Zeroes a claimed slot, at once. Who has to stop in between: Collector::zero.
  // Returns the object.
  static void* prepare(const ClaimedSlot& claimed, size_t bytes) {
    char* const object = claimed.span->slot_address(claimed.slot);
    if (claimed.span->needs_zero) std::memset(object, 0, bytes);
    return object;
  }

  // The cached span of a class; null for none.
  Span* span(SpanClass span_class) const {
    Span* const span = spans_[span_class];
    return span != &no_span() ? span : nullptr;
  }
  void set_span(SpanClass span_class, Span* span) {
    spans_[span_class] = span != nullptr ? span : &no_span();
  }

  uint64_t allocated_objects() const { return allocated_objects_; }
  uint64_t allocated_bytes() const { return allocated_bytes_; }

 private:
  // Never written: it has no slots.
  static Span& no_span() { return no_span_; }
  static Span no_span_;

  std::array<Span*, kSpanClassCount> spans_;
  uint64_t allocated_objects_ = 0;  // since creation; slot bytes below
  uint64_t allocated_bytes_ = 0;
};

inline Span SpanCache::no_span_;

}  // namespace gcmap
