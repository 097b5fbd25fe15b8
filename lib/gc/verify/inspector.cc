#include "gcmap/internal/gc/verify/inspector.h"

#include <algorithm>
#include <bit>
#include <cstdio>

#include "gc/cycle/collector.h"
#include "gc/verify/retention_path.h"
#include "gcmap/internal/gc/heap_door.h"
#include "gcmap/internal/gc/lifetime/ephemerons.h"

namespace gcmap {
namespace {

using SlotVisit = std::function<void(void* const* slot)>;

ObjectView view_of(const Span& span, uint32_t slot) {
  return {span.slot_address(slot), span.requested_bytes(slot), span.type_of(slot), span.is_marked(slot)};
}

std::string offset_text(const Heap& heap, const void* address) {
  char text[64];
  if (heap.contains(address)) {
    std::snprintf(text, sizeof text, "heap+0x%llx", static_cast<unsigned long long>(heap.offset_of(address)));
  } else {
    std::snprintf(text, sizeof text, "%p (outside the heap)", address);
  }
  return text;
}

// Meets what the slots of one object, or the roots, lead to.
class Walker {
 public:
  Walker(const Heap& heap, ObjectSet& visited, std::vector<ObjectView>& work, Violations* violations,
         const HeapWalk::Visitor& visitor)
      : inspector_(heap),
        index_(HeapDoor::collector(heap).space().pages().index()),
        heap_(heap),
        visited_(visited),
        work_(work),
        violations_(violations),
        visitor_(visitor) {}

  void set_owner(const ObjectView* owner) { owner_ = owner; }

  // `slot` is not null. Most lead to what was met before, which need not be looked at again.
  void meet(void* const* slot) {
    if (was_met(*slot)) return;
    const std::optional<ObjectView> object = inspector_.find(*slot);
    if (!object.has_value()) {
      report(slot);
    } else if (visited_.add(object->address)) {
      if (visitor_) visitor_(*object);
      if (object->type != nullptr || inspector_.has_specials(object->address)) work_.push_back(*object);
    }
  }

 private:
  bool was_met(const void* address) const {
    const Span* const span = index_.span_of(address);
    if (span == nullptr) return false;
    const size_t offset = static_cast<size_t>(static_cast<const char*>(address) - span->base);
    return visited_.contains(span->base + offset / span->slot_bytes * span->slot_bytes);
  }

  void report(void* const* slot) {
    if (violations_ == nullptr) return;
    std::string path = "root";
    if (owner_ != nullptr) {
      if (!paths_.has_value()) paths_.emplace(heap_);
      const auto offset = reinterpret_cast<const char*>(slot) - static_cast<const char*>(owner_->address);
      path = paths_->to(owner_->address) + " byte " + std::to_string(offset);
    }
    violations_->push_back(
        {"H7", path, "points to " + offset_text(heap_, *slot) + ", where no live object is"});
  }

