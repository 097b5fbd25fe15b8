// What our own layers ask of a heap and its users do not: barrier and handles, decision points, specials.
//
// Handles, maps, containers, verifiers and harness come through here; class Heap shows what a program uses.
// Hot paths are inlined into their users.
#pragma once

#include <cstddef>

#include "gcmap/heap.h"
#include "gcmap/internal/gc/weak_cell.h"

namespace gcmap {

class Collector;
class Lifetimes;
class RootList;

class HeapDoor {
 public:
  // Shades `value` if marking: for handles outside the heap, which have no slot in it.
  static void shade(Heap& heap, const void* value) {
    if (value != nullptr && heap.range_->barrier_on) [[unlikely]]
      shade_slow(heap, value);
  }

  static bool marking(const Heap& heap) { return heap.range_->barrier_on; }

  // As Heap::store for many slots at once: the barrier sees every old value and every new one before anything
  // changes. store_range copies, the ranges may overlap; clear_range writes nulls. `type` tells which words
  // of the `bytes` long range are pointer slots; all bytes are copied or cleared.
  // Requires: whole elements of `type`; if it has a trace function, target and source trace the same slots.
  static void store_range(const Type& type, void* target, const void* source, size_t bytes);
  static void clear_range(const Type& type, void* target, size_t bytes);

  // Reports `point` to the sink and asks the pacing strategy.
  // Requires: no unrooted pointer is held.
  static void notify(Heap& heap, DecisionPoint point) noexcept;

  // The same for hot paths, from an address in the heap.
  // Cost: one load and one predictable branch, unless somebody watches.
  static void notify_at(const void* address, DecisionPoint point) {
    HeapRangeHeader* const header = HeapRangeHeader::of(address);
    if (header->watched) [[unlikely]]
      notify(*header->heap, point);
  }

  // The weak cell of an object, made if there is none. May collect.
  // Errors: as Heap::set_finalizer.
  static WeakCell* weak_cell(Heap& heap, void* object);

  // What a weak cell leads to; null once that is dead. While marking it is shaded. May mark.
  static void* target_of(const WeakCell& cell) {
    HeapRangeHeader* const header = HeapRangeHeader::of(&cell);
    if (header->weak_guarded) [[unlikely]]
      return read_weak(*header->heap, cell);
    return cell.target;
  }

  // For what hangs on objects: gc/lifetime/lifetimes.h.
  static Lifetimes& lifetimes(Heap& heap);

  // Seeds of maps and starts of iterations come from here.
  static Random& random(Heap& heap) { return heap.random_; }

  // The roots of the current mutator.
  static RootList& roots(Heap& heap);

  // An operation of this heap begins: see base/thread_use.h.
  static ThreadUse& thread_use(const Heap& heap) { return heap.range_->use; }

  // For lib/gc alone.
  static Collector& collector(const Heap& heap) { return *heap.collector_; }

 private:
  static void shade_slow(Heap& heap, const void* value);
  static void* read_weak(Heap& heap, const WeakCell& cell);
};

}  // namespace gcmap
