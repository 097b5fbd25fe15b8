// The write barrier: what keeps an incremental mark phase from losing objects.
//
// Why. While marking, the program moves pointers about between objects already scanned (black) and not yet
// (white). An object is lost when its only remaining pointer moves into a black object: the store hides it,
// and erasing the old place cuts the last path the marker could have taken. The barrier is the hybrid one (Go
// proposal 17503), both halves unconditionally:
//   shade the new value (insertion, Dijkstra): a pointer that came out of a root already dropped, or of one
//     the scan has not reached, does not hide behind a black object. Without it reachable objects are lost,
//     as roots are scanned in steps and dropping one shades nothing.
//   shade the old value (deletion, Yuasa): the path that is about to be cut stays visible. What the slot led
//     to is marked, whatever becomes of it. As handles shade what they take, reachable objects do not need
//     this half while all mutators share one thread; pointers in registers do once another thread marks.
//
// Protocol of a store to `slot`, while HeapDoor::marking():
//   1. EventSink::on_barrier(slot, old, new), if the value changes    nothing has changed yet
//   2. shade(old), shade(new)                                        into the mutator's barrier buffer
//   3. buffer full: every entry is shaded for good, then decision point kBarrierFlush
//   4. *slot = new
// Bulk forms run 1-3 for every slot of the range before the first byte changes. Shading is enough for handles
// outside the heap: they are roots, and roots are scanned or shaded when they change.
//
// Invariants: G9, every slot of a live object that changes while marking was announced in step 1, and what a
// handle takes was shaded; when marking ends all of it is marked. An address in a barrier buffer is that of
// an object that was live when it was added; nothing is freed while marking, so it still is when the buffer
// is drained. Marking does not end before all buffers are empty (phase.h).
//
// Not here: the fast path (Heap::store), one load and one branch; nothing below runs outside marking.
//
// Relied on by: Member<T>, the map's evacuation and clear (bulk forms), RootHandle (shade).
#pragma once

#include <cstddef>

#include "gc/cycle/mutators.h"
#include "gcmap/internal/alloc/type.h"
#include "gcmap/internal/base/event.h"

namespace gcmap {

// What the barrier shades into when a buffer is full.
class BarrierFlush {
 public:
  // Step 3.
  virtual void flush_full(Mutator& mutator) noexcept = 0;

 protected:
  ~BarrierFlush() = default;
};

class WriteBarrier {
 public:
  WriteBarrier(const Mutators& mutators, BarrierFlush& flush) : mutators_(mutators), flush_(flush) {}

  // The sink, not owned; null: nobody listens.
  void set_sink(EventSink* sink) { sink_ = sink; }

  // Steps 1-3.
  // Requires: marking.
  void before_store(void* const* slot, const void* value);

  // Steps 1-3 for the pointer slots of `bytes` bytes at `target` that are about to become those at `source`,
  // or null if `source` is.
  void before_store_range(const Type& type, const void* target, const void* source, size_t bytes);

  // A handle outside the heap takes `value`: tells the sink, shades.
  // Requires: marking; `value` is not null.
  void before_handle(const void* value);

  // Shades the object `address` points to or into; null is ignored.
  // Requires: marking.
  void shade(const void* address);

 private:
  const Mutators& mutators_;
  BarrierFlush& flush_;
  EventSink* sink_ = nullptr;
};

}  // namespace gcmap