  const HeapInspector inspector_;
  const PageIndex& index_;
  const Heap& heap_;
  ObjectSet& visited_;
  std::vector<ObjectView>& work_;
  Violations* violations_;
  const HeapWalk::Visitor& visitor_;
  const ObjectView* owner_ = nullptr;
  std::optional<RetentionPaths> paths_;  // made when there is something to report
};

}  // namespace

void ObjectSet::clear(const Heap& heap) {
  const std::span<const char> range = HeapInspector(heap).touched();
  base_ = range.data();
  words_.assign(range.size() / 8 / 64, 0);
  size_ = 0;
}

bool ObjectSet::add(const void* object) {
  const size_t i = index_of(object);
  const uint64_t bit = uint64_t{1} << (i % 64);
  if ((words_[i / 64] & bit) != 0) return false;
  words_[i / 64] |= bit;
  ++size_;
  return true;
}

bool ObjectSet::contains(const void* object) const {
  const size_t i = index_of(object);
  return i / 64 < words_.size() && (words_[i / 64] >> (i % 64) & 1) != 0;
}

bool ObjectSet::remove(const void* object) {
  if (!contains(object)) return false;
  const size_t i = index_of(object);
  words_[i / 64] &= ~(uint64_t{1} << (i % 64));
  --size_;
  return true;
}

const void* ObjectSet::first() const {
  size_t word = 0;
  while (words_[word] == 0) ++word;
  return base_ + (word * 64 + static_cast<size_t>(std::countr_zero(words_[word]))) * 8;
}

void HeapWalk::run(const Heap& heap, Violations* violations, const Visitor& visit) {
  walk(heap, violations, visit, [&](const SlotVisit& meet) { HeapInspector(heap).for_each_root(meet); });
}

void HeapWalk::run_from(const Heap& heap, const void* object, const Visitor& visit) {
  walk(heap, nullptr, visit, [&](const SlotVisit& meet) {
    void* const start = const_cast<void*>(object);
    meet(&start);
  });
}

template <typename EachStart>
void HeapWalk::walk(const Heap& heap, Violations* violations, const Visitor& visit, EachStart&& each_start) {
  reached_.clear(heap);
  work_.clear();
  Walker walker(heap, reached_, work_, violations, visit);
  const auto follow = [&](void* const* slot) {
    if (*slot != nullptr) walker.meet(slot);
  };
  const SlotVisit meet = std::cref(follow);
  each_start(meet);
  const HeapInspector inspector(heap);
  while (!work_.empty()) {
    const ObjectView object = work_.back();
    work_.pop_back();
    walker.set_owner(&object);
    for_each_slot(object, follow);
    inspector.for_each_ephemeron_of(object.address, meet);
  }
}

std::span<const char> HeapInspector::touched() const {
  const PageHeap& pages = HeapDoor::collector(heap_).space().pages();
  return {pages.address_of(0), pages.touched_pages() * kPageBytes};
}

// Has an allocation taken this slot and not made an object of it yet?
bool HeapInspector::is_claimed(const void* slot) const {
  for (const auto& mutator : HeapDoor::collector(heap_).mutators()) {
    if (mutator->claimed == slot) return true;
  }
  return false;
}

std::optional<ObjectView> HeapInspector::find(const void* address) const {
  const ObjectSpace& space = HeapDoor::collector(heap_).space();
  const Span* const span = space.pages().index().span_of(address);
  if (span == nullptr) return std::nullopt;
  const size_t offset = static_cast<size_t>(static_cast<const char*>(address) - span->base);
  const auto slot = static_cast<uint32_t>(offset / span->slot_bytes);
  if (!space.is_object(*span, slot) || is_claimed(span->slot_address(slot))) return std::nullopt;
  return view_of(*span, slot);
}

// An object, dead or alive: the sweeper has not come to what has a finalizer.
std::optional<ObjectView> HeapInspector::allocated(const void* object) const {
  const Span* const span = HeapDoor::collector(heap_).space().pages().index().span_of(object);
  if (span == nullptr) return std::nullopt;
  const uint32_t slot = span->slot_of(object);
  if (slot >= span->slot_count || !span->is_allocated(slot)) return std::nullopt;
  return view_of(*span, slot);
}

// A word of bits at a time: most spans of a small heap are nearly empty.
void HeapInspector::for_each_object(const std::function<void(const ObjectView&)>& visit) const {
  const ObjectSpace& space = HeapDoor::collector(heap_).space();
  const auto& mutators = HeapDoor::collector(heap_).mutators();
  const bool claiming = std::any_of(mutators.begin(), mutators.end(),
                                    [](const auto& mutator) { return mutator->claimed != nullptr; });
  space.for_each_span([&](const Span& span) {
    const bool unswept = space.needs_sweep(span);
    for (uint32_t word = 0; word < span.word_count(); ++word) {
      uint64_t objects = span.allocated_word(word) & (unswept ? span.mark_bits[word] : ~uint64_t{0});
      for (; objects != 0; objects &= objects - 1) {
        const uint32_t slot = word * 64 + static_cast<uint32_t>(std::countr_zero(objects));
        if (slot >= span.slot_count || (claiming && is_claimed(span.slot_address(slot)))) continue;
        visit(view_of(span, slot));
      }
    }
  });
}

void HeapInspector::for_each_span(const std::function<void(const Span& span, bool unswept)>& visit) const {
  const ObjectSpace& space = HeapDoor::collector(heap_).space();
  space.for_each_span([&](const Span& span) { visit(span, space.needs_sweep(span)); });
}

void HeapInspector::for_each_root(const std::function<void(void* const* slot)>& visit) const {
  for (const auto& mutator : HeapDoor::collector(heap_).mutators()) {
    mutator->roots.for_each(visit);
    if (mutator->published != nullptr) visit(&mutator->published);
  }
  const Lifetimes& lifetimes = HeapDoor::collector(heap_).lifetimes();
  lifetimes.weak_cells.for_each([&](const WeakSpecial& special) {
    void* cell = special.cell;
    visit(&cell);
  });
  lifetimes.finalizers.for_each_queued([&](const Finalizer& finalizer) { visit(&finalizer.target); });
  lifetimes.finalizers.for_each_attached([&](const Finalizer& finalizer) {
    const std::optional<ObjectView> object = allocated(finalizer.target);
    if (object.has_value()) for_each_slot(*object, visit);
  });
}

bool HeapInspector::has_specials(const void* object) const {
  return HeapDoor::collector(heap_).space().pages().index().span_of(object)->specials != nullptr;
}

void HeapInspector::for_each_ephemeron_of(const void* object,
                                          const std::function<void(void* const* value)>& visit) const {
  const Special* special = HeapDoor::collector(heap_).lifetimes().specials.first_on(object);
  for (; special != nullptr; special = special->next) {
    if (special->kind == Special::Kind::kEphemeron) visit(&static_cast<const Ephemeron*>(special)->value);
  }
}

bool HeapInspector::has_finalizer(const void* object) const {
  return HeapDoor::collector(heap_).lifetimes().specials.find(object, Special::Kind::kFinalizer) != nullptr;
}

std::vector<ObjectView> HeapInspector::reachable(Violations* violations) const {
  std::vector<ObjectView> result;
  HeapWalk().run(heap_, violations, [&](const ObjectView& object) { result.push_back(object); });
  return result;
}

}  // namespace gcmap
