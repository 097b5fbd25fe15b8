#include "gc/cycle/mutators.h"

#include <utility>

#include "gcmap/internal/base/check.h"

namespace gcmap {

// While marking, its frame counts as scanned: handles are shaded when they are made.
Mutator& Mutators::add() {
  auto mutator = std::make_unique<Mutator>(*this, barrier_buffer_entries_);
  all_.reserve(all_.size() + 1);
  space_.attach(mutator->cache);
  all_.push_back(std::move(mutator));
  return *all_.back();
}

void Mutators::require_own(const Mutator& mutator) const {
  GCMAP_CHECK(&mutator.owner == this, "mutator %p belongs to another heap",
              static_cast<const void*>(&mutator));
}

void Mutators::enter(Mutator& mutator) {
  require_own(mutator);
  current_ = &mutator;
}

void Mutators::require_removable(const Mutator& mutator) const {
  require_own(mutator);
  GCMAP_CHECK(&mutator != current_, "the current mutator cannot be removed: enter another one first");
  GCMAP_CHECK(mutator.roots.empty(), "a removed mutator owns roots: destroy those made while it was current");
}

void Mutators::remove(Mutator& mutator) {
  require_removable(mutator);
  space_.detach(mutator.cache);
  std::erase_if(all_, [&](const auto& owned) { return owned.get() == &mutator; });
}

}  // namespace gcmap
