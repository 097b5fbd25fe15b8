// Which memory of a heap may be read, however broken what leads there is.
//
// A report shows states after a failure, and under planted faults: links that dangle, arrays that were freed.
// Nothing is followed here that the heap does not say is a live object.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "gcmap/heap.h"
#include "gcmap/internal/gc/verify/inspector.h"

namespace gcmap::harness {

class SoundMemory {
 public:
  explicit SoundMemory(const Heap& heap) : heap_(heap), inspector_(heap) {}

  // Do the `bytes` from `address` on lie in one live object?
  bool covers(const void* address, size_t bytes) const {
    if (address == nullptr || !heap_.contains(address)) return false;
    const std::optional<ObjectView> object = inspector_.find(address);
    if (!object) return false;
    const auto* const end = static_cast<const char*>(object->address) + object->bytes;
    const auto* const begin = static_cast<const char*>(address);
    return begin <= end && bytes <= static_cast<size_t>(end - begin);
  }

  // Does a live object start at `address`?
  bool is_object(const void* address) const {
    if (address == nullptr || !heap_.contains(address)) return false;
    const std::optional<ObjectView> object = inspector_.find(address);
    return object && object->address == address;
  }

  // 0: null.
  uint64_t offset_of(const void* address) const { return address == nullptr ? 0 : heap_.offset_of(address); }

  const HeapInspector& inspector() const { return inspector_; }

 private:
  const Heap& heap_;
  HeapInspector inspector_;
};

}  // namespace gcmap::harness
