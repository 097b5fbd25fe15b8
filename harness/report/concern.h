// Which slots an operation is about: where its iterators stand, where its keys lie or would lie.
//
// Asked before an operation, it says what a crash in it was about; asked after, what it came to.
#pragma once

#include <cstdint>
#include <vector>

#include "harness/program/op.h"
#include "harness/report/object_addresses.h"
#include "harness/report/sound_memory.h"
#include "harness/run/families.h"

namespace gcmap::harness {

struct SlotPlace {
  static constexpr uint32_t kWholeBucket = 8;

  uint64_t bucket = 0;  // heap offset
  uint32_t slot = kWholeBucket;

  bool operator==(const SlotPlace&) const = default;
};

// Of a run of keys, those of its first and last.
// Cost: O(chains of these keys).
std::vector<SlotPlace> slots_concerned(const Operation& operation, const Families& families,
                                       const SoundMemory& memory, const ObjectAddresses& addresses);

}  // namespace gcmap::harness
