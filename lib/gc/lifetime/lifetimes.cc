#include "gcmap/internal/gc/lifetime/lifetimes.h"

#include "gcmap/heap.h"
#include "gcmap/internal/base/check.h"
#include "gcmap/internal/base/sometimes.h"
#include "gcmap/internal/gc/lifetime/ephemerons.h"
#include "gcmap/internal/gc/lifetime/watches.h"

namespace gcmap {

Lifetimes::Lifetimes(ObjectSpace& space, const HeapOptions& options)
    : specials(space),
      finalizers(specials),
      weak_cells(specials),
      arenas(space, specials, options.clobber_freed),
      pools(options.bypass_pools),
      space_(space) {}

Lifetimes::~Lifetimes() {
  GCMAP_CHECK(dependents_ == 0, "%llu reference queues, weak maps, arenas or pools outlive their heap",
              static_cast<unsigned long long>(dependents_));
}

void Lifetimes::begin_scan() {
  finalizers.begin_scan();
  weak_cells.begin_scan();
}

bool Lifetimes::scan_one(RootMarker& marker) noexcept {
  return finalizers.scan_one(marker) || weak_cells.scan_one(marker);
}

bool Lifetimes::is_alive(const void* object) const {
  const Span* const span = space_.pages().index().span_of(object);
  GCMAP_CHECK(span != nullptr, "%p is asked for and lies in no span: its cell or entry outlived it", object);
  return space_.is_object(*span, span->slot_of(object));
}

void Lifetimes::clear_dead_specials(Span& span) noexcept {
  GCMAP_CHECK(
      space_.needs_sweep(span),
      "a span of generation %u loses its dead at generation %u: swept already, its mark bits say nothing",
      span.sweepgen, space_.sweepgen());
  for (uint32_t slot = 0; span.specials != nullptr && slot < span.slot_count; ++slot) {
    if (span.specials[slot] != nullptr && !span.is_marked(slot)) clear_dead_specials_of(span, slot);
  }
}

void Lifetimes::clear_dead_specials_of(Span& span, uint32_t slot) noexcept {
  Finalizer* finalizer = nullptr;
  for (Special* special = span.specials[slot]; special != nullptr;) {
    Special* const next = special->next;
    switch (special->kind) {
      case Special::Kind::kFinalizer:
        finalizer = static_cast<Finalizer*>(special);
        break;
      case Special::Kind::kWeakCell:
        weak_cells.clear(*static_cast<WeakSpecial*>(special));
        break;
      case Special::Kind::kEphemeron: {
        auto& entry = *static_cast<Ephemeron*>(special);
        entry.table.forget(entry);
        break;
      }
      case Special::Kind::kWatch:
        break;
      case Special::Kind::kArenaChunk:
        GCMAP_CHECK(false, "the chunk at %p of an arena that lives was not marked: missed root or barrier?",
                    special->object);
        break;
    }
    special = next;
  }
  if (finalizer != nullptr) {
    GCMAP_SOMETIMES(finalizer->next != nullptr || span.specials[slot] != finalizer,
                    "an object with a finalizer dies with a watch on it");
    finalizers.queue(*finalizer);
    span.set_mark(slot);
    revived_bytes_ += span.slot_bytes;
    if (!span.noscan()) revived_scannable_bytes_ += span.slot_bytes;
    return;
  }
  while (Special* const special = Specials::first(span, slot)) {
    auto& watch = *static_cast<Watch*>(special);
    watch.list.fire(watch);
  }
}

}  // namespace gcmap
