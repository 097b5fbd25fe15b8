// Arena: objects that die together, when the program says so.
//
//   Arena arena(heap);
//   Node* n = arena.make<Node>(17);
//   n->next = gcmap::make<Node>(heap);   // kept alive by the arena
//   arena.free();                        // n is gone; *n faults under AddressSanitizer
//
// The objects need no collection: their memory is handed out by moving up an index in chunks of 64 KiB, and
// is given back whole. They are written like other objects - Members, Strings - and led to by all kinds of
// pointers. Before free(), the arena keeps all of them, and all they lead to.
//
// After free(), nobody may follow a pointer to them; roots, Members and map entries that still hold one need
// not be cleared, though. Such a pointer keeps the chunk's memory from being used again until it is gone, so
// that following it meets poison - or, without a sanitizer, what lay there before; with
// HeapOptions::clobber_freed 0xdb bytes - and never a new object. Memory no pointer leads to is reused after
// the next collection.
//
// No barrier. free() drops pointers to the heap while marking may be going on, and shades none of them: it
// is as if roots went. Whoever took a pointer out of the arena before has shaded it, since handles shade what
// they take and stores shade what they write (gc/cycle/write_barrier.h).
//
// Not here: finalizers and weak references of the arena's objects; they are refused. No destructors run.
// Structure: gc/lifetime/arenas.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

#include "gcmap/handles.h"
#include "gcmap/internal/gc/lifetime/arenas.h"

namespace gcmap {

// Must be gone before its heap is.
class Arena {
 public:
  explicit Arena(Heap& heap);
  ~Arena();  // frees
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Constructs a T in the arena. May collect, like gcmap::make: pointers among the arguments are the caller's
  // to root.
  // Errors: std::bad_alloc, std::logic_error after free(): nothing changed; what the constructor throws: its
  // memory stays in use.
  template <typename T, typename... Args>
  T* make(Args&&... args) {
    return new (allocate(type_of<T>())) T(std::forward<Args>(args)...);
  }

  // Zeroed memory for `count` elements of `type`, aligned to type.alignment; `type` must outlive the arena.
  // No two calls return the same address.
  // Cost: O(1), and a chunk of the heap now and then; what is larger than half a chunk has one of its own.
  // Errors: as make.
  void* allocate(const Type& type, size_t count = 1) {
    size_t bytes = 0;
    if (!__builtin_mul_overflow(type.size, count, &bytes) && bytes <= kSharingBytesMax) [[likely]] {
      bytes = in_words(bytes);
      const size_t start = start_of(type, current_->used);
      if (start + bytes <= current_->capacity) [[likely]]
        return take(*current_, type, count, start, bytes);
    }
    return allocate_slow(type, count);
  }

  // All objects die. Once more does nothing.
  // Cost: O(chunks), bytes / 8 with AddressSanitizer.
  void free() noexcept;
  bool freed() const { return freed_; }

  // In use: objects, links and gaps.
  uint64_t bytes() const { return bytes_; }
  Heap& heap() const { return newest_.heap(); }

 private:
  static constexpr size_t kWord = sizeof(void*);
  // Larger ones lie alone. Chunks must be large objects of the heap, which have their span to themselves.
  static constexpr size_t kSharingBytesMax = kSmallBytesMax;

  // At least a word, so that no two objects share an address.
  static size_t in_words(size_t bytes) { return bytes != 0 ? (bytes + kWord - 1) / kWord * kWord : kWord; }
  static size_t start_of(const Type& type, size_t used) {
    const size_t alignment = type.alignment > kWord ? type.alignment : kWord;
    return (used + alignment - 1) & ~(alignment - 1);
  }

  void* take(ArenaChunk& chunk, const Type& type, size_t count, size_t start, size_t bytes) {
    if (!type.noscan()) chunk.note(start, type, count);
    bytes_ += start + bytes - chunk.used;
    arenas_.extend(chunk, start + bytes);
    return chunk.base() + start;
  }

  void* allocate_slow(const Type& type, size_t count);
  ArenaChunk& add_chunk(size_t bytes, size_t used);
  static ArenaChunk& no_chunk();

  Arenas& arenas_;
  RootHandle newest_;                 // chunk, which leads to the others
  IntrusiveList<ArenaChunk> chunks_;  // oldest first
  ArenaChunk* current_;               // small objects are taken from it; one without room if there is none
  uint64_t bytes_ = 0;
  bool freed_ = false;
};

}  // namespace gcmap
