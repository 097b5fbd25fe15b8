// Dereferencing a loop after writes gives the entry of that moment; where there is none, the process ends.
#include "gcmap/internal/map/loop.h"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <string>

#include "gcmap/map.h"
#include "gcmap/string.h"
#include "map/test_model.h"

namespace gcmap {
namespace {

constexpr char kErased[] = "the entry this loop stands on was erased: \\+\\+ first";

TEST(Loop, GivesTheEntryWhereverGrowthHasMovedIt) {
  for (const uint64_t size : {1, 8, 27, 105}) {
    Heap heap;
    U64Map map(heap);
    for (uint64_t key = 0; key < size; ++key) map[key] = key * 10;
    auto loop = map.begin();
    const uint64_t key = loop->first;
    uint64_t moved = 0;
    const uint64_t* last = &loop->second;
    for (uint64_t fresh = 1000; fresh < 2000; ++fresh) {
      map[fresh] = 0;
      if (fresh % 50 == 0) heap.collect();
      ASSERT_EQ(loop->first, key);
      ASSERT_EQ(&loop->second, &map.at(key));
      if (&loop->second != last) ++moved;
      last = &loop->second;
    }
    EXPECT_GE(moved, 3u);
  }
}

#if GCMAP_CHECKED
// Whatever the write and the key; reading the map, and writing through a reference, leave a cursor good.
TEST(CursorDeathTest, ACursorKeptAcrossAWriteIsTold) {
  constexpr char kStale[] = "this cursor is older than the last write to its map";
  using Write = void (*)(U64Map&);
  for (const Write write : {Write([](U64Map& map) { map[1000] = 1; }), Write([](U64Map& map) { map[1] = 1; }),
                            Write([](U64Map& map) { map.erase(2); }), Write([](U64Map& map) { map.clear(); }),
                            Write([](U64Map& map) { map.reserve(100); })}) {
    Heap heap;
    U64Map map(heap);
    for (uint64_t key = 0; key < 14; ++key) map[key] = key;
    const auto found = map.find(5);
    const auto added = map.try_emplace(50, 5).first;
    EXPECT_DEATH((void)found->second, kStale);
    EXPECT_EQ(added->second, 5u);
    added->second = 6;
    EXPECT_TRUE(map.contains(5) && map.find(6)->second == 6);
    EXPECT_EQ((*added).second, 6u);
    write(map);
    EXPECT_DEATH((void)*added, kStale);
    EXPECT_DEATH(map.erase(added), kStale);
    EXPECT_TRUE(added);  // whether something was found may still be asked
  }
}

TEST(CursorDeathTest, AnObjectOrMapOfAnotherHeapIsNoKeyOrValue) {
  constexpr char kOtherHeap[] = "is no object of this heap but of another one, or of none";
  struct Leaf {
    uint64_t x;
  };
  Heap heap;
  Heap other;
  const Local<Leaf> stranger(other, make<Leaf>(other));
  Map<Member<Leaf>, Member<Leaf>> objects(heap);
  const Local<Leaf> own(heap, make<Leaf>(heap));
  EXPECT_DEATH(objects.insert_or_assign(stranger.get(), own.get()), kOtherHeap);
  EXPECT_DEATH(objects.insert_or_assign(own.get(), stranger.get()), kOtherHeap);
  Map<uint64_t, Member<U64Map>> maps(heap);
  U64Map foreign(other);
  EXPECT_DEATH(maps.insert_or_assign(1, foreign), kOtherHeap);
}
#endif

TEST(Loop, GivesTheLatestValue) {
  Heap heap;
  Map<String, String> map(heap);
  for (uint64_t i = 0; i < 60; ++i) map[std::to_string(i)] = "old";
  uint64_t met = 0;
  for (auto loop = map.begin(); loop != map.end(); ++loop, ++met) {
    const std::string key(loop->first.view());
    map[key] = "new";
    heap.collect();
    EXPECT_EQ(loop->second, "new");
    map.insert_or_assign(key, "newest");
    EXPECT_EQ((*loop).second, "newest");
    loop->second = "written through the loop";
    EXPECT_EQ(map.at(key), "written through the loop");
  }
  EXPECT_EQ(met, 60u);
}

TEST(Loop, GivesTheEntryAcrossReserveShrinkToFitAndHalving) {
  Heap heap;
  U64Map map(heap);
  map.set_shrinking(true);
  for (uint64_t key = 0; key < 400; ++key) map[key] = key * 10;
  auto loop = map.begin();
  const uint64_t key = loop->first;
  map.reserve(5000);
  EXPECT_EQ(loop->second, key * 10);
  map.shrink_to_fit();
  EXPECT_EQ(loop->second, key * 10);
  for (uint64_t other = 0; other < 400; ++other) {
    if (other != key) map.erase(other);
    ASSERT_EQ(loop->second, key * 10);
  }
  EXPECT_TRUE(++loop == map.end());
}

// An entry that was inserted again stands for the one before it.
TEST(Loop, GivesWhatWasInsertedUnderTheKeyAgain) {
  Heap heap;
  U64Map map(heap);
  for (uint64_t key = 0; key < 30; ++key) map[key] = key * 10;
  auto loop = map.begin();
  const uint64_t key = loop.key();
  map.clear();
  EXPECT_EQ(loop.key(), key) << "the key outlives its entry";
  map[key] = 77;
  EXPECT_EQ(loop->second, 77u);
}

TEST(Loop, KeepsTheKeyOfAnErasedEntryAndGoesOn) {
  Heap heap;
  Map<String, uint64_t> map(heap);
  for (uint64_t i = 0; i < 60; ++i) map[std::to_string(i)] = i;
  std::map<std::string, uint64_t> met;
  for (auto loop = map.begin(); loop != map.end(); ++loop) {
    const auto [key, value] = *loop;
    const std::string text(key.view());
    met[text] = value;
    map.erase(text);
    heap.collect();
    EXPECT_EQ(loop.key(), text);
  }
  EXPECT_EQ(met.size(), 60u);
  EXPECT_TRUE(map.empty());
}

TEST(LoopDeathTest, AnErasedEntryCannotBeDereferenced) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto after = [](void (*write)(U64Map&, uint64_t)) {
    Heap heap;
    U64Map map(heap);
    for (uint64_t key = 0; key < 27; ++key) map[key] = key;
    auto loop = map.begin();
    write(map, loop.key());
    (void)*loop;
  };
  EXPECT_DEATH(after([](U64Map& map, uint64_t key) { map.erase(key); }), kErased);
  EXPECT_DEATH(after([](U64Map& map, uint64_t key) { map.erase(map.find(key)); }), kErased);
  EXPECT_DEATH(after([](U64Map& map, uint64_t) { map.clear(); }), kErased);
  EXPECT_DEATH(after([](U64Map& map, uint64_t) { erase_if(map, [](const auto&) { return true; }); }),
               kErased);
}

// A NaN is not found again. Its entry stays as it was reached, until the map is cleared.
TEST(LoopDeathTest, ANaNIsThereUntilTheMapIsCleared) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  struct OneChain {
    uint64_t operator()(double, uint64_t) const { return 0; }
  };
  Heap heap;
  Map<double, uint64_t, OneChain> map(heap);
  for (uint64_t n = 0; n < 20; ++n) map.try_emplace(std::numeric_limits<double>::quiet_NaN(), n);
  auto loop = map.begin();
  for (int i = 0; i < 12; ++i) ++loop;
  const uint64_t value = loop->second;
  for (uint64_t n = 0; n < 200; ++n) map[static_cast<double>(n)] = n;
  heap.collect();
  EXPECT_EQ(loop->second, value);
  map.clear();
  heap.collect();
  EXPECT_DEATH((void)*loop, kErased);
}

}  // namespace
}  // namespace gcmap
