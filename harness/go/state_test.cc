// States and dumps against the test vectors of corpus/go-traces/FORMAT.md.
#include "harness/go/state.h"

#include <gtest/gtest.h>

#include "harness/go/replay.h"

namespace gcmap::harness {
namespace {

class GoStateTest : public testing::Test {
 protected:
  std::unique_ptr<MapAdapter> make(uint64_t hint) {
    return make_adapter(MapKind::kU64, heap_, hashes_, 0, hint);
  }

  // Inserts with the given hash; the value is the key plus 2.
  void put(MapAdapter& map, uint64_t key, uint64_t hash) {
    hashes_.enter(key, hash);
    map.put(key, key + 2);
  }

  Heap heap_;
  GoHashTable hashes_;
};

TEST(Fnv1aTest, MatchesItsPublishedVectors) {
  Fnv1a digest;
  EXPECT_EQ(digest.value(), 0xcbf29ce484222325u);
  for (const char c : std::string_view("foobar")) digest.feed(static_cast<uint8_t>(c));
  EXPECT_EQ(digest.value(), 0x85944171f73967e8u);
}

TEST_F(GoStateTest, ArrayNotAllocated) {
  const auto map = make(8);
  const GoState state = go_state(map->inspect());
  EXPECT_EQ(to_text(state), "0 0 0 0 0 0 0 0 0 0 cbf29ce484222325 cbf29ce484222325");
  EXPECT_EQ(go_dump(map->inspect()), "");
}

TEST_F(GoStateTest, OneEmptyBucket) {
  const auto map = make(0);
  put(*map, 7, 0);
  map->erase(7);
  EXPECT_EQ(go_state(map->inspect()).digest, 0x67fa87cc1f656550u);
  EXPECT_EQ(go_dump(map->inspect()), ".");
}

TEST_F(GoStateTest, OneEntry) {
  const auto map = make(0);
  put(*map, 7, 0x2a00000000000000);
  const GoState state = go_state(map->inspect());
  EXPECT_EQ(state.count, 1u);
  EXPECT_EQ(state.digest, 0xeaf96f5f8c8e84ecu);
  EXPECT_EQ(state.lean, state.digest);
  EXPECT_EQ(go_dump(map->inspect()), "2a00000000000000=7");
}

TEST_F(GoStateTest, OverflowBucketsAndMarks) {
  const auto map = make(9);
  for (uint64_t key = 0; key < 9; ++key) put(*map, key, 2);  // bucket 0 of 2; a top byte below 5 gets 5 added
  map->erase(3);
  EXPECT_EQ(go_dump(map->inspect()), "0505050105050505=0,1,2,4,5,6,7+0500000000000000=8 .");
  EXPECT_EQ(go_chain(map->inspect(), MapArray::kPresent, 1), ".");
  const GoState state = go_state(map->inspect());
  EXPECT_EQ(state.newovf, 1u);
  EXPECT_EQ(state.noverflow, 1u);
}

TEST_F(GoStateTest, LeanLeavesOutOverflowBucketsOfEvacuatedChains) {
  const auto map = make(14);                                        // 4 buckets, limit 26
  for (uint64_t key = 0; key < 18; ++key) put(*map, key, key & 1);  // two chains of 9
  for (uint64_t key = 18; key < 26; ++key) put(*map, key, 2);
  EXPECT_EQ(go_state(map->inspect()).lean, go_state(map->inspect()).digest);
  put(*map, 26, 2);  // begins the growth: evacuates chain 2, which has no overflow bucket, and chain 0
  GoState state = go_state(map->inspect());
  EXPECT_EQ(state.grow, 1u);
  EXPECT_EQ(state.nevacuate, 1u);
  EXPECT_EQ(state.oldovf, 2u);
  EXPECT_EQ(state.oldovflean, 1u);
  EXPECT_NE(state.lean, state.digest);
  EXPECT_EQ(go_chain(map->inspect(), MapArray::kOld, 0), "0202020202020202+0204040404040404");
}

}  // namespace
}  // namespace gcmap::harness
