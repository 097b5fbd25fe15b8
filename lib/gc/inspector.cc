#include "gc/inspector.h"

#include <cstdio>

#include "gc/collector.h"

namespace gcmap {
namespace {

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

// One bit per 8 bytes of the touched range: objects start on 8.
class VisitedSet {
 public:
  VisitedSet(const char* base, uint32_t pages) : base_(base), bits_(pages * kPageBytes / 8) {}

  // Returns true the first time.
  bool add(const void* object) {
    const size_t i = static_cast<size_t>(static_cast<const char*>(object) - base_) / 8;
    if (bits_[i]) return false;
    bits_[i] = true;
    return true;
  }

 private:
  const char* base_;
  std::vector<bool> bits_;
};

// Pushes what the slots of one object, or the roots, lead to.
class WalkVisitor final : public SlotVisitor {
 public:
  WalkVisitor(const HeapInspector& inspector, const Heap& heap, VisitedSet& visited,
              std::vector<ObjectView>& work, Violations* violations)
      : inspector_(inspector), heap_(heap), visited_(visited), work_(work), violations_(violations) {}

  void set_owner(const ObjectView* owner) { owner_ = owner; }

  void visit(void* const* slot) override {
    if (*slot == nullptr) return;
    const std::optional<ObjectView> object = inspector_.find(*slot);
    if (!object.has_value()) {
      report(slot);
    } else if (visited_.add(object->address)) {
      work_.push_back(*object);
    }
  }

 private:
  void report(void* const* slot) {
    if (violations_ == nullptr) return;
    std::string path = "root";
    if (owner_ != nullptr) {
      const auto offset = reinterpret_cast<const char*>(slot) - static_cast<const char*>(owner_->address);
      path = "object " + offset_text(heap_, owner_->address) + " (" + owner_->type->name + ") byte " +
             std::to_string(offset);
    }
    violations_->push_back(
        {"H7", path, "points to " + offset_text(heap_, *slot) + ", where no live object is"});
  }

  const HeapInspector& inspector_;
  const Heap& heap_;
  VisitedSet& visited_;
  std::vector<ObjectView>& work_;
  Violations* violations_;
  const ObjectView* owner_ = nullptr;
};

}  // namespace

bool HeapInspector::is_object(const Span& span, uint32_t slot) const {
  if (!heap_.collector_->space().is_object(span, slot)) return false;
  for (const auto& mutator : heap_.collector_->mutators()) {
    if (mutator->claimed == span.slot_address(slot)) return false;
  }
  return true;
}

std::optional<ObjectView> HeapInspector::find(const void* address) const {
  const ObjectSpace& space = heap_.collector_->space();
  const Span* const span = space.pages().index().span_of(address);
  if (span == nullptr) return std::nullopt;
  const size_t offset = static_cast<size_t>(static_cast<const char*>(address) - span->base);
  const auto slot = static_cast<uint32_t>(offset / span->slot_bytes);
  if (!is_object(*span, slot)) return std::nullopt;
  return view_of(*span, slot);
}

void HeapInspector::for_each_object(const std::function<void(const ObjectView&)>& visit) const {
  const ObjectSpace& space = heap_.collector_->space();
  space.for_each_span([&](const Span& span) {
    for (uint32_t slot = 0; slot < span.slot_count; ++slot) {
      if (is_object(span, slot)) visit(view_of(span, slot));
    }
  });
}

void HeapInspector::for_each_root(const std::function<void(void* const* slot)>& visit) const {
  for (const auto& mutator : heap_.collector_->mutators()) {
    mutator->roots.for_each(visit);
    if (mutator->published != nullptr) visit(&mutator->published);
  }
}

std::vector<ObjectView> HeapInspector::reachable(Violations* violations) const {
  const PageHeap& pages = heap_.collector_->space().pages();
  VisitedSet visited(pages.address_of(0), pages.touched_pages());
  std::vector<ObjectView> work;
  std::vector<ObjectView> result;
  WalkVisitor visitor(*this, heap_, visited, work, violations);
  for_each_root([&](void* const* slot) { visitor.visit(slot); });
  while (!work.empty()) {
    const ObjectView object = work.back();
    work.pop_back();
    result.push_back(object);
    if (object.type == nullptr) continue;
    visitor.set_owner(&object);
    visit_slots(*object.type, object.address, object.bytes, visitor);
  }
  return result;
}

}  // namespace gcmap
