// Chunks: the memory of arenas, and how the collector sees it.
//
// Layout. A chunk is a large object of the heap, a span of one slot, filled from its beginning:
//
//   | link | object | object | ...        | free: poisoned, beyond the requested bytes |
//     |                                     ^ used
//     +-> the chunk before it of the same arena; the arena holds the newest by a root
//
// The requested bytes of the slot are those in use, so what holds of every object holds of a chunk: its slack
// is poisoned (H3), the marker looks no further. What lies where is told by a record outside the heap, a
// special of the chunk (ArenaChunk). The Type of all chunks is one, with a trace function that finds the
// record, and what has no record has no slots: neither a chunk just allocated nor a retired one. So there is
// no Type whose life had to be that of the span.
//
//   attach ------> in use ------------> retired -----------------> swept
//   a new object   grows by extend      by retire: the arena is    the collector found nothing
//                                       freed; no record           that leads to it
//
// Pointers to an object are pointers into its chunk and keep the chunk, as interior pointers do. Those that
// are left when it is retired still do so: its pages are not used again, and whoever follows them is caught
// there, instead of meeting a new object. As Go's user arenas (runtime/arena.go), whose chunks fault until
// the sweep has seen that nothing leads to them.
//
// Invariant (H9): the records of a chunk in use lie in order and apart between its link and its last used
// byte; a retired chunk has no record, and its whole slot is poisoned.
//
// Relied on by: Arena (gcmap/arena.h); marker and verifiers, by the trace function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "gcmap/internal/alloc/object_space.h"
#include "gcmap/internal/alloc/poison.h"
#include "gcmap/internal/alloc/type.h"
#include "gcmap/internal/base/check.h"
#include "gcmap/internal/base/intrusive_list.h"
#include "gcmap/internal/base/violation.h"
#include "gcmap/internal/gc/lifetime/specials.h"

namespace gcmap {

// What lies in a chunk, in order of address.
struct ArenaChunk : Special, ListLink<ArenaChunk> {
  // Elements of one type, one behind the other. What holds no pointers is not told of.
  struct Run {
    size_t offset;
    size_t count;
    const Type* type;
    size_t end() const { return offset + count * type->size; }
  };
  static constexpr size_t kLinkBytes = sizeof(void*);

  // Room for some runs is made at once.
  // Errors: std::bad_alloc.
  ArenaChunk() : Special(Kind::kArenaChunk) { runs.reserve(8); }

  char* base() const { return static_cast<char*>(object); }
  void** link() const { return static_cast<void**>(object); }

  // Notes elements at the end.
  // Errors: std::bad_alloc, nothing changed; not for the first note.
  void note(size_t offset, const Type& type, size_t count) {
    GCMAP_DCHECK(offset >= (runs.empty() ? kLinkBytes : runs.back().end()),
                 "objects at %zu of a chunk, before the end of those noted", offset);
    if (!runs.empty() && runs.back().type == &type && runs.back().end() == offset) {
      runs.back().count += count;
    } else {
      runs.push_back({offset, count, &type});
    }
  }

  // Visits the slots in [start, start + bytes).
  void visit(const char* start, size_t bytes, SlotVisitor& visitor) const;

  Span* span = nullptr;
  size_t capacity = 0;  // bytes, the link included
  size_t used = 0;
  std::vector<Run> runs;
};

// Of chunks, by the word.
const Type& arena_chunk_type();

class Arenas {
 public:
  Arenas(ObjectSpace& space, Specials& specials, bool clobber_freed)
      : space_(space), specials_(specials), clobber_freed_(clobber_freed) {}

  // Makes a chunk of `object`, new and all requested, with its first `used` bytes in use.
  // Errors: std::bad_alloc, then it is an object as before.
  void attach(ArenaChunk& chunk, void* object, size_t used);

  // Uses the first `bytes` bytes, no fewer than now.
  void extend(ArenaChunk& chunk, size_t bytes) {
    GCMAP_DCHECK(bytes >= chunk.used && bytes <= chunk.capacity, "%zu bytes of a chunk of %zu, after %zu",
                 bytes, chunk.capacity, chunk.used);
    unpoison(chunk.base() + chunk.used, bytes - chunk.used);
    set_used(chunk, bytes);
  }

  // Nothing lives in the chunk any more; deletes its record.
  // Cost: O(bytes / 8) with AddressSanitizer.
  void retire(ArenaChunk* chunk) noexcept;

 private:
  void set_used(ArenaChunk& chunk, size_t bytes) {
    space_.resize_arena(*chunk.span, chunk.used, bytes);
    chunk.used = bytes;
  }

  ObjectSpace& space_;
  Specials& specials_;
  const bool clobber_freed_;
};

// H9.
void verify_arenas(const ObjectSpace& space, Violations* violations);

}  // namespace gcmap
