// Objects that the tests of this folder make.
#pragma once

#include <cstddef>
#include <cstdint>

#include "gcmap/handles.h"
#include "gcmap/heap.h"

namespace gcmap {

struct Pair {
  Member<Pair> left;
  Member<Pair> right;
  void trace(Visitor& visitor) const {
    visitor.trace(left);
    visitor.trace(right);
  }
};

// Arrays of pointers: by offsets, and by a trace function.
inline constexpr uint32_t kFirstWord[] = {0};
inline constexpr Type kArray{
    .name = "array", .size = sizeof(void*), .pointer_offsets = kFirstWord, .pointer_count = 1};
inline const Type kTraced{
    .name = "traced array",
    .size = sizeof(void*),
    .trace =
        [](const Type&, const void* object, size_t bytes, SlotVisitor& visitor) {
          for (size_t i = 0; i < bytes / sizeof(void*); ++i)
            visitor.visit(static_cast<void* const*>(object) + i);
        },
};

}  // namespace gcmap
