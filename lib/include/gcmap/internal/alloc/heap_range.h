// The first page of a heap's address range: what can be found from any address inside it by masking.
//
// Layout: every range starts at a multiple of kHeapRangeAlignment, so `address & -alignment` is its
// header. Page 0 holds the header and no objects.
//
// Which ranges belong to a live heap is known by the number of their alignment unit; checked builds ask for
// each address they are given.
//
// Relied on by: Heap::of, Heap::store and HeapDoor::notify_at, of whose fast paths a flag of the header is
// the one load.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "gcmap/internal/base/checked.h"
#include "gcmap/internal/base/thread_use.h"

namespace gcmap {

class Heap;

inline constexpr size_t kHeapRangeAlignment = size_t{256} << 30;  // bytes; also the largest range
inline constexpr size_t kPageBytes = 8192;

// The ranges of live heaps.
class HeapRanges {
 public:
  static void add(const void* base) { mark(base, true); }
  static void remove(const void* base) { mark(base, false); }

  // Does `address` lie in one of them?
  static bool contain(const void* address) {
    return number(address) < kCount && live_[number(address)].load(std::memory_order_relaxed);
  }

 private:
  static constexpr size_t kCount = (size_t{1} << 47) / kHeapRangeAlignment;  // of the user's address space
  static size_t number(const void* address) {
    return reinterpret_cast<uintptr_t>(address) / kHeapRangeAlignment;
  }
  static void mark(const void* base, bool live) {
    live_[number(base)].store(live, std::memory_order_relaxed);
  }

  static inline constinit std::atomic<bool> live_[kCount] = {};
};

struct HeapRangeHeader {
  bool barrier_on;    // marking: pointer stores are recorded and shaded
  bool weak_guarded;  // reading a weak cell has more to do than load a word
  bool watched;       // somebody is told of decision points, or asked at them
  Heap* heap;
  [[no_unique_address]] ThreadUse use;

  // What checked builds say of a pointer that leads elsewhere.
  static constexpr char kOtherHeap[] =
      "%p is no object of this heap but of another one, or of none: handles, Members and map entries lead to "
      "objects of their own heap";

  // Requires: in the range of a live heap.
  static HeapRangeHeader* of(const void* address) {
    GCMAP_USE_CHECK(
        HeapRanges::contain(address),
        "%p lies in no heap: a Member, WeakMember or String outside a collected object (on the "
        "stack, in a global, in memory from new)? an object of a heap that is gone? Outside a heap "
        "hold objects by Root, Local or Weak",
        address);
    return masked(address);
  }

  // The same of any address, which may be no heap's.
  static HeapRangeHeader* masked(const void* address) {
    return reinterpret_cast<HeapRangeHeader*>(reinterpret_cast<uintptr_t>(address) &
                                              ~(kHeapRangeAlignment - 1));
  }
};

}  // namespace gcmap
