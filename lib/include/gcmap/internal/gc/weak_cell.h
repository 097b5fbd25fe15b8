// The collected object behind every weak reference to another one: gc/lifetime/weak_cells.h.
#pragma once

#include "gcmap/internal/alloc/type.h"

namespace gcmap {

// In the heap, pointer-free: the marker does not see where it leads. Read through HeapDoor::target_of.
struct WeakCell {
  void* target = nullptr;  // null: cleared
};

const Type& weak_cell_type();

}  // namespace gcmap
