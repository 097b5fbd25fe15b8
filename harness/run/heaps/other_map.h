// A map in another heap, whose keys and values are numbers from kFirst on, each led to by that alone.
#pragma once

#include <cstdint>
#include <memory>

#include "gcmap/heap.h"
#include "harness/program/map_kind.h"
#include "harness/subject/map_adapter.h"

namespace gcmap::harness {

// Of maps that no program names: what it arms is for others.
class PlainHasher final : public KeyHasher {
 public:
  uint64_t hash(uint64_t key, uint64_t seed, uint64_t) const override {
    return (key ^ seed) * 0x9e3779b97f4a7c15u;
  }
};

class OtherMap {
 public:
  static constexpr uint64_t kFirst = 4;  // smaller numbers name zeroes and NaNs where keys are floats
  static constexpr uint64_t kEntries = 3;

  OtherMap(const HeapOptions& options, MapKind kind);

  Heap& heap() { return heap_; }
  MapAdapter& handle() { return *handle_; }
  // A handle on an empty map of the kind.
  std::unique_ptr<MapAdapter> spare_handle() { return make_adapter(kind_, heap_, hasher_, 0, 0); }

  // One entry more, by a handle on the map.
  void put(MapAdapter& map);
  // G13: the handle keeps the map and all its entries alive in their heap.
  // Errors: Failure.
  void check(const MapAdapter& map) const;

 private:
  Heap heap_;
  PlainHasher hasher_;
  MapKind kind_;
  uint64_t entries_ = 0;
  std::unique_ptr<MapAdapter> handle_;
};

}  // namespace gcmap::harness
