// The mutators of a heap: they take turns, and one of them is the current one.
//
// Not here: what a step does for all of them (collector.h).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "gc/cycle/mutator.h"
#include "gcmap/internal/alloc/object_space.h"

namespace gcmap {

class Mutators {
 public:
  // With one, which is current.
  Mutators(ObjectSpace& space, uint32_t barrier_buffer_entries)
      : space_(space), barrier_buffer_entries_(barrier_buffer_entries), current_(&add()) {}

  // As Heap's members of the same name; add neither enters the new one nor tells it of its slow path.
  Mutator& add();
  void enter(Mutator& mutator);
  // Requires: its barrier buffer is empty.
  void remove(Mutator& mutator);

  // Ends the process unless `mutator` can be removed.
  void require_removable(const Mutator& mutator) const;

  Mutator& current() const { return *current_; }

  // Oldest first, never empty.
  auto begin() const { return all_.begin(); }
  auto end() const { return all_.end(); }

 private:
  void require_own(const Mutator& mutator) const;

  ObjectSpace& space_;
  const uint32_t barrier_buffer_entries_;
  std::vector<std::unique_ptr<Mutator>> all_;
  Mutator* current_;
};

}  // namespace gcmap
