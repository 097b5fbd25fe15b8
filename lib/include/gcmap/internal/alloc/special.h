// A special: a record that hangs on an object from outside - its finalizer, its weak cell, who waits for its
// death. Most objects have none.
//
// Layout: a span one of whose objects has specials has an array of list heads, one per slot; the others have
// none, so that every question of "any specials?" is one comparison. As Go's specials, but for the array: Go
// searches one list per span.
//
//   Span.specials -> | head of slot 0 | head of slot 1 | ...      head -> Special -> Special -> null
//
// Invariant (H8): a special hangs on a live object, in the list of its slot, and an object has at most one
// finalizer and one weak cell; a span has the array exactly while it has specials.
//
// Not here: what the kinds mean (gc/), and their memory: whoever makes a special deletes it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gcmap {

struct Special {
  enum class Kind : uint8_t {
    kFinalizer,  // gc/lifetime/finalizers.h
    kWeakCell,   // gc/lifetime/weak_cells.h
    kWatch,      // gc/lifetime/watches.h
    kEphemeron,  // gc/lifetime/ephemerons.h
    kArenaChunk  // gc/lifetime/arenas.h
  };

  static constexpr size_t kKindCount = static_cast<size_t>(Kind::kArenaChunk) + 1;

  explicit Special(Kind what) : kind(what) {}
  Special(const Special&) = delete;
  Special& operator=(const Special&) = delete;

  const Kind kind;
  Special* next = nullptr;  // on the same object
  void* object = nullptr;   // the start of the object it hangs on; null while it hangs on none
};

}  // namespace gcmap
