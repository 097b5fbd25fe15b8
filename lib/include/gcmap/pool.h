// Pool<T>: objects to be used again instead of made anew.
//
//   Pool<Buffer> pool(heap);
//   Local<Buffer> buffer(heap, pool.get_or([&] { return gcmap::make<Buffer>(heap); }));
//   ...
//   buffer->reset();
//   pool.put(buffer.get());
//
// What nobody takes out is given up: an object that is in the pool when one collection starts and still is
// when the next one does dies with that one, unless something else leads to it. As Go's sync.Pool;
// gc/lifetime/pools.h says it exactly. So a pool is no cache: it may be empty at any time, and what is put in
// may never come out.
//
// An object in the pool keeps alive what it leads to, and comes out as it was put in: it is its user's to
// clear it, before putting it in rather than after taking it out. Nobody may use an object after having put
// it in, nor put it in twice.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

#include "gcmap/handles.h"
#include "gcmap/internal/gc/lifetime/pools.h"

namespace gcmap {

// Outside the heap; must be gone before it. All costs are O(1).
template <typename T>
class Pool {
 public:
  explicit Pool(Heap& heap) : objects_(heap) {}

  // The object put in last, or null. Root it before anything else happens.
  T* get() noexcept { return static_cast<T*>(objects_.get()); }

  // The same, or what `make` returns.
  // Errors: those of `make`.
  template <typename Make>
  T* get_or(Make&& make) {
    T* const object = get();
    return object != nullptr ? object : std::forward<Make>(make)();
  }

  // Puts `object` in; null is ignored. It is dropped instead if there is no memory to note it, or if
  // HeapOptions::bypass_pools says so. May collect: who holds other objects roots them.
  void put(T* object) noexcept {
    if (object != nullptr) objects_.put(const_cast<std::remove_const_t<T>*>(object));
  }

  void clear() noexcept { objects_.clear(); }

  uint64_t size() const { return objects_.primary_count() + objects_.victim_count(); }
  // Of those, the ones the next collection gives up.
  uint64_t victims() const { return objects_.victim_count(); }

 private:
  ObjectPool objects_;
};

}  // namespace gcmap
