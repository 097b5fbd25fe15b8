#include "gcmap/arena.h"

#include <algorithm>
#include <memory>
#include <new>
#include <stdexcept>

#include "gc/lifetimes.h"

namespace gcmap {
namespace {

constexpr size_t kWord = sizeof(void*);
constexpr size_t kChunkBytes = 64 << 10;
// Larger ones lie alone. Chunks must be large objects of the heap, which have their span to themselves.
constexpr size_t kSharingBytesMax = kSmallBytesMax;
static_assert(kAlignmentMax + kSharingBytesMax <= kChunkBytes, "what shares chunks fits into an empty one");
static_assert(kChunkBytes > kSmallBytesMax && kChunkBytes - ArenaChunk::kLinkBytes <= UINT16_MAX,
              "the slack of a chunk is counted in 16 bits");

size_t aligned_up(size_t bytes, size_t alignment) {
  return (bytes + alignment - 1) / alignment * alignment;
}

size_t start_of(const Type& type, size_t used) {
  return aligned_up(used, std::max(type.alignment, kWord));
}

// At least a word, so that no two objects share an address. Errors: std::bad_alloc.
size_t bytes_of(const Type& type, size_t count) {
  size_t bytes = 0;
  if (__builtin_mul_overflow(type.size, count, &bytes) || bytes > SIZE_MAX - kAlignmentMax - 2 * kWord)
    throw std::bad_alloc();
  return std::max(aligned_up(bytes, kWord), kWord);
}

}  // namespace

Arena::Arena(Heap& heap) : newest_(heap) {
  heap.lifetimes().add_guest();
}

Arena::~Arena() {
  free();
  heap().lifetimes().remove_guest();
}

void* Arena::allocate(const Type& type, size_t count) {
  if (freed_) throw std::logic_error("gcmap::Arena: an object is wanted of an arena that was freed");
  const size_t bytes = bytes_of(type, count);
  if (bytes > kSharingBytesMax) return take_alone(type, count, bytes);
  if (current_ == nullptr || start_of(type, current_->used) + bytes > current_->capacity) {
    current_ = &add_chunk(kChunkBytes, ArenaChunk::kLinkBytes);
  }
  const size_t start = start_of(type, current_->used);
  const size_t end = start + bytes;
  if (!type.noscan()) current_->note(start, type, count);
  bytes_ += end - current_->used;
  heap().lifetimes().arenas.resize(*current_, end);
  return current_->base() + start;
}

void* Arena::take_alone(const Type& type, size_t count, size_t bytes) {
  const size_t start = start_of(type, ArenaChunk::kLinkBytes);
  ArenaChunk& chunk = add_chunk(start + bytes, start + bytes);
  if (!type.noscan()) chunk.note(start, type, count);
  return chunk.base() + start;
}

// Allocation may fail up to where the record is attached; before, nothing is changed.
ArenaChunk& Arena::add_chunk(size_t bytes, size_t used) {
  Lifetimes& lifetimes = heap().lifetimes();
  auto chunk = std::make_unique<ArenaChunk>();
  void* const object = heap().allocate(arena_chunk_type(), bytes / kWord);
  lifetimes.arenas.attach(*chunk, object, used);
  Heap::store(chunk->link(), newest_.get());
  newest_.set(object);
  chunks_.push_back(*chunk);
  bytes_ += used;
  return *chunk.release();
}

void Arena::free() noexcept {
  freed_ = true;
  newest_.set(nullptr);
  current_ = nullptr;
  while (ArenaChunk* const chunk = chunks_.pop_front()) heap().lifetimes().arenas.retire(chunk);
  bytes_ = 0;
}

}  // namespace gcmap
