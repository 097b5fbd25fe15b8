#include "gc/cycle/marker.h"

#include <algorithm>
#include <utility>

#include "gcmap/internal/base/check.h"
#include "gcmap/internal/base/sometimes.h"
#include "gcmap/internal/gc/lifetime/ephemerons.h"

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

void Marker::begin() {
  GCMAP_CHECK(nothing_grey(), "a mark phase begins with grey objects of the last one");
  marked_bytes_ = marked_scannable_bytes_ = 0;
}

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
  if (!span->noscan()) marked_scannable_bytes_ += span->slot_bytes;
  if (span->large()) [[unlikely]]
    space_.on_large_marked(*span);
  return span;
}

void Marker::shade(const void* address) noexcept {
  uint32_t slot = 0;
  Span* const span = mark(address, &slot);
  if (span == nullptr) return;
  if (!span->noscan() || span->specials != nullptr) push({span, slot, 0});
}

void Marker::shade_new(const void* object) noexcept {
  uint32_t slot = 0;
  const Span* const span = mark(object, &slot);
  if (span != nullptr && !span->noscan()) black_bytes_ += span->requested_bytes(slot);
}

void Marker::push(const Grey& grey) noexcept {
  if (!stack_.push(grey)) [[unlikely]]
    lose(*grey.span);
}

Marker::Piece Marker::piece_of(const Grey& grey) const {
  const char* const start = grey.span->slot_address(grey.slot);
  const size_t bytes = grey.span->requested_bytes(grey.slot);
  if (bytes <= piece_bytes_ || grey.span->noscan()) [[likely]]
    return {start, bytes, true};
  const size_t element = grey.span->types[grey.slot]->size;
  const size_t piece = std::max<size_t>(1, piece_bytes_ / element) * element;
  const size_t offset = grey.piece * piece;
  GCMAP_CHECK(offset < bytes,
              "piece %u of an object of %zu bytes, in pieces of %zu: it was scanned to its end", grey.piece,
              bytes, piece);
  return {start + offset, std::min(piece, bytes - offset), bytes - offset <= piece};
}

bool Marker::scan_one() noexcept {
  Grey grey;
  if (!stack_.pop(&grey)) return false;
  GCMAP_DCHECK(grey.slot < grey.span->slot_count, "slot %u of a span of %u is grey", grey.slot,
               grey.span->slot_count);
  GCMAP_DCHECK(grey.span->is_marked(grey.slot),
               "slot %u is grey and not marked: swept with objects on the mark stack?", grey.slot);
  const Piece piece = piece_of(grey);
  if (!piece.last) push({grey.span, grey.slot, grey.piece + 1});
  scan_piece(grey, piece);
  return true;
}

bool Marker::scan_unmarked(const void* object, uint32_t piece) noexcept {
  Span* const span = index_.span_of(object);
  if (span->noscan()) return true;
  const Grey grey = {span, span->slot_of(object), piece};
  const Piece part = piece_of(grey);
  scan(*span->types[grey.slot], part.start, part.bytes);
  return part.last;
}

// Overflow --------------------------------------------------------------------------------------------------

void Marker::lose(Span& span) noexcept {
  GCMAP_SOMETIMES(true, "a grey object falls off the mark stack");
  GCMAP_SOMETIMES(pass_page_ < pass_end_page_, "a search for lost objects loses another one");
  span.note_lost_grey();
  lost_first_page_ = std::min(lost_first_page_, span.first_page);
  lost_end_page_ = std::max(lost_end_page_, span.first_page + span.pages);
}

// Returns false when nothing was lost since the last pass began.
bool Marker::begin_pass() noexcept {
  if (nothing_lost()) return false;
  pass_page_ = std::exchange(lost_first_page_, UINT32_MAX);
  pass_end_page_ = std::exchange(lost_end_page_, 0);
  pass_slot_ = pass_piece_ = 0;
  return true;
}

// The note of a span is taken back before its first object is scanned: what it loses from then on, in part
// perhaps behind the pass, is noted anew.
bool Marker::rescan_one() noexcept {
  GCMAP_CHECK(stack_.empty(), "objects that fell off the mark stack are searched for before it is empty");
  if (pass_page_ >= pass_end_page_ && !begin_pass()) return false;
  for (uint32_t steps = 0; steps < kRescanStepsMax && pass_page_ < pass_end_page_; ++steps) {
    Span* const span = index_.span_at(pass_page_);
    const bool inside = pass_slot_ > 0 || pass_piece_ > 0;
    const bool lost = span != nullptr && (inside || span->take_lost_grey());
    if (lost) pass_slot_ = span->next_marked(pass_slot_);
    if (!lost || pass_slot_ >= span->slot_count) {
      pass_page_ = span != nullptr ? span->first_page + span->pages : pass_page_ + 1;
      pass_slot_ = 0;
      continue;
    }
    const uint32_t slot = pass_slot_;
    const Grey grey = {span, slot, pass_piece_};
    const Piece piece = piece_of(grey);
    pass_piece_ = piece.last ? 0 : pass_piece_ + 1;
    pass_slot_ = piece.last ? slot + 1 : slot;
    scan_piece(grey, piece);
    return true;
  }
  return true;
}

void Marker::scan_piece(const Grey& grey, const Piece& piece) {
  if (grey.span->specials != nullptr && grey.piece == 0) [[unlikely]]
    shade_values_of(*grey.span, grey.slot);
  if (!grey.span->noscan()) scan(*grey.span->types[grey.slot], piece.start, piece.bytes);
}

void Marker::shade_values_of(const Span& span, uint32_t slot) {
  for (const Special* special = span.specials[slot]; special != nullptr; special = special->next) {
    if (special->kind == Special::Kind::kEphemeron) shade(static_cast<const Ephemeron*>(special)->value);
  }
}

void Marker::scan(const Type& type, const char* start, size_t bytes) {
  scanned_bytes_ += bytes;
  if (type.trace != nullptr) {
    ShadingVisitor visitor(*this);
    type.trace(type, start, bytes, visitor);
    return;
  }
  GCMAP_DCHECK(type.size != 0 ? bytes % type.size == 0 : bytes == 0,
               "%zu bytes of elements of %zu: the last one lies beyond its object", bytes, type.size);
  const char* const end = start + bytes;
  for (const char* element = start; element < end; element += type.size) {
    for (uint32_t i = 0; i < type.pointer_count; ++i) {
      const void* const value = *reinterpret_cast<void* const*>(element + type.pointer_offsets[i]);
      if (value != nullptr) shade(value);
    }
  }
}

}  // namespace gcmap
