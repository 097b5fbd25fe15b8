#include "gc/cycle/sweeper.h"

#include <bit>
#include <cstring>

#include "gcmap/internal/alloc/poison.h"
#include "gcmap/internal/base/check.h"
#include "gcmap/internal/base/sometimes.h"

namespace gcmap {

bool Sweeper::sweep_next(EventSink* sink) {
  for (; next_class_ < kSpanClassCount; ++next_class_) {
    if (sweep_one(static_cast<SpanClass>(next_class_), sink)) return true;
  }
  return false;
}

bool Sweeper::sweep_one(SpanClass span_class, EventSink* sink) {
  Span* const span = space_.central(span_class).first_unswept(space_.sweepgen());
  if (span == nullptr) return false;
  if (span->specials != nullptr) lifetimes_.clear_dead_specials(*span);
  if (sink != nullptr) report_dead(*span, *sink);
  space_.take_unswept(*span);
  sweep(*span);
  space_.put_swept(*span);
  return true;
}

// Before anything changes, so that the sink finds a heap whose invariants hold.
void Sweeper::report_dead(const Span& span, EventSink& sink) const {
  for (uint32_t word = 0; word < span.word_count(); ++word) {
    for (uint64_t dead = span.dead_word(word); dead != 0; dead &= dead - 1) {
      const uint32_t slot = word * 64 + static_cast<uint32_t>(std::countr_zero(dead));
      sink.on_free(span.slot_address(slot), span.type_of(slot));
    }
  }
}

// `number`: of all objects freed, the how manieth it is.
void Sweeper::free_slot(Span& span, uint32_t slot, uint64_t number) {
  if (clobber_freed_) std::memset(span.slot_address(slot), kClobberByte, span.requested_bytes(slot));
  poison(span.slot_address(slot), span.requested_bytes(slot));
  if (span.has_quarantine()) span.hold(slot, number);
}

void Sweeper::free_dead(Span& span) {
  const bool each_slot = kPoisoning || clobber_freed_ || span.has_quarantine();
  for (uint32_t word = 0; word < span.word_count(); ++word) {
    uint64_t dead = span.dead_word(word);
    uint64_t number = space_.free_dead(span, static_cast<uint32_t>(std::popcount(dead)));
    for (; each_slot && dead != 0; dead &= dead - 1) {
      free_slot(span, word * 64 + static_cast<uint32_t>(std::countr_zero(dead)), ++number);
    }
  }
}

// Held slots whose quarantine is over become free with this sweep.
void Sweeper::sweep(Span& span) {
  GCMAP_CHECK(!span.lost_grey,
              "a span is swept that lost a grey object: marking ended before it was found again");
  GCMAP_SOMETIMES(span.retired && span.is_marked(0), "a pointer keeps a chunk of a freed arena");
  ++spans_swept_;
  free_dead(span);
  span.expire_held(space_.counters().freed_objects, space_.quarantine_objects());
  span.turn_over();
}

}  // namespace gcmap
