// Why an object is alive: a shortest path of pointers from a root.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "gcmap/heap.h"

namespace gcmap {

// The shortest paths from the roots to everything reachable, at the time of construction. Pointers that lead
// to no live object are passed over. Changes nothing.
// Cost: a walk of the heap, and a record for each object.
class RetentionPaths {
 public:
  explicit RetentionPaths(const Heap& heap);

  // "root 2 -> heap+0x2040 (object) byte 8 -> heap+0x2080 (object)", roots counted in the order of
  // HeapInspector::for_each_root; "nothing leads to heap+0x2080" if so. `object` is the start of an object.
  std::string to(const void* object) const;

 private:
  struct Step {
    const void* from;  // null: a root
    size_t place;      // its number, or the byte of `from`
  };

  std::string name_of(const void* object) const;

  const Heap& heap_;
  std::unordered_map<const void*, Step> steps_;
};

}  // namespace gcmap
