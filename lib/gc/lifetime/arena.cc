#include "gcmap/arena.h"

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "gcmap/internal/gc/heap_door.h"
#include "gcmap/internal/gc/lifetime/lifetimes.h"

namespace gcmap {
namespace {

constexpr size_t kChunkBytes = 64 << 10;
static_assert(kChunkBytes > kSmallBytesMax && kChunkBytes - ArenaChunk::kLinkBytes <= UINT16_MAX,
              "the slack of a chunk is counted in 16 bits");

}  // namespace

// Never written: it has no room.
ArenaChunk& Arena::no_chunk() {
  static ArenaChunk chunk;
  return chunk;
}

Arena::Arena(Heap& heap) : arenas_(HeapDoor::lifetimes(heap).arenas), newest_(heap), current_(&no_chunk()) {
  HeapDoor::lifetimes(heap).add_dependent();
}

Arena::~Arena() {
  free();
  HeapDoor::lifetimes(heap()).remove_dependent();
}

void* Arena::allocate_slow(const Type& type, size_t count) {
  static_assert(kAlignmentMax + kSharingBytesMax <= kChunkBytes, "what shares chunks fits into an empty one");
  if (freed_) throw std::logic_error("gcmap::Arena: an object is wanted of an arena that was freed");
  size_t bytes = 0;
  if (__builtin_mul_overflow(type.size, count, &bytes)) bytes = SIZE_MAX;
  bytes = in_words(std::min(bytes, SIZE_MAX / 2));  // of which the heap will say that no range can hold it
  const size_t start = start_of(type, ArenaChunk::kLinkBytes);
  if (bytes > kSharingBytesMax) {
    ArenaChunk& chunk = add_chunk(start + bytes, start + bytes);
    if (!type.noscan()) chunk.note(start, type, count);
    return chunk.base() + start;
  }
  current_ = &add_chunk(kChunkBytes, ArenaChunk::kLinkBytes);
  return take(*current_, type, count, start, bytes);
}

// Allocation may fail up to where the record is attached; before, nothing is changed.
ArenaChunk& Arena::add_chunk(size_t bytes, size_t used) {
  auto chunk = std::make_unique<ArenaChunk>();
  void* const object = heap().allocate(arena_chunk_type(), bytes / kWord);
  arenas_.attach(*chunk, object, used);
  Heap::store(chunk->link(), newest_.get());
  newest_.set(object);
  chunks_.push_back(*chunk);
  bytes_ += used;
  return *chunk.release();
}

void Arena::free() noexcept {
  freed_ = true;
  newest_.set(nullptr);
  current_ = &no_chunk();
  while (ArenaChunk* const chunk = chunks_.pop_front()) arenas_.retire(chunk);
  bytes_ = 0;
}

}  // namespace gcmap
