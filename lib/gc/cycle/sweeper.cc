#include "gc/cycle/sweeper.h"

#include <bit>
#include <cstring>
#include <utility>

#include "gcmap/internal/alloc/poison.h"
#include "gcmap/internal/base/check.h"
#include "gcmap/internal/base/counter.h"
#include "gcmap/internal/base/sometimes.h"

namespace gcmap {
namespace {

uint64_t dead_word(const Span& span, uint32_t word) {
  return span.allocated_word(word) & ~span.mark_bits[word];
}

}  // namespace

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
    for (uint64_t dead = dead_word(span, word); dead != 0; dead &= dead - 1) {
      const uint32_t slot = word * 64 + static_cast<uint32_t>(std::countr_zero(dead));
      sink.on_free(span.slot_address(slot), span.type_of(slot));
    }
  }
}

void Sweeper::free_slot(Span& span, uint32_t slot) {
  SpaceCounters& counters = space_.counters();
  if (clobber_freed_) std::memset(span.slot_address(slot), kClobberByte, span.requested_bytes(slot));
  poison(span.slot_address(slot), span.requested_bytes(slot));
  ++counters.freed_objects;
  if (span.held_bits == nullptr) return;
  span.held_bits[slot / 64] |= uint64_t{1} << (slot % 64);
  span.freed_at[slot] = counters.freed_objects;
  ++span.held_count;
}

void Sweeper::free_dead(Span& span) {
  SpaceCounters& counters = space_.counters();
  const bool each_slot = kPoisoning || clobber_freed_ || span.held_bits != nullptr;
  for (uint32_t word = 0; word < span.word_count(); ++word) {
    uint64_t dead = dead_word(span, word);
    const auto count = static_cast<uint32_t>(std::popcount(dead));
    take_off(span.live_count, count, "objects of a span");
    span.needs_zero |= count > 0;
    counters.freed_bytes += count * span.slot_bytes;
    if (span.retired) take_off(counters.retired_bytes, count * span.slot_bytes, "bytes of retired arenas");
    if (!each_slot) counters.freed_objects += count;
    for (; each_slot && dead != 0; dead &= dead - 1) {
      free_slot(span, word * 64 + static_cast<uint32_t>(std::countr_zero(dead)));
    }
  }
}

// Held slots whose quarantine is over become free with this sweep.
void Sweeper::expire_held(Span& span) {
  const uint64_t freed_objects = space_.counters().freed_objects;
  for (uint32_t slot = 0; slot < span.slot_count; ++slot) {
    if (!span.is_held(slot) || freed_objects - span.freed_at[slot] < space_.quarantine_objects()) continue;
    span.held_bits[slot / 64] &= ~(uint64_t{1} << (slot % 64));
    take_off(span.held_count, 1, "slots of a span in quarantine");
    GCMAP_SOMETIMES(true, "a slot leaves quarantine");
  }
}

// The old bits say what was allocated, so they are read (free_dead) before the held bits shrink and before
// the mark bits replace them.
void Sweeper::sweep(Span& span) {
  GCMAP_CHECK(span.sweepgen + 1 == space_.sweepgen(),
              "a span of generation %u is swept at generation %u: take_unswept first", span.sweepgen,
              space_.sweepgen());
  GCMAP_CHECK(!span.lost_grey,
              "a span is swept that lost a grey object: marking ended before it was found again");
  GCMAP_SOMETIMES(span.retired && span.is_marked(0), "a pointer keeps a chunk of a freed arena");
  ++spans_swept_;
  free_dead(span);
  if (span.held_count > 0) expire_held(span);
  std::swap(span.alloc_bits, span.mark_bits);
  std::memset(span.mark_bits, 0, span.word_count() * sizeof(uint64_t));
  for (uint32_t word = 0; span.held_count > 0 && word < span.word_count(); ++word) {
    span.alloc_bits[word] |= span.held_bits[word];
  }
  span.free_index = 0;
}

}  // namespace gcmap
