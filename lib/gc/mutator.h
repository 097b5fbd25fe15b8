// What belongs to whoever runs the program on the heap: allocation cache, barrier buffer, roots.
//
// As Go's P. A heap has one; the collector walks a list of them wherever it needs "all caches", "all
// buffers" or "all roots".
#pragma once

#include <cstdint>

#include "gc/barrier_buffer.h"
#include "gc/roots.h"
#include "heap/span_cache.h"

namespace gcmap {

class Mutator {
 public:
  explicit Mutator(uint32_t barrier_buffer_entries) : barrier(barrier_buffer_entries) {}

  SpanCache cache;
  BarrierBuffer barrier;
  RootList roots;
  void* published = nullptr;  // rooted: the object allocation is about to return
  bool attention = false;     // allocation has more to do than take a slot: mark, report, ask, fail
};

}  // namespace gcmap
