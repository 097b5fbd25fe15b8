// A heap that takes every rare path, for tests of what hangs on objects and of what they lie in.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>

#include "gcmap/handles.h"
#include "gcmap/heap.h"
#include "gcmap/step.h"

namespace gcmap {

// Pointer-free.
struct Leaf {
  uint64_t number = 0;
};

// Everything in the smallest steps, and collections only when asked for.
inline HeapOptions tiny_steps() {
  HeapOptions options;
  options.range_bytes = size_t{64} << 20;
  options.gogc_percent = -1;
  options.root_piece_slots = 1;
  options.barrier_buffer_entries = 1;
  options.mark_piece_bytes = 64;
  options.mark_stack_entries = 1;
  return options;
}

inline void expect_sound(const Heap& heap) {
  for (const Violation& v : heap.verify()) ADD_FAILURE() << v.id << " " << v.path << ": " << v.detail;
}

inline Leaf* numbered(Heap& heap, uint64_t number) {
  Leaf* const leaf = make<Leaf>(heap);
  leaf->number = number;
  return leaf;
}

// Such a heap, sound in the end.
class TinyStepsTest : public testing::Test {
 protected:
  TinyStepsTest() : heap_(tiny_steps()), step_(heap_) {}
  ~TinyStepsTest() override { expect_sound(heap_); }

  Heap heap_;
  Stepper step_;
};

}  // namespace gcmap
