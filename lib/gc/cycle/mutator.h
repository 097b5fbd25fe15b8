// What belongs to whoever runs the program on the heap: allocation cache, barrier buffer, roots.
//
// As Go's P. A heap has one or more, one of them current; the collector walks a list of them wherever it
// needs "all caches", "all buffers" or "all roots". One that is never entered sleeps: its roots, buffered
// pointers and cached spans count like those of the others.
#pragma once

#include <cstdint>

#include "gc/cycle/barrier_buffer.h"
#include "gcmap/internal/alloc/span_cache.h"
#include "gcmap/internal/gc/roots.h"

namespace gcmap {

class Mutators;

class Mutator {
 public:
  Mutator(const Mutators& all, uint32_t barrier_buffer_entries)
      : owner(all), barrier(barrier_buffer_entries) {}

  const Mutators& owner;
  SpanCache cache;
  BarrierBuffer barrier;
  RootList roots;
  const void* claimed = nullptr;  // the slot allocation is making an object of: none yet, and nobody's root
  void* published = nullptr;      // rooted: the object allocation is about to return
  bool slow_path = false;         // allocation has more to do than take a slot: mark, report, ask, fail
};

}  // namespace gcmap
