// A span: a run of pages cut into equal slots, and everything known about the objects in them.
//
// Layout. Nothing lies in the pages but objects; the span and its arrays are one block of metadata:
//
//   pages     | slot 0 | slot 1 | slot 2 | ...            | tail |     slot_bytes each
//   metadata  | Span | alloc bits | mark bits | types | slack | (held bits | freed_at) |
//
//   alloc bits  what the last sweep left allocated; allocation since then moves free_index up
//   mark bits   what the present mark phase has reached; all zero in a swept span outside marking
//   types       one const Type* per slot; absent in noscan spans
//   slack       slot_bytes - requested bytes, per slot
//   held bits   freed slots still in quarantine (H13), and freed_at, the running number of their freeing;
//               both absent unless the heap has a quarantine
//
// Objects with a finalizer, a weak cell or the like add an array of lists, a block of its own (special.h).
//
// A large object is a span of one slot that fills its pages.
//
// Invariants (H2).
//   A slot is allocated iff (slot < free_index or its alloc bit is set) and its held bit is clear.
//   live_count is the number of allocated slots, held_count that of held ones.
//   free_index <= slot_count; no bit beyond slot_count is set; a mark bit implies an allocated slot.
//   Every slot below free_index is allocated or held: allocation never looks back.
//
// Protocol: sweep generations, as in Go's mheap. h is the generation of the heap, which rises by two when
// a mark phase ends. A span whose generation is
//   h - 2  needs sweeping: its mark bits tell who lives
//   h - 1  is being swept
//   h      is swept, and in the central list of its class
//   h + 1  was cached before the sweep began and still is: needs sweeping
//   h + 3  was swept, then cached
// A span is allocated from only while cached with h + 3. Sweeping makes the mark bits the alloc bits and
// starts over with free_index 0.
//
// Whoever changes a span calls a function of it: allocation SpanCache::claim, marking set_mark and the notes
// of lost objects, sweeping the functions below in their order, specials attach and detach. Fields are
// written by their owner - this file, span.cc, the cache, the space - and by tests of verifiers.
//
// Relied on by: the marker (slot_of, set_mark), the sweeper, every verifier.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "gcmap/internal/alloc/size_class.h"
#include "gcmap/internal/base/check.h"
#include "gcmap/internal/base/counter.h"
#include "gcmap/internal/base/intrusive_list.h"

namespace gcmap {

struct Special;
struct Type;

struct Span : ListLink<Span> {
  char* base = nullptr;
  uint32_t first_page = 0;
  uint32_t pages = 0;
  size_t slot_bytes = 0;
  uint32_t slot_count = 0;
  uint32_t slot_magic = 0;  // 0 for large objects: every offset lies in slot 0
  uint32_t free_index = 0;
  uint32_t live_count = 0;
  uint32_t held_count = 0;
  uint32_t sweepgen = 0;
  SpanClass span_class = 0;
  bool needs_zero = false;  // free slots may hold old bytes
  bool arena = false;       // one slot that many objects share, and the program's specials may not hang on
  bool retired = false;     // an arena's, which was freed: nothing lives in its slot, and nobody reads it
  bool lost_grey = false;   // a marked object fell off the mark stack: the marker scans all of them again
  uint64_t* alloc_bits = nullptr;
  uint64_t* mark_bits = nullptr;
  uint64_t* held_bits = nullptr;
  uint64_t* freed_at = nullptr;
  const Type** types = nullptr;
  uint16_t* slack = nullptr;
  Special** specials = nullptr;  // heads of lists, by slot
  uint32_t special_count = 0;

  bool large() const { return size_class_of(span_class) == kLargeClass; }
  bool noscan() const { return is_noscan(span_class); }
  uint32_t word_count() const { return (slot_count + 63) / 64; }

  // The slot an address of this span's pages lies in; slot_count or more in the tail.
  uint32_t slot_of(const void* address) const {
    const uint64_t offset = static_cast<uint64_t>(static_cast<const char*>(address) - base);
    return static_cast<uint32_t>(offset * slot_magic >> 32);
  }
  char* slot_address(uint32_t slot) const { return base + slot * slot_bytes; }
  size_t requested_bytes(uint32_t slot) const { return retired ? 0 : slot_bytes - slack[slot]; }
  const Type* type_of(uint32_t slot) const { return types != nullptr ? types[slot] : nullptr; }

