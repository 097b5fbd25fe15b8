// What a heap with a quarantine must not do: hand out again what it freed a short while ago.
//
//   H13  memory of a freed object is in no new one until as many others were freed as the quarantine holds
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <unordered_map>

#include "gcmap/heap.h"
#include "gcmap/internal/base/event.h"
#include "harness/oracle/failure.h"

namespace gcmap::harness {

class QuarantineOracle final : public EventSink {
 public:
  // `objects`: as HeapOptions::quarantine_objects; 0: nothing is held, and nothing watched.
  QuarantineOracle(const Heap& heap, uint32_t objects) : heap_(heap), objects_(objects) {}

  void on_free(const void* object, const Type* type) override;
  void on_allocate(const void* object, size_t bytes, uint64_t serial) override;

  // The first complaint since the last call. The sink cannot throw through the collector.
  std::optional<Failure> take_failure();

 private:
  const Heap& heap_;
  uint32_t objects_;
  std::unordered_map<const void*, size_t> bytes_;  // of what is alive, since the heap tells
  std::deque<const void*> order_;                  // of the last `objects_` that were freed, oldest first
  std::map<uintptr_t, uintptr_t> held_;            // where each begins and ends
  std::optional<Failure> failure_;
};

}  // namespace gcmap::harness
