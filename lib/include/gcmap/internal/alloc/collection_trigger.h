// What allocation asks of the collector: the one call from alloc up to gc.
#pragma once

#include "gcmap/internal/alloc/size_class.h"

namespace gcmap {

class CollectionTrigger {
 public:
  // The cached span is exhausted, or a large object is wanted. Nothing has been taken: any collector step
  // may run.
  virtual void on_allocation_slow() = 0;

  // Sweeps one unswept span of the class. Any collector step may run.
  // Returns false when all are swept.
  virtual bool sweep_one(SpanClass span_class) = 0;

  // The page heap is exhausted. Frees what may be freed in one step; returns false when nothing is left to
  // do, upon which the allocation fails.
  virtual bool reclaim() = 0;

 protected:
  ~CollectionTrigger() = default;
};

}  // namespace gcmap
