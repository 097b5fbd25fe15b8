// The marker: shades objects and scans the grey ones, one unit of work at a time.
//
// Grey objects are on a stack as (span, slot, piece). An object larger than a piece is scanned in several
// units, each leaving the next piece on the stack. Pointer-free objects are marked and never pushed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "heap/object_space.h"
#include "heap/type.h"

namespace gcmap {

class Marker {
 public:
  // Objects of more than `piece_bytes` are cut at element boundaries.
  Marker(const ObjectSpace& space, size_t piece_bytes)
      : index_(space.pages().index()), piece_bytes_(piece_bytes) {}

  // A mark phase begins.
  void begin() { marked_bytes_ = 0; }

  // Marks the object that contains `address` and makes it grey if it may hold pointers. Out of memory for the
  // stack ends the process: an unmarked object would be freed.
  void shade(const void* address) noexcept;

  // Marks an object that holds nothing but zeroes: black at once.
  void shade_new(const void* object) noexcept;

  // Scans one grey object or piece. Returns false when there is none.
  bool scan_one() noexcept;

  bool nothing_grey() const { return stack_.empty(); }

  // Slot bytes of the objects marked since begin().
  uint64_t marked_bytes() const { return marked_bytes_; }

 private:
  struct Grey {
    Span* span;
    uint32_t slot;
    uint32_t piece;
  };

  Span* mark(const void* address, uint32_t* slot);
  void scan(const Type& type, const char* start, size_t bytes);

  const PageIndex& index_;
  size_t piece_bytes_;
  std::vector<Grey> stack_;
  uint64_t marked_bytes_ = 0;
};

}  // namespace gcmap
