// The sweeper: frees what the mark phase left unmarked, span by span.
//
// Before that it clears their specials: an object with a finalizer lives on (lifetimes.h).
// Lazy: it moves by steps of one span, and allocation sweeps the spans it is about to use.
#pragma once

#include <cstdint>

#include "gcmap/internal/alloc/object_space.h"
#include "gcmap/internal/base/event.h"
#include "gcmap/internal/gc/lifetime/lifetimes.h"

namespace gcmap {

class Sweeper {
 public:
  // `clobber_freed`: freed objects are filled with kClobberByte.
  Sweeper(ObjectSpace& space, Lifetimes& lifetimes, bool clobber_freed)
      : space_(space), lifetimes_(lifetimes), clobber_freed_(clobber_freed) {}

  void begin() { next_class_ = 0; }

  // Sweeps the next unswept span: by span class, then in list order. `sink`, if any, hears of every
  // object freed.
  // Returns false when there is none.
  bool sweep_next(EventSink* sink);

  // Sweeps one unswept span of the class.
  // Returns false when there is none.
  bool sweep_one(SpanClass span_class, EventSink* sink);

  bool done() const { return space_.counters().unswept_pages == 0; }
  uint64_t spans_swept() const { return spans_swept_; }  // since creation

 private:
  void report_dead(const Span& span, EventSink& sink) const;
  void free_dead(Span& span);
  void free_slot(Span& span, uint32_t slot, uint64_t number);
  void sweep(Span& span);

  ObjectSpace& space_;
  Lifetimes& lifetimes_;
  const bool clobber_freed_;
  size_t next_class_ = 0;
  uint64_t spans_swept_ = 0;
};

}  // namespace gcmap
