#include "gcmap/internal/gc/lifetime/weak_containers.h"

#include "gcmap/heap.h"
#include "gcmap/internal/gc/heap_door.h"
#include "gcmap/internal/gc/lifetime/lifetimes.h"

namespace gcmap {

WeakContainer::WeakContainer(Heap& heap)
    : lifetimes_(HeapDoor::lifetimes(heap)), registry_(lifetimes_.containers), seen_(registry_.endings()) {
  HeapDoor::lifetimes(heap).add_dependent();
  registry_.add(*this);
}

WeakContainer::~WeakContainer() {
  registry_.remove(*this);
  lifetimes_.remove_dependent();
}

bool WeakContainer::up_to_date() const {
  return seen_ == registry_.endings();
}

// Expunging may allocate, and so another mark phase may end meanwhile.
void WeakContainer::update() noexcept {
  const uint64_t endings = registry_.endings();
  if (seen_ != endings && expunge()) seen_ = endings;
}

void WeakContainers::remove(WeakContainer& container) {
  if (next_ == &container) next_ = container.list_next;
  all_.remove(container);
}

// A callback of a container may lead here again: the inner call then serves all the others.
void WeakContainers::expunge() noexcept {
  for (WeakContainer* container = all_.front(); container != nullptr; container = next_) {
    next_ = container->list_next;
    container->update();
  }
}

bool leads_to_dead(const Heap& heap, const WeakCell& cell) {
  const void* const target = cell.target;
  return target == nullptr ||
         (heap.phase() == Phase::kSweep && !HeapDoor::lifetimes(Heap::of(&cell)).is_alive(target));
}

}  // namespace gcmap
