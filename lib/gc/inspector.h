// A read-only look at every object of a heap: for verifiers, digests, reports and oracles.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "gcmap/heap.h"

namespace gcmap {

struct Span;

struct ObjectView {
  const void* address;
  size_t bytes;      // requested
  const Type* type;  // null for noscan objects
  bool marked;
};

class HeapInspector {
 public:
  explicit HeapInspector(const Heap& heap) : heap_(heap) {}

  // The object that contains `address` (interior pointers included); nothing if no live object does.
  std::optional<ObjectView> find(const void* address) const;

  // Every allocated object in address order. While a sweep is running, objects in unswept spans that the
  // sweep will free are left out, and so is what an allocation is making at kAllocationClaimed and
  // kAllocationZeroed.
  void for_each_object(const std::function<void(const ObjectView&)>& visit) const;

  // Every root slot.
  void for_each_root(const std::function<void(void* const* slot)>& visit) const;

  // Objects reachable from the roots, found by a plain depth-first walk that shares no code with the
  // marker. Pointers that lead outside every live object are reported as H7 in `violations`.
  std::vector<ObjectView> reachable(Violations* violations) const;

 private:
  bool is_object(const Span& span, uint32_t slot) const;

  const Heap& heap_;
};

}  // namespace gcmap
