// The first page of a heap's address range: what can be found from any address inside it by masking.
//
// Layout: every range starts at a multiple of kHeapRangeAlignment, so `address & -alignment` is its
// header. Page 0 holds the header and no objects.
//
// Relied on by: Heap::store (the barrier flag is the one load of its fast path), Heap::reach_at, Heap::of.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gcmap {

class Heap;

inline constexpr size_t kHeapRangeAlignment = size_t{256} << 30;  // bytes; also the largest range
inline constexpr size_t kPageBytes = 8192;

struct HeapRangeHeader {
  bool barrier_on;    // marking: pointer stores are recorded and shaded
  bool weak_guarded;  // reading a weak cell has more to do than load a word
  bool watched;       // somebody is told of decision points, or asked at them
  Heap* heap;

  static HeapRangeHeader* of(const void* address) {
    return reinterpret_cast<HeapRangeHeader*>(reinterpret_cast<uintptr_t>(address) &
                                              ~(kHeapRangeAlignment - 1));
  }
};

}  // namespace gcmap
