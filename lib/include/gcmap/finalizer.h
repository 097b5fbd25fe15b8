// Finalizers, typed: what is to be called when an object has become unreachable.
//
//   gcmap::set_finalizer(file, [](File& file) { ::close(file.descriptor); });
//   heap.collect();
//   heap.run_finalizers();
//
// A finalizer runs once, from Heap::run_finalizers and nowhere else, with its object alive. It may keep the
// object (and set another finalizer), allocate, collect. What the object leads to is alive too and has not
// been finalized before it; objects on a circle are never finalized. As in Go; gc/lifetime/finalizers.h says
// it exactly.
//
// Names a place to release what is not memory. That it runs in time is not promised; that it runs at all
// neither: what is still reachable when the heap dies is not finalized.
#pragma once

#include <functional>
#include <utility>

#include "gcmap/heap.h"

namespace gcmap {

// `call(T&)` is called when `object` has become unreachable.
// Errors: as Heap::set_finalizer.
template <typename T, typename Call>
void set_finalizer(T* object, Call call) {
  Heap::of(object).set_finalizer(
      object, [call = std::move(call)](void* dying) mutable { std::invoke(call, *static_cast<T*>(dying)); });
}

// Takes the finalizer off `object`.
// Returns whether it had one.
// Errors: as Heap::clear_finalizer.
template <typename T>
bool clear_finalizer(T* object) {
  return Heap::of(object).clear_finalizer(object);
}

}  // namespace gcmap
