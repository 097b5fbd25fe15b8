// The spans of one class that no cache holds: partly free and full, swept and not.
//
// Invariant: H4, a span is in exactly the list its generation and its free slots say.
//
// Which of two lists is the swept one follows from the heap's sweep generation, so that the end of a mark
// phase turns all swept spans of the heap into unswept ones by adding two to a number. As in Go's mcentral.
//
// Large spans that were marked lie behind those that were not (H4), so that a dead one is found at the front:
// ObjectSpace::on_large_marked.
#pragma once

#include "gcmap/internal/alloc/span.h"
#include "gcmap/internal/base/check.h"
#include "gcmap/internal/base/intrusive_list.h"

namespace gcmap {

class CentralList {
 public:
  // Lists a span by its generation (h or h - 2) and whether it has a free slot.
  void add(Span& span, uint32_t sweepgen) {
    require_listable(span, sweepgen);
    list(span.has_free_slot(), span.sweepgen == sweepgen, sweepgen).push_back(span);
  }

  // Takes the oldest swept span with a free slot; null when there is none.
  Span* take_partial_swept(uint32_t sweepgen) {
    Span* const span = list(true, true, sweepgen).pop_front();
    GCMAP_CHECK(
        span == nullptr || span->sweepgen == sweepgen,
        "a span of generation %u was on the swept list of generation %u: changed while it was listed?",
        span->sweepgen, sweepgen);
    return span;
  }

  // The oldest unswept span, one with a free slot if possible; null when all are swept.
  Span* first_unswept(uint32_t sweepgen) const {
    Span* const partial = spans(true, false, sweepgen).front();
    return partial != nullptr ? partial : spans(false, false, sweepgen).front();
  }

  // Unlists what add() listed.
  // Requires: nothing changed since that decides on the list.
  void remove(Span& span, uint32_t sweepgen) {
    require_listable(span, sweepgen);
    list(span.has_free_slot(), span.sweepgen == sweepgen, sweepgen).remove(span);
  }

  // Puts a listed span behind all others of its list.
  // Requires: as remove().
  void move_to_back(Span& span, uint32_t sweepgen) {
    remove(span, sweepgen);
    add(span, sweepgen);
  }

  // Is nothing listed?
  bool empty() const {
    return lists_[0][0].empty() && lists_[0][1].empty() && lists_[1][0].empty() && lists_[1][1].empty();
  }

  const IntrusiveList<Span>& spans(bool partial, bool swept, uint32_t sweepgen) const {
    return lists_[partial ? 1 : 0][index_of(swept, sweepgen)];
  }

 private:
  // Cached spans and one being swept are on no list.
  static void require_listable(const Span& span, uint32_t sweepgen) {
    GCMAP_CHECK(
        span.sweepgen == sweepgen || span.sweepgen + 2 == sweepgen,
        "a span of generation %u is put on the lists of generation %u, or taken off: it is cached, being "
        "swept, or was forgotten by a sweep",
        span.sweepgen, sweepgen);
  }

  // Generations are even; every second one swaps the lists.
  static size_t index_of(bool swept, uint32_t sweepgen) { return (sweepgen / 2 + (swept ? 0 : 1)) % 2; }
  IntrusiveList<Span>& list(bool partial, bool swept, uint32_t sweepgen) {
    return lists_[partial ? 1 : 0][index_of(swept, sweepgen)];
  }

  IntrusiveList<Span> lists_[2][2];
};

}  // namespace gcmap
