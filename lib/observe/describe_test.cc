#include <gtest/gtest.h>

#include "gcmap/gcmap.h"

namespace gcmap {
namespace {

struct TopByteHash {
  uint64_t operator()(uint64_t key, uint64_t) const { return key << 56; }
};

TEST(Describe, NamesEntriesSizeAndGrowth) {
  MapState state;
  state.count = 30;
  state.b = 3;
  EXPECT_EQ(describe(state), "30 entries, B 3");
  state.growth = 1;
  state.nevacuate = 2;
  state.noverflow = 4;
  EXPECT_EQ(describe(state), "30 entries, B 3, doubling (nevacuate 2), 4 overflow");
  state.growth = 2;
  EXPECT_EQ(describe(state), "30 entries, B 3, growing at the same size (nevacuate 2), 4 overflow");
  state.growth = 3;
  EXPECT_EQ(describe(state), "30 entries, B 3, halving (nevacuate 2), 4 overflow");
}

TEST(Describe, DrawsMarksAndLiveSlots) {
  Heap heap;
  Map<uint64_t, uint64_t, TopByteHash> map(heap);
  EXPECT_EQ(draw(inspect(map), draw_u64_entry), "");
  map[16] = 7;
  map[3] = 9;
  map[17] = 1;
  map.erase(3);
  EXPECT_EQ(draw(inspect(map), draw_u64_entry, "  "), "  bucket 0: [10=16:7 01 11=17:1 00 00 00 00 00]\n");
}

TEST(Describe, DrawsMapsOfEveryKind) {
  struct Node {
    uint64_t number;
  };
  Heap heap;
  Map<uint16_t, uint8_t, TopByteHash> narrow(heap);
  narrow[300] = 200;
  EXPECT_EQ(draw(inspect(narrow)), "bucket 0: [2c=300:200 00 00 00 00 00 00 00]\n");
  Map<uint64_t, Member<Node>, TopByteHash> references(heap);
  references.insert_or_assign(16, make<Node>(heap));
  references[17];
  const std::string offset = std::to_string(heap.offset_of(references.at(16).get()));
  EXPECT_EQ(draw(inspect(references)), "bucket 0: [10=16:@" + offset + " 11=17:null 00 00 00 00 00 00]\n");
  Map<Member<Node>, uint64_t> by_object(heap);
  by_object[references.at(16).get()] = 5;
  EXPECT_NE(draw(inspect(by_object)).find("=@" + offset + ":5"), std::string::npos);
}

TEST(Describe, DrawsStringsFloatsAndWhatIsLarge) {
  struct Large {
    uint64_t words[20];
  };
  struct Medium {
    uint64_t words[3];
  };
  Heap heap;
  const auto expect_entry = [](const MapInspector& map, const std::string& entry) {
    EXPECT_NE(draw(map).find('=' + entry + ' '), std::string::npos) << draw(map);
  };
  Map<String, double> prices(heap);
  prices["pear"] = -1.5;
  expect_entry(inspect(prices), "\"pear\":-1.5");
  Map<float, Medium> medium(heap);
  medium[0.25f];
  expect_entry(inspect(medium), "0.25:(24 bytes)");
  Map<uint64_t, Large> large(heap);
  expect_entry((large[1], inspect(large)), "1:@" + std::to_string(heap.offset_of(&large.at(1))));
  struct Nothing {};
  Map<uint64_t, Nothing> set(heap);
  expect_entry((set[9], inspect(set)), "9:-");
}

TEST(Describe, NamesPhaseOfTheHeap) {
  Heap heap;
  EXPECT_EQ(describe(heap), "phase idle, 0 objects, 0 bytes, 0 cycles");
  Stepper(heap).start();
  EXPECT_EQ(describe(heap).substr(0, 10), "phase mark");
}

}  // namespace
}  // namespace gcmap
