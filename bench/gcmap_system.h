// This library's map, as MapWork (map_work.h) uses it: a heap with the default pacing, which collects when it
// sees fit while the work is timed. String keys are handed over as views; the map copies their bytes into
// the heap.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string_view>

#include "gcmap/gcmap.h"

namespace gcmap::bench {

template <typename Key>
class GcmapSystem {
 public:
  void renew() {
    map_.reset();
    settle();
    map_.emplace(heap_);
  }
  void settle() { heap_.collect(); }
  void insert(Key key, uint64_t value) { (*map_)[key] = value; }
  const uint64_t* find(Key key) const {
    const auto found = map_->find(key);
    return found ? &(*found).second : nullptr;
  }
  void erase(Key key) { map_->erase(key); }
  template <typename Visit>
  void each(Visit visit) const {
    for (const auto [key, value] : *map_) visit(key, value);
  }

 private:
  using Stored = std::conditional_t<std::same_as<Key, std::string_view>, String, Key>;
  Heap heap_;
  std::optional<Map<Stored, uint64_t>> map_;
};

}  // namespace gcmap::bench
