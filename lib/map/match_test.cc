#include "gcmap/internal/map/match.h"

#include <gtest/gtest.h>

#include "gcmap/internal/base/random.h"

namespace gcmap {
namespace {

TEST(Match, FindsExactlyTheSlotsWithTheMark) {
  Random random(1);
  for (int round = 0; round < 20000; ++round) {
    uint8_t marks[8];
    // Few values, neighbours in value: what inexact zero-byte tests trip over.
    for (uint8_t& mark : marks) mark = static_cast<uint8_t>(0x7f + random.below(4));
    const auto wanted = static_cast<uint8_t>(0x7f + random.below(4));
    SlotSet slots = slots_marked(marks, wanted);
    for (uint32_t slot = 0; slot < 8; ++slot) {
      if (marks[slot] != wanted) continue;
      ASSERT_TRUE(slots);
      ASSERT_EQ(slots.first(), slot);
      slots.remove_first();
    }
    ASSERT_FALSE(slots);
  }
}

}  // namespace
}  // namespace gcmap
