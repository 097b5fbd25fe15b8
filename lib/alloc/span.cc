#include "gcmap/internal/alloc/span.h"

#include <cstring>

#include "gcmap/internal/alloc/special.h"
#include "gcmap/internal/base/sometimes.h"

namespace gcmap {

void Span::expire_held(uint64_t freed_objects, uint32_t objects) {
  for (uint32_t slot = 0; held_count > 0 && slot < slot_count; ++slot) {
    if (!is_held(slot) || freed_objects - freed_at[slot] < objects) continue;
    held_bits[slot / 64] &= ~(uint64_t{1} << (slot % 64));
    take_off(held_count, 1, "slots of a span in quarantine");
    GCMAP_SOMETIMES(true, "a slot leaves quarantine");
  }
}

void Span::turn_over() {
  std::swap(alloc_bits, mark_bits);
  std::memset(mark_bits, 0, word_count() * sizeof(uint64_t));
  for (uint32_t word = 0; held_count > 0 && word < word_count(); ++word) alloc_bits[word] |= held_bits[word];
  free_index = 0;
}

void Span::attach(Special& special, uint32_t slot) noexcept {
  special.next = specials[slot];
  specials[slot] = &special;
  ++special_count;
}

bool Span::detach(Special& special, uint32_t slot) noexcept {
  Special** link = &specials[slot];
  while (*link != &special) {
    GCMAP_CHECK(*link != nullptr, "a special of %p is not in the list of its slot", special.object);
    link = &(*link)->next;
  }
  *link = special.next;
  special.next = nullptr;
  take_off(special_count, 1, "specials of a span");
  if (special_count > 0) return false;
  specials = nullptr;
  return true;
}

}  // namespace gcmap
