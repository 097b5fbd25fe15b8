// What a growth that is under way must not do, and what a clear must leave: each test shows the oracle
// something wrong and names the id.
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "gcmap/handles.h"
#include "gcmap/map.h"
#include "gcmap/step.h"
#include "harness/oracle/event_recorder.h"
#include "harness/oracle/map.h"

namespace gcmap::harness {
namespace {

// Of a map of 26 entries in four buckets that doubles, by what a heap would tell of it.
class MapGrowth : public testing::Test {
 protected:
  struct IdentityHash {
    uint64_t operator()(uint64_t key, uint64_t) const { return key; }
  };
  using Entries = Access<uint64_t, uint64_t, IdentityHash, std::equal_to<uint64_t>>;

  MapGrowth() : map_(heap_), recorder_(heap_, graph_, 0) {
    const IdentityHash hasher;
    map_ = make_map(heap_, Entries::type(), 0, 1, &hasher, sizeof(hasher));
    Stepper(heap_).set_event_sink(&recorder_);
  }
  ~MapGrowth() override { Stepper(heap_).set_event_sink(nullptr); }

  MapInspector inspect() { return MapInspector(map_.get(), Entries::type()); }
  GrowthSteps steps() const {
    return {recorder_.points().total(DecisionPoint::kMapGrowthStarted),
            recorder_.points().total(DecisionPoint::kMapChainEvacuated)};
  }
  static std::string id_of(const std::function<void()>& body) {
    try {
      body();
    } catch (const Failure& failure) {
      return failure.oracle;
    }
    return "";
  }
  // Does the write; returns what the oracle says of it.
  std::string judged(const std::function<void()>& write, bool inserts, bool erases) {
    const MapState before = inspect().state();
    const GrowthSteps steps_before = steps();
    write();
    GrowthSteps made = steps();
    made.begun -= steps_before.begun;
    made.chains_moved -= steps_before.chains_moved;
    return id_of([&] { oracle_.after_growth_steps(before, inspect(), made, inserts, erases); });
  }
  std::string put(uint64_t key) {
    const uint64_t count = map_->count;
    bool inserted = false;
    const MapState before = inspect().state();
    const GrowthSteps steps_before = steps();
    Entries::assign(*map_, key, inserted);
    GrowthSteps made = steps();
    made.begun -= steps_before.begun;
    made.chains_moved -= steps_before.chains_moved;
    EXPECT_EQ(inserted, map_->count != count);
    return id_of([&] { oracle_.after_growth_steps(before, inspect(), made, inserted, false); });
  }
  std::string erase(uint64_t key) {
    return judged([&] { Entries::erase<uint64_t>(*map_, key); }, false, true);
  }
  void fill(uint64_t entries) {
    for (uint64_t key = 0; key < entries; ++key) ASSERT_EQ(put(key), "") << key;
  }

  Heap heap_;
  Root<MapHeader> map_;
  ModelGraph graph_;
  EventRecorder recorder_;
  MapOracle oracle_;
};

TEST_F(MapGrowth, SoundMapsAreNotAccused) {
  fill(2000);
  for (uint64_t key = 0; key < 2000; ++key) ASSERT_EQ(erase(key), "") << key;
  map_->shrinks = true;
  oracle_.set_shrinking(true);
  for (int round = 0; round < 3; ++round) {  // the window moves on: growths to the same size among them
    for (uint64_t key = 0; key < 3000; ++key) {
      ASSERT_EQ(put(100'000 * round + 8 * key), "") << key;
      if (key >= 60) {
        ASSERT_EQ(erase(100'000 * round + 8 * (key - 60)), "") << key;
      }
    }
    for (uint64_t key = 2940; key < 3000; ++key) ASSERT_EQ(erase(100'000 * round + 8 * key), "") << key;
  }
}

TEST_F(MapGrowth, AWriteThatMovesAThirdChainIsM19) {
  fill(53);  // sixteen buckets, of eight old ones two moved
  ASSERT_EQ(inspect().state().growth, 1);
  EXPECT_EQ(judged(
                [&] {
                  for (int i = 0; i < 2; ++i) growth_work(*map_, Entries::type(), 7 - i);
                },
                false, false),
            "M19");
}

TEST_F(MapGrowth, AGrowthThatBecomesAnotherIsM10) {
  fill(53);
  EXPECT_EQ(judged([&] { map_->flags |= kFlagSameSizeGrow; }, false, false), "M10");
}

TEST_F(MapGrowth, AnOverwriteThatBeginsTheNextIsM10) {
  fill(53);
  const auto begin_another = [&] {
    finish_growth(*map_, Entries::type());
    begin_same_size(*map_, Entries::type());
  };
  const MapState before = inspect().state();
  begin_another();
  EXPECT_EQ(id_of([&] { oracle_.after_growth_steps(before, inspect(), {1, 2}, false, false); }), "M10");
}

TEST_F(MapGrowth, ADoublingThatDoesNotFollowIsM10) {
  fill(53);
  while (inspect().state().count < 104) put(1000 + map_->count);  // as many as sixteen buckets hold
  begin_same_size(*map_, Entries::type());
  const MapState before = inspect().state();
  finish_growth(*map_, Entries::type());
  EXPECT_EQ(id_of([&] { oracle_.after_growth_steps(before, inspect(), {0, 2}, true, false); }), "M10");
}

TEST_F(MapGrowth, WhatAClearLeavesIsJudged) {
  const auto cleared = [&](const std::function<void()>& clear) {
    const MapState before = inspect().state();
    clear();
    return id_of([&] { oracle_.after_clear(before, inspect()); });
  };
  const auto clear = [&] { clear_map(*map_, Entries::type()); };
  EXPECT_EQ(cleared(clear), "") << "empty";
  fill(53);
  EXPECT_EQ(cleared(clear), "") << "growing";
  fill(20);
  EXPECT_EQ(cleared([&] {
              clear();
              drop_arrays(*map_);
            }),
            "M10")
      << "a map that may not shrink lost its array";
  fill(20);
  oracle_.set_shrinking(true);
  EXPECT_EQ(cleared(clear), "M10") << "one that may shrink kept it";
  map_->shrinks = true;
  fill(20);
  EXPECT_EQ(cleared(clear), "");
}

}  // namespace
}  // namespace gcmap::harness
