// Weak cells: the collected object behind every weak reference to another one.
//
// Layout. An object that is referred to weakly has one cell, whoever refers to it: a pointer-free object of
// one word, the address of its target. Handles and fields hold the cell strongly; nothing holds the target.
//
//   Weak<T>, WeakMember<T> --strong--> cell --(unseen by the marker)--> target
//                                       ^                                 |
//                                       +--- special of the target -------+  strong, and a root
//
// As there is one cell to an object, all references to it agree; that two of them are equal is a comparison
// of cells. As Go's weak.Pointer (runtime/mheap.go, getOrAddWeakHandle).
//
// Death is decided when marking ends: from then on a target left unmarked is dead, and `target` says so
// although the cell still holds its address. The sweeper clears the cell when it comes to the target's span -
// before it queues the finalizer. So ending the mark phase costs nothing per weak reference, and they are
// exact at every moment of the sweep.
//
// Why the special is a root. The cell must still be there when the target's span is swept, be it that the
// cell's own span was swept long before and nobody held it: it lives exactly a cycle longer than its target.
//
// Invariant (G5): a cell is cleared, or its target is alive; no cleared cell is set again.
#pragma once

#include <cstdint>

#include "gcmap/internal/base/intrusive_list.h"
#include "gcmap/internal/gc/lifetime/root_marker.h"
#include "gcmap/internal/gc/lifetime/specials.h"
#include "gcmap/internal/gc/weak_cell.h"

namespace gcmap {

struct WeakSpecial : Special, ListLink<WeakSpecial> {
  explicit WeakSpecial(WeakCell* cell_of_target) : Special(Kind::kWeakCell), cell(cell_of_target) {}
  WeakCell* const cell;
};

class WeakCells {
 public:
  explicit WeakCells(Specials& specials) : specials_(specials) {}
  ~WeakCells();
  WeakCells(const WeakCells&) = delete;
  WeakCells& operator=(const WeakCells&) = delete;

  // The cell of an object; null when it has none.
  WeakCell* find(const void* object) const;

  // Makes `cell`, a new object, the cell of `object`, which has none.
  // Errors: std::bad_alloc, then nothing changed.
  void attach(void* object, WeakCell* cell);

  // The object of `special` is dead: clears its cell and deletes the special.
  void clear(WeakSpecial& special) noexcept;

  // Scanning, a cell at a time. scan_one returns false when all are scanned.
  void begin_scan() { next_ = all_.front(); }
  bool scan_one(RootMarker& marker) noexcept;
  bool scan_done() const { return next_ == nullptr; }

  // For verifiers.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    all_.for_each(visit);
  }
  uint64_t count() const { return count_; }

 private:
  Specials& specials_;
  IntrusiveList<WeakSpecial> all_;
  WeakSpecial* next_ = nullptr;  // to scan next; null: all are scanned
  uint64_t count_ = 0;
};

}  // namespace gcmap