  static bool bit(const uint64_t* bits, uint32_t slot) { return (bits[slot / 64] >> (slot % 64) & 1) != 0; }
  bool is_held(uint32_t slot) const { return held_bits != nullptr && bit(held_bits, slot); }
  bool is_marked(uint32_t slot) const { return bit(mark_bits, slot); }
  bool is_allocated(uint32_t slot) const {
    return (slot < free_index || bit(alloc_bits, slot)) && !is_held(slot);
  }

  // Bits of the allocated slots of one word.
  uint64_t allocated_word(uint32_t word) const {
    const uint32_t first = word * 64;
    uint64_t bits = alloc_bits[word];
    if (free_index > first)
      bits |= free_index - first >= 64 ? ~uint64_t{0} : (uint64_t{1} << (free_index - first)) - 1;
    return held_bits != nullptr ? bits & ~held_bits[word] : bits;
  }

  // Returns true iff the slot was not marked before.
  bool set_mark(uint32_t slot) {
    GCMAP_DCHECK(slot < slot_count, "slot %u is marked in a span of %u", slot, slot_count);
    uint64_t& word = mark_bits[slot / 64];
    const uint64_t mask = uint64_t{1} << (slot % 64);
    if ((word & mask) != 0) return false;
    word |= mask;
    return true;
  }

  // Notes that a marked object of the span fell off the mark stack; take_lost_grey returns and forgets it.
  void note_lost_grey() { lost_grey = true; }
  bool take_lost_grey() { return std::exchange(lost_grey, false); }

  // Sweeping. Word by word the dead leave the count; with a quarantine each is held, and those whose time is
  // over are let go; in the end the mark bits become the alloc bits.

  // Bits of the slots of one word that the mark phase did not reach.
  uint64_t dead_word(uint32_t word) const { return allocated_word(word) & ~mark_bits[word]; }
  void drop_dead(uint32_t count) {
    take_off(live_count, count, "objects of a span");
    needs_zero |= count > 0;
  }
  bool has_quarantine() const { return held_bits != nullptr; }
  // Holds a dead slot back, which was the `number`-th to be freed.
  // Requires: has_quarantine().
  void hold(uint32_t slot, uint64_t number) {
    held_bits[slot / 64] |= uint64_t{1} << (slot % 64);
    freed_at[slot] = number;
    ++held_count;
  }
  // Lets go of the slots held while at least `objects` others were freed, `freed_objects` up to now.
  // Cost: O(slots).
  void expire_held(uint64_t freed_objects, uint32_t objects);
  // Requires: the dead are dropped. The old bits say what was allocated, so they are read before this.
  void turn_over();

  // Special lists. `lists` has a null pointer for every slot; it is the caller's again when the last special
  // is detached, upon which detach returns true.
  // Cost: O(specials of the slot).
  void give_special_lists(Special** lists) { specials = lists; }
  void attach(Special& special, uint32_t slot) noexcept;
  bool detach(Special& special, uint32_t slot) noexcept;

  // An arena's span.
  // Requires: large().
  void become_arena() { arena = true; }
  void set_requested_bytes(size_t bytes) {
    GCMAP_DCHECK(slot_bytes - bytes <= UINT16_MAX, "%zu bytes of a slot of %zu: the slack has 16 bits", bytes,
                 slot_bytes);
    slack[0] = static_cast<uint16_t>(slot_bytes - bytes);
  }
  void retire() { retired = true; }

  // The first free slot from free_index on; slot_count or more when there is none.
  uint32_t next_free() const {
    for (uint32_t slot = free_index; slot < slot_count; slot = (slot | 63) + 1) {
      const uint64_t free = ~alloc_bits[slot / 64] >> (slot % 64);
      if (free != 0) return slot + static_cast<uint32_t>(std::countr_zero(free));
    }
    return slot_count;
  }
  // The first marked slot from `slot` on; slot_count or more when there is none.
  uint32_t next_marked(uint32_t slot) const {
    for (; slot < slot_count; slot = (slot | 63) + 1) {
      const uint64_t marked = mark_bits[slot / 64] >> (slot % 64);
      if (marked != 0) return slot + static_cast<uint32_t>(std::countr_zero(marked));
    }
    return slot_count;
  }
  bool has_free_slot() const { return live_count + held_count < slot_count; }
};

// A slot allocation has taken and not handed out yet.
struct ClaimedSlot {
  Span* span = nullptr;
  uint32_t slot = 0;
};

}  // namespace gcmap
