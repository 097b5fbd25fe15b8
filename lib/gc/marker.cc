#include "gc/marker.h"

#include <algorithm>

#include "base/check.h"

namespace gcmap {
namespace {

class ShadingVisitor final : public SlotVisitor {
 public:
  explicit ShadingVisitor(Marker& marker) : marker_(marker) {}
  void visit(void* const* slot) override {
    if (*slot != nullptr) marker_.shade(*slot);
  }

 private:
  Marker& marker_;
};

}  // namespace

// Returns the span of a newly marked object; null when it was marked before.
Span* Marker::mark(const void* address, uint32_t* slot) {
  Span* const span = index_.span_of(address);
  GCMAP_CHECK(span != nullptr, "pointer %p leads to no span: a dangling or foreign pointer in a slot or root",
              address);
  *slot = span->slot_of(address);
  GCMAP_CHECK(*slot < span->slot_count,
              "pointer %p leads behind the last slot of its span (slots of %zu bytes)", address,
              span->slot_bytes);
  GCMAP_DCHECK(span->is_allocated(*slot),
               "pointer %p leads to a free slot (%zu bytes): missed root or barrier?", address,
               span->slot_bytes);
  if (!span->set_mark(*slot)) return nullptr;
  marked_bytes_ += span->slot_bytes;
  return span;
}

void Marker::shade(const void* address) noexcept {
  uint32_t slot = 0;
  Span* const span = mark(address, &slot);
  if (span != nullptr && !span->noscan()) stack_.push_back({span, slot, 0});
}

void Marker::shade_new(const void* object) noexcept {
  uint32_t slot = 0;
  mark(object, &slot);
}

bool Marker::scan_one() noexcept {
  if (stack_.empty()) return false;
  const Grey grey = stack_.back();
  stack_.pop_back();
  const Type& type = *grey.span->types[grey.slot];
  const char* start = grey.span->slot_address(grey.slot);
  size_t bytes = grey.span->requested_bytes(grey.slot);
  if (bytes > piece_bytes_) [[unlikely]] {
    const size_t piece = std::max<size_t>(1, piece_bytes_ / type.size) * type.size;
    const size_t offset = grey.piece * piece;
    if (bytes - offset > piece) stack_.push_back({grey.span, grey.slot, grey.piece + 1});
    start += offset;
    bytes = std::min(piece, bytes - offset);
  }
  scan(type, start, bytes);
  return true;
}

void Marker::scan(const Type& type, const char* start, size_t bytes) {
  if (type.trace != nullptr) {
    ShadingVisitor visitor(*this);
    type.trace(type, start, bytes, visitor);
    return;
  }
  const char* const end = start + bytes;
  for (const char* element = start; element < end; element += type.size) {
    for (uint32_t i = 0; i < type.pointer_count; ++i) {
      const void* const value = *reinterpret_cast<void* const*>(element + type.pointer_offsets[i]);
      if (value != nullptr) shade(value);
    }
  }
}

}  // namespace gcmap
