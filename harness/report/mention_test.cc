#include "harness/report/mention.h"

#include <gtest/gtest.h>

#include "gcmap/internal/map/layout.h"
#include "harness/run/test_families.h"

namespace gcmap::harness {
namespace {

using Of = Mention::Of;

std::string json_of(std::string_view words) {
  JsonText json;
  write(mentions_in(words), json);
  return json.text();
}

TEST(Mentions, AreFoundInTheOrderOfTheWords) {
  EXPECT_EQ(json_of("map 3 bucket 5 overflow 1 slot 2: mark 10, expected 11"),
            R"([{"map":3},{"bucket":5,"overflow":1,"slot":2}])");
  EXPECT_EQ(json_of("after a write to key 17: old bucket 4: holds keys"),
            R"([{"key":17},{"old_bucket":4,"overflow":0}])");
  EXPECT_EQ(json_of("root 2 -> heap+0x2040 (object) byte 8 -> heap+0x2080 (object): not marked"),
            R"([{"offset":8256},{"offset":8320}])");
  EXPECT_EQ(json_of("the barrier was told of the object at heap+8224, and null"), R"([{"offset":8224}])");
  EXPECT_EQ(json_of("span at page 3 (16 bytes, noscan) slot 9: poisoned"), R"([{"page":3,"slot":9}])");
  EXPECT_EQ(json_of("while marking, the object at heap offset 8336 was freed, object 5 too"),
            R"([{"offset":8336},{"object":5}])");
}

TEST(Mentions, AreNumbersBehindTheirNames) {
  EXPECT_EQ(json_of("the map 's key is bucket less, object five, heap+0x"), "[]");
  EXPECT_EQ(json_of("monkey 5 keys 6"), "[]");
  EXPECT_EQ(json_of("bucket 18446744073709551616"), "[]") << "out of range";
}

// What the verifier of maps says of a slot leads back to the slot.
TEST(Mentions, LeadFromAViolationToItsSlot) {
  TestFamilies families(config_of(MapKind::kU64));
  families.run(PutRunOperands{.map = MapName(0), .key = 1, .count = 60});
  const MapSlot& slot = families->maps.table().slot(MapName(0));
  MapHeader& header = *slot.adapter->header();
  ASSERT_EQ(header.b, 4);
  uint8_t& mark = present_chain(header, 3, slot.adapter->inspect().type()).marks()[0];
  ASSERT_GE(mark, kMinTopHash);
  mark ^= 0x40;
  const Violations found = slot.adapter->inspect().verify();
  mark ^= 0x40;
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(mentions_in("map 1 " + found[0].path + ": " + found[0].detail)[1],
            (Mention{Of::kBucket, 3, 0, 0}))
      << found[0].path;
}

}  // namespace
}  // namespace gcmap::harness
