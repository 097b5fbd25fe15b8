#include "gcmap/internal/gc/lifetime/arenas.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "gcmap/heap.h"
#include "gcmap/internal/base/check.h"
#include "gcmap/internal/gc/heap_door.h"
#include "gcmap/internal/gc/lifetime/lifetimes.h"

namespace gcmap {
namespace {

// Hands on the slots of a range.
class RangeFilter final : public SlotVisitor {
 public:
  RangeFilter(const char* start, const char* end, SlotVisitor& target)
      : start_(start), end_(end), target_(target) {}
  void visit(void* const* slot) override {
    const auto* const at = reinterpret_cast<const char*>(slot);
    if (at >= start_ && at < end_) target_.visit(slot);
  }

 private:
  const char* start_;
  const char* end_;
  SlotVisitor& target_;
};

void trace_chunk(const Type&, const void* start, size_t bytes, SlotVisitor& visitor) {
  const Specials& specials = HeapDoor::lifetimes(Heap::of(start)).specials;
  const auto* const chunk = static_cast<ArenaChunk*>(specials.find(start, Special::Kind::kArenaChunk));
  if (chunk != nullptr) chunk->visit(static_cast<const char*>(start), bytes, visitor);
}

}  // namespace

const Type& arena_chunk_type() {
  static constexpr Type type{.name = "arena chunk", .size = sizeof(void*), .trace = trace_chunk};
  return type;
}

// A range may begin and end inside an element, and a trace function knows whole ones.
void ArenaChunk::visit(const char* start, size_t bytes, SlotVisitor& visitor) const {
  const auto low = static_cast<size_t>(start - base());
  const size_t high = low + bytes;
  if (low < kLinkBytes && bytes > 0) visitor.visit(link());
  RangeFilter filter(start, start + bytes, visitor);
  auto run = std::partition_point(runs.begin(), runs.end(), [&](const Run& r) { return r.end() <= low; });
  for (; run != runs.end() && run->offset < high; ++run) {
    const size_t size = run->type->size;
    const size_t first = run->offset < low ? (low - run->offset) / size : 0;
    const size_t last = std::min(run->count, (high - run->offset + size - 1) / size);
    visit_slots(*run->type, base() + run->offset + first * size, (last - first) * size, filter);
  }
}

void Arenas::attach(ArenaChunk& chunk, void* object, size_t used) {
  specials_.attach(chunk, object);
  Span& span = *space_.pages().index().span_of(object);
  GCMAP_CHECK(span.large(), "a chunk of an arena in a span of %u slots: it has a span to itself",
              span.slot_count);
  GCMAP_CHECK(used <= span.requested_bytes(0), "%zu bytes in use of a chunk of %zu", used,
              span.requested_bytes(0));
  chunk.span = &span;
  chunk.capacity = span.requested_bytes(0);
  span.become_arena();
  poison(chunk.base() + used, chunk.capacity - used);
  set_used(chunk, used);
}

void Arenas::retire(ArenaChunk* chunk) noexcept {
  Span& span = *chunk->span;
  GCMAP_CHECK(span.arena, "the chunk at %p is retired, and its span is no arena's", chunk->object);
  GCMAP_CHECK(!span.retired, "the chunk at %p is retired a second time", chunk->object);
  if (clobber_freed_) std::memset(chunk->base(), kClobberByte, chunk->used);
  poison(chunk->base(), chunk->used);
  space_.retire_arena(span, chunk->used);
  specials_.detach(*chunk);
  delete chunk;
}

void verify_arenas(const ObjectSpace& space, Violations* violations) {
  space.for_each_span([&](const Span& span) {
    const auto report = [&](const char* what) {
      violations->push_back({"H9", "arena chunk at page " + std::to_string(span.first_page), what});
    };
    const Special* const special = span.specials != nullptr ? span.specials[0] : nullptr;
    const bool has_record = special != nullptr && special->kind == Special::Kind::kArenaChunk;
    if (has_record != (span.arena && !span.retired)) report("has a record, or has none, and should not");
    if (!has_record) return;
    if (special->next != nullptr) report("has a special besides its record");
    const auto& chunk = static_cast<const ArenaChunk&>(*special);
    if (chunk.object != span.base || chunk.used > chunk.capacity || chunk.capacity > span.slot_bytes)
      report("is not what its record says");
    size_t end = ArenaChunk::kLinkBytes;
    for (const ArenaChunk::Run& run : chunk.runs) {
      if (run.offset < end || run.end() > span.slot_bytes - span.slack[0] || run.type->noscan())
        report("has a run of objects out of place");
      end = run.end();
    }
  });
}

}  // namespace gcmap
