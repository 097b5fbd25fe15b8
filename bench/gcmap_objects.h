// This library's collector, as gc_work.h uses it: a heap with default options, objects as a program would
// write them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "gcmap/gcmap.h"

namespace gcmap::bench {

class GcmapObjects {
 public:
  template <typename T>
  using Field = Member<T>;

  template <typename T>
  class Handle : public Local<T> {
   public:
    Handle(GcmapObjects& system, T* value) : Local<T>(system.heap_, value) {}
    using Local<T>::operator=;
  };

  template <typename T>
  class Table {
   public:
    explicit Table(GcmapObjects& system) : map_(system.heap_) {}
    void put(uint64_t key, T* value) { map_.insert_or_assign(key, value); }
    void erase(uint64_t key) { map_.erase(key); }
    T* find(uint64_t key) const {
      const auto found = map_.find(key);
      return found ? (*found).second.get() : nullptr;
    }
    template <typename Visit>
    void each(Visit visit) const {
      for (const auto [key, value] : map_) visit(key, value.get());
    }

   private:
    Map<uint64_t, Member<T>> map_;
  };

  template <typename T>
  T* make() {
    return gcmap::make<T>(heap_);
  }
  template <typename T>
  T* make_array(size_t count) {
    return static_cast<T*>(heap_.allocate(type_of<T>(), count));
  }
  void collect() { heap_.collect(); }

 private:
  Heap heap_;
};

}  // namespace gcmap::bench
