// A heap that lives to be filled: with a list of nodes, which is alive, and pointer-free garbage.
#pragma once

#include <cstdint>
#include <string>

#include "gcmap/handles.h"
#include "gcmap/heap.h"
#include "harness/subject/node.h"

namespace gcmap::harness {

class FilledHeap {
 public:
  explicit FilledHeap(const HeapOptions& options) : heap_(options), last_(heap_) {}

  // Fills as many pages, collects, and fills what has become free again.
  // Errors: Failure: H14, an object was not zero when it was made; G2 and G3, what is alive is not the list;
  // what the verifiers say. std::bad_alloc.
  void fill(uint64_t pages);

  Heap& heap() { return heap_; }

 private:
  void make_node(uint64_t bytes);
  void make_garbage(uint64_t bytes);
  void expect_zero(const void* object, uint64_t bytes) const;
  void check_list() const;

  Heap heap_;
  Root<Node> last_;  // of the list; link 0 leads to the one before
  uint64_t nodes_ = 0;
};

}  // namespace gcmap::harness
