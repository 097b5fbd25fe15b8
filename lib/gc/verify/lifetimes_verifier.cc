#include "gc/verify/lifetimes_verifier.h"

#include <string>
#include <unordered_set>
#include <utility>

#include "gcmap/internal/gc/lifetime/lifetimes.h"

namespace gcmap {
namespace {

std::string text(uint64_t value) {
  return std::to_string(value);
}

class LifetimesVerifier {
 public:
  LifetimesVerifier(const ObjectSpace& space, const Lifetimes& lifetimes, Violations* violations)
      : space_(space), lifetimes_(lifetimes), violations_(violations) {}

  void verify() {
    collect_lists();
    space_.for_each_span([this](const Span& span) { verify_span(span); });
    for (const Special* left : listed_) {
      report("H8", "special of " + place(left->object), "is in the collector's list and hangs on no object");
    }
    verify_counts();
    lifetimes_.finalizers.for_each_queued([this](const Finalizer& finalizer) { verify_queued(finalizer); });
  }

 private:
  void report(const char* id, std::string path, std::string detail) {
    violations_->push_back({id, std::move(path), std::move(detail)});
  }
  std::string place(const void* address) const {
    return "heap+" +
           text(static_cast<uint64_t>(static_cast<const char*>(address) - space_.pages().address_of(0)));
  }

  void collect_lists() {
    lifetimes_.finalizers.for_each_attached([this](const Finalizer& finalizer) { list(finalizer); });
    lifetimes_.weak_cells.for_each([this](const WeakSpecial& special) { list(special); });
  }
  void list(const Special& special) {
    if (!listed_.insert(&special).second)
      report("H8", "special of " + place(special.object), "is in the collector's list twice");
  }

  void verify_span(const Span& span) {
    uint32_t count = 0;
    for (uint32_t slot = 0; span.specials != nullptr && slot < span.slot_count; ++slot) {
      if (span.specials[slot] != nullptr) count += verify_slot(span, slot);
    }
    if (count != span.special_count || (span.specials != nullptr) != (count > 0)) {
      report("H8", "span at page " + text(span.first_page),
             "counts " + text(span.special_count) + " specials and has " + text(count));
    }
  }

  uint32_t verify_slot(const Span& span, uint32_t slot) {
    const char* const object = span.slot_address(slot);
    uint32_t count = 0;
    uint32_t of_kind[Special::kKindCount] = {};
    if (!span.is_allocated(slot)) report("H8", place(object), "has specials and is no object");
    for (const Special* special = span.specials[slot]; special != nullptr; special = special->next) {
      ++count;
      ++of_kind[static_cast<size_t>(special->kind)];
      if (special->object != object) {
        report("H8", place(object), "has a special that says it hangs on " + place(special->object));
      }
      if (special->kind == Special::Kind::kFinalizer)
        verify_finalizer(static_cast<const Finalizer&>(*special));
      if (special->kind == Special::Kind::kWeakCell) verify_cell(static_cast<const WeakSpecial&>(*special));
    }
    if (of_kind[static_cast<size_t>(Special::Kind::kFinalizer)] > 1 ||
        of_kind[static_cast<size_t>(Special::Kind::kWeakCell)] > 1) {
      report("H8", place(object), "has two finalizers or two weak cells");
    }
    return count;
  }

  void verify_finalizer(const Finalizer& finalizer) {
    if (listed_.erase(&finalizer) == 0)
      report("H8", place(finalizer.object), "has a finalizer that the collector does not list");
    if (finalizer.target != finalizer.object)
      report("G4", place(finalizer.object), "has a finalizer that would be called with another object");
  }

  void verify_cell(const WeakSpecial& special) {
    if (listed_.erase(&special) == 0)
      report("H8", place(special.object), "has a weak cell that the collector does not list");
    if (!is_object(special.cell)) {
      report("G5", place(special.object), "has a weak cell that is not alive");
    } else if (special.cell->target != special.object) {
      report("G5", place(special.object), "has a weak cell that leads elsewhere");
    }
  }

  void verify_queued(const Finalizer& finalizer) {
    if (!is_object(finalizer.target))
      report("G4", place(finalizer.target), "waits for its finalizer and is not alive");
  }

  bool is_object(const void* address) const {
    const Span* const span = space_.pages().index().span_of(address);
    return span != nullptr && space_.is_object(*span, span->slot_of(address));
  }

  void verify_counts() {
    uint64_t attached = 0;
    uint64_t queued = 0;
    uint64_t cells = 0;
    lifetimes_.finalizers.for_each_attached([&](const Finalizer&) { ++attached; });
    lifetimes_.finalizers.for_each_queued([&](const Finalizer&) { ++queued; });
    lifetimes_.weak_cells.for_each([&](const WeakSpecial&) { ++cells; });
    expect_count("finalizers_attached", lifetimes_.finalizers.attached_count(), attached);
    expect_count("finalizers_queued", lifetimes_.finalizers.queued_count(), queued);
    expect_count("weak_cells", lifetimes_.weak_cells.count(), cells);
  }
  void expect_count(const char* what, uint64_t kept, uint64_t counted) {
    if (kept != counted) report("H5", what, "is " + text(kept) + ", counted " + text(counted));
  }

  const ObjectSpace& space_;
  const Lifetimes& lifetimes_;
  Violations* violations_;
  std::unordered_set<const Special*> listed_;
};

}  // namespace

void verify_lifetimes(const ObjectSpace& space, const Lifetimes& lifetimes, Violations* violations) {
  LifetimesVerifier(space, lifetimes, violations).verify();
}

}  // namespace gcmap
