// The marker: shades objects and scans the grey ones, one unit of work at a time.
//
// Grey objects are on a stack as (span, slot, piece). An object larger than a piece is scanned in several
// units, each leaving the next piece on the stack. Pointer-free objects are marked and never pushed, unless
// objects of their span have specials: what an object is the key of is found by scanning it (ephemerons.h).
//
// Overflow. The stack is bounded, and the system may refuse it memory. A grey object without a place on it
// stays marked, and its span notes that it has lost one. Once nothing else is left to do, every marked object
// of such spans is scanned again, which is harmless for those that were black. Such a pass may lose further
// objects, each newly marked; a pass for those follows. It needs no stack at all, so marking ends whatever
// memory there is.
//
// Invariant: a marked object not fully scanned is on the stack, or lies in a span of lost_grey between
// lost_first_page_ and lost_end_page_, or is still ahead of the running pass.
#pragma once

#include <cstddef>
#include <cstdint>

#include "gc/cycle/mark_stack.h"
#include "gcmap/internal/alloc/object_space.h"
#include "gcmap/internal/alloc/type.h"
#include "gcmap/internal/gc/lifetime/root_marker.h"

namespace gcmap {

class Marker final : public RootMarker {
 public:
  // Objects of more than `piece_bytes` are cut at element boundaries. The stack holds up to `stack_entries`.
  Marker(ObjectSpace& space, size_t piece_bytes, uint32_t stack_entries)
      : space_(space), index_(space.pages().index()), piece_bytes_(piece_bytes), stack_(stack_entries) {}

  // A mark phase begins.
  void begin();

  void shade(const void* address) noexcept override;

  // Marks an object that holds nothing but zeroes: black at once.
  void shade_new(const void* object) noexcept;

  // Scans one object or piece from the stack.
  // Returns false when it is empty.
  bool scan_one() noexcept;

  bool scan_unmarked(const void* object, uint32_t piece) noexcept override;

  // One unit of the search for objects that fell off the stack: scans one marked object or piece of a span
  // that lost some, or passes over kRescanStepsMax spans and pages without.
  // Returns false when none are lost.
  // Requires: the stack is empty; otherwise it may overflow over and over.
  bool rescan_one() noexcept;

  bool nothing_grey() const { return stack_.empty() && nothing_lost() && pass_page_ >= pass_end_page_; }

  // Slot bytes of the objects marked since begin(), and of those among them that may hold pointers.
  uint64_t marked_bytes() const { return marked_bytes_; }
  uint64_t marked_scannable_bytes() const { return marked_scannable_bytes_; }

  // Since creation: bytes of objects scanned, twice what was scanned twice; bytes of objects marked by
  // shade_new that would have been scanned.
  uint64_t scanned_bytes() const { return scanned_bytes_; }
  uint64_t black_bytes() const { return black_bytes_; }

 private:
  static constexpr uint32_t kRescanStepsMax = 256;
  struct Piece {
    const char* start;
    size_t bytes;
    bool last;
  };

  Span* mark(const void* address, uint32_t* slot);
  void push(const Grey& grey) noexcept;
  void lose(Span& span) noexcept;
  bool nothing_lost() const { return lost_first_page_ >= lost_end_page_; }
  bool begin_pass() noexcept;
  Piece piece_of(const Grey& grey) const;
  void scan_piece(const Grey& grey, const Piece& piece);
  void scan(const Type& type, const char* start, size_t bytes);
  void shade_values_of(const Span& span, uint32_t slot);

  ObjectSpace& space_;
  const PageIndex& index_;
  size_t piece_bytes_;
  MarkStack stack_;
  uint64_t marked_bytes_ = 0;
  uint64_t marked_scannable_bytes_ = 0;
  uint64_t scanned_bytes_ = 0;
  uint64_t black_bytes_ = 0;
  uint32_t lost_first_page_ = UINT32_MAX;  // spans that lost objects lie in [first, end): of the next pass
  uint32_t lost_end_page_ = 0;
  uint32_t pass_page_ = 0;  // the running pass: what is to scan next
  uint32_t pass_slot_ = 0;
  uint32_t pass_piece_ = 0;
  uint32_t pass_end_page_ = 0;
};

}  // namespace gcmap
