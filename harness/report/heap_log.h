// The heap, its spans and the objects a program made, told step by step.
#pragma once

#include <cstdint>
#include <string>

#include "gcmap/internal/alloc/span.h"
#include "harness/report/object_addresses.h"
#include "harness/report/sound_memory.h"
#include "harness/report/told.h"
#include "harness/run/families.h"

namespace gcmap::harness {

class HeapLog {
 public:
  explicit HeapLog(const Families& families) : families_(families) {}

  // Writes "heap", "spans", "spans_gone", "objects" and "objects_gone", where there is something new, as
  // members of the open object.
  void tell(const SoundMemory& memory, const ObjectAddresses& addresses, JsonText& json);

 private:
  void tell_heap(JsonText& line);
  void tell_span(const Span& span, bool unswept);
  void tell_object(ObjectId id, const ModelWalk& walk, const SoundMemory& memory,
                   const ObjectAddresses& addresses);

  const Families& families_;
  std::string heap_;  // as it was told last
  Told spans_{"spans", "spans_gone"};
  Told objects_{"objects", "objects_gone"};
};

// Bits of slots as hexadecimal digits: digit k holds slots 4k (the lowest bit) to 4k + 3; zeroes at the end
// are left out.
template <typename IsSet>
std::string bits_in_hex(uint32_t slots, IsSet&& is_set) {
  std::string digits;
  for (uint32_t first = 0; first < slots; first += 4) {
    uint32_t digit = 0;
    for (uint32_t i = 0; i < 4 && first + i < slots; ++i) digit |= is_set(first + i) ? 1u << i : 0;
    digits += "0123456789abcdef"[digit];
  }
  return digits.substr(0, digits.find_last_not_of('0') + 1);
}

}  // namespace gcmap::harness
