// Boehm's collector, as gc_work.h uses it: the default settings and plain pointers, which it finds wherever
// they are. Objects without references are allocated as such.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <gc/gc.h>
#include <gc/gc_allocator.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <new>
#include <utility>

#include "gcmap/handles.h"

namespace gcmap::bench {

class BoehmObjects {
 public:
  BoehmObjects() { GC_INIT(); }

  // A pointer with the interface of Member and Local.
  template <typename T>
  class Pointer {
   public:
    Pointer() = default;
    Pointer(BoehmObjects&, T* value) : value_(value) {}
    Pointer& operator=(T* value) {
      value_ = value;
      return *this;
    }
    T* get() const { return value_; }
    T* operator->() const { return value_; }
    T& operator*() const { return *value_; }
    explicit operator bool() const { return value_ != nullptr; }

   private:
    T* value_ = nullptr;
  };
  template <typename T>
  using Field = Pointer<T>;
  template <typename T>
  using Handle = Pointer<T>;

  // absl::flat_hash_map, its array allocated where the collector scans it.
  template <typename T>
  class Table {
   public:
    explicit Table(BoehmObjects&) {}
    void put(uint64_t key, T* value) { map_.insert_or_assign(key, value); }
    void erase(uint64_t key) { map_.erase(key); }
    T* find(uint64_t key) const {
      const auto found = map_.find(key);
      return found != map_.end() ? found->second : nullptr;
    }
    template <typename Visit>
    void each(Visit visit) const {
      for (const auto& [key, value] : map_) visit(key, value);
    }

   private:
    using Allocator = gc_allocator<std::pair<const uint64_t, T*>>;
    absl::flat_hash_map<uint64_t, T*, absl::Hash<uint64_t>, std::equal_to<>, Allocator> map_;
  };

  template <typename T>
  T* make() {
    return new (allocate<T>(sizeof(T))) T();
  }
  template <typename T>
  T* make_array(size_t count) {
    return new (allocate<T>(count * sizeof(T))) T[count]();
  }
  void collect() { GC_gcollect(); }

 private:
  template <typename T>
  void* allocate(size_t bytes) {
    void* const memory = Traceable<T> ? GC_MALLOC(bytes) : GC_MALLOC_ATOMIC(bytes);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
  }
};

}  // namespace gcmap::bench
