#include "gcmap/internal/gc/lifetime/weak_cells.h"

#include <memory>
#include <utility>

#include "gcmap/internal/base/check.h"
#include "gcmap/internal/base/counter.h"

namespace gcmap {

const Type& weak_cell_type() {
  static constexpr Type type{.name = "weak cell", .size = sizeof(WeakCell), .alignment = alignof(WeakCell)};
  return type;
}

WeakCells::~WeakCells() {
  while (WeakSpecial* const special = all_.pop_front()) delete special;
}

WeakCell* WeakCells::find(const void* object) const {
  const auto* const special = static_cast<WeakSpecial*>(specials_.find(object, Special::Kind::kWeakCell));
  return special != nullptr ? special->cell : nullptr;
}

void WeakCells::attach(void* object, WeakCell* cell) {
  auto special = std::make_unique<WeakSpecial>(cell);
  specials_.attach(*special, object);
  cell->target = object;
  all_.push_back(*special.release());
  ++count_;
}

void WeakCells::clear(WeakSpecial& special) noexcept {
  GCMAP_CHECK(special.cell->target == special.object,
              "the weak cell of %p leads to %p: cleared before, or freed and used again", special.object,
              special.cell->target);
  special.cell->target = nullptr;
  specials_.detach(special);
  if (&special == next_) next_ = special.list_next;
  all_.remove(special);
  take_off(count_, 1, "weak cells");
  delete &special;
}

bool WeakCells::scan_one(RootMarker& marker) noexcept {
  if (next_ == nullptr) return false;
  marker.shade(std::exchange(next_, next_->list_next)->cell);
  return true;
}

}  // namespace gcmap
