// Containers whose entries disappear with the objects they name.
//
// The third inversion (docs/ARCHITECTURE.md): the collector knows that objects have died and the container,
// of a layer above, what to do about it. So the container implements WeakContainer, and is called where none
// of its operations can be under way but through a callback of its own: at the end of Heap::collect,
// Heap::safepoint and Heap::run_finalizers, never from a collector step. It also calls itself before
// it writes.
//
// Death is decided when marking ends (weak_cells.h): all entries that died in a cycle do so at that moment,
// and one visit after it finds them all.
#pragma once

#include <cstdint>

#include "gcmap/internal/base/intrusive_list.h"
#include "gcmap/internal/gc/weak_cell.h"

namespace gcmap {

class Heap;
class Lifetimes;
class WeakContainers;

class WeakContainer : public ListLink<WeakContainer> {
 public:
  WeakContainer(const WeakContainer&) = delete;
  WeakContainer& operator=(const WeakContainer&) = delete;

  // Has nothing died since the last expunging that was finished?
  bool up_to_date() const;

  // Expunges unless up to date.
  void update() noexcept;

 protected:
  explicit WeakContainer(Heap& heap);
  ~WeakContainer();

  // Removes entries that name dead objects.
  // Returns false if it left some, to be called again.
  virtual bool expunge() noexcept = 0;

 private:
  Lifetimes& lifetimes_;
  WeakContainers& registry_;
  uint64_t seen_;  // WeakContainers::endings at the beginning of the last expunging that was finished
};

// Those of a heap.
class WeakContainers {
 public:
  void add(WeakContainer& container) { all_.push_back(container); }
  void remove(WeakContainer& container);

  void marking_ended() { ++endings_; }
  uint64_t endings() const { return endings_; }  // of mark phases, since creation

  // Brings every container up to date.
  // Cost: O(containers), and what expunging costs once after each mark phase.
  void expunge() noexcept;

 private:
  IntrusiveList<WeakContainer> all_;
  WeakContainer* next_ = nullptr;  // of a running expunge(), the innermost
  uint64_t endings_ = 0;
};

// Is what `cell` leads to dead, or gone? Unlike reading the cell it shades nothing and is no decision point.
bool leads_to_dead(const Heap& heap, const WeakCell& cell);

}  // namespace gcmap
