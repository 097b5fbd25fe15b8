// Pools, weak-valued maps and arenas: it must be noticed when they do what they must not. Each test does
// that behind their backs.
#include "harness/run/reuse/reuse.h"

#include <gtest/gtest.h>

#include <string_view>

#include "gcmap/internal/gc/heap_door.h"
#include "gcmap/internal/gc/lifetime/lifetimes.h"
#include "gcmap/internal/gc/verify/inspector.h"
#include "gcmap/step.h"
#include "harness/run/test_families.h"

namespace gcmap::harness {
namespace {

class ReuseTest : public testing::Test {
 protected:
  ReuseTest() : families_(config_of(MapKind::kU64)) {
    families_.run(NewOperands{r0, 2});
    families_.run(NewOperands{r1, 2});
    families_.run(LinkOperands{r0, 0, r1});  // object 1 leads to object 2
  }

  void* object(size_t root) { return families_.root(RootName(root)).handle->get(); }
  Special& special(size_t root, Special::Kind kind) {
    return *HeapDoor::lifetimes(families_.heap()).specials.find(object(root), kind);
  }

  TestFamilies families_;
};

TEST_F(ReuseTest, APoolInUseIsNotAccused) {
  for (size_t cycles = 0; cycles < 4; ++cycles) {
    TestFamilies families(config_of(MapKind::kU64));
    EXPECT_FALSE(families.run(PoolGetOperands{r0})) << "there is no pool yet";
    for (size_t root = 0; root < 3; ++root) {
      families.run(NewOperands{RootName(root), 2});
      families.run(WeakenOperands{WeakName(root), RootName(root)});
      families.run(FinalizeOperands{RootName(root), FinalizerAction::kKeep});
    }
    EXPECT_TRUE(families.run(PoolPutOperands{r0}));
    EXPECT_FALSE(families.run(PoolPutOperands{r0})) << "the root let go";
    families.heap().collect();
    EXPECT_TRUE(families.run(PoolPutOperands{r1}));
    for (size_t i = 0; i < cycles; ++i) families.heap().collect();
    EXPECT_EQ(oracle_of([&] { families.check_quickly(); }), "");
    EXPECT_EQ(families.run(PoolGetOperands{r0}), cycles < 2);
    EXPECT_EQ(families.run(PoolGetOperands{r1}), cycles < 1);
    EXPECT_TRUE(families.run(PoolPutOperands{r2}));
    EXPECT_EQ(oracle_of([&] { families.verify(); }), "");
    EXPECT_EQ(oracle_of([&] { families.check_at_end(); }), "");
  }
}

TEST_F(ReuseTest, APoolThatMayDropWhatItHasNoMemoryForIsNotAccused) {
  families_.run(FailOperands{1});
  EXPECT_FALSE(families_.run(PoolPutOperands{r0}));
  EXPECT_EQ(oracle_of([&] { families_.check_struck(); }), "");
  EXPECT_EQ(oracle_of([&] { families_.check_at_end(); }), "");
}

TEST_F(ReuseTest, APoolThatGivesUpTooEarlyIsG11) {
  families_.run(PoolPutOperands{r0});
  HeapDoor::lifetimes(families_.heap()).pools.begin_cycle();
  EXPECT_EQ(oracle_of([&] { families_.check_quickly(); }), "G11");
  HeapDoor::lifetimes(families_.heap()).pools.begin_cycle();
  EXPECT_EQ(oracle_of([&] { families_.run(PoolGetOperands{r0}); }), "G11");
}

// The words of a pool's chunk: the link, then the objects.
void** words_of_pool(const Heap& heap) {
  void** words = nullptr;
  HeapInspector(heap).for_each_object([&](const ObjectView& object) {
    if (object.type != nullptr && std::string_view(object.type->name) == "pool chunk")
      words = static_cast<void**>(const_cast<void*>(object.address));
  });
  return words;
}

TEST_F(ReuseTest, APoolThatGivesSomethingElseIsG11) {
  families_.run(PoolPutOperands{r0});
  words_of_pool(families_.heap())[1] = object(1);
  EXPECT_EQ(oracle_of([&] { families_.run(PoolGetOperands{r0}); }), "G11");
}

TEST_F(ReuseTest, APoolThatLosesAnObjectIsG3) {
  families_.run(PoolPutOperands{r0});
  words_of_pool(families_.heap())[1] = object(1);
  families_.heap().collect();
  EXPECT_EQ(oracle_of([&] { families_.check_quickly(); }), "G3") << "freed while it was in the pool";
}

TEST_F(ReuseTest, AWeakValuedMapInUseIsNotAccused) {
  TestFamilies families(config_of(MapKind::kU64));
  EXPECT_FALSE(families.run(WeakGetOperands{r0, 1})) << "there is no map yet";
  EXPECT_FALSE(families.run(WeakEraseOperands{1}));
  for (size_t root = 0; root < 4; ++root) families.run(NewOperands{RootName(root), 2});
  families.run(FinalizeOperands{r0, FinalizerAction::kKeep});
  for (uint32_t root = 0; root < 4; ++root) EXPECT_TRUE(families.run(WeakPutOperands{root, RootName(root)}));
  families.run(WeakPutOperands{4, r3});
  families.run(WeakPutOperands{1, r3});  // another value
  for (size_t root = 0; root < 3; ++root) families.run(ReleaseOperands{RootName(root)});
  Stepper step(families.heap());
  step.start();
  step.mark(UINT64_MAX);
  ASSERT_TRUE(step.terminate());
  EXPECT_FALSE(families.run(WeakGetOperands{r5, 0})) << "dead, and waiting for its finalizer";
  EXPECT_TRUE(families.run(WeakGetOperands{r5, 1}));
  EXPECT_FALSE(families.run(WeakEraseOperands{2})) << "dead and not swept";
  families.heap().collect();
  EXPECT_EQ(families.run(RunFinalizersOperands{9}), 1u);
  EXPECT_FALSE(families.run(WeakGetOperands{RootName(6), 0})) << "alive again, in another life";
  EXPECT_TRUE(families.run(WeakPutOperands{0, r1})) << "root 1 holds it again";
  EXPECT_EQ(oracle_of([&] { families.verify(); }), "");
  EXPECT_EQ(oracle_of([&] { families.check_at_end(); }), "");
}

TEST_F(ReuseTest, AWeakValueClearedTooEarlyIsM18) {
  const auto clear = [&](size_t root) {
    auto& weak = static_cast<WeakSpecial&>(special(root, Special::Kind::kWeakCell));
    HeapDoor::lifetimes(families_.heap()).weak_cells.clear(weak);
  };
  for (uint32_t key = 1; key <= 3; ++key) families_.run(WeakPutOperands{key, r0});
  clear(0);
  EXPECT_EQ(oracle_of([&] { families_.run(WeakGetOperands{r5, 1}); }), "M18");
  EXPECT_EQ(oracle_of([&] { families_.run(WeakEraseOperands{2}); }), "M18");
  EXPECT_EQ(oracle_of([&] { families_.run(WeakPutOperands{3, r1}); }), "M18");
}

TEST_F(ReuseTest, AWeakValueThatIsAnotherIsM18) {
  families_.run(WeakPutOperands{1, r0});
  static_cast<WeakSpecial&>(special(0, Special::Kind::kWeakCell)).cell->target = object(1);
  EXPECT_EQ(oracle_of([&] { families_.run(WeakGetOperands{r5, 1}); }), "M18");
}

TEST_F(ReuseTest, AWeakValueShownAfterItsDeathIsM18) {
  families_.run(WeakPutOperands{1, r0});
  WeakCell* const cell = HeapDoor::weak_cell(families_.heap(), object(0));
  families_.run(WeakPutOperands{2, r0});
  families_.run(WeakenOperands{w0, r0});
  families_.run(ReleaseOperands{r0});
  Stepper step(families_.heap());
  step.start();
  step.mark(UINT64_MAX);
  ASSERT_TRUE(step.terminate());
  EXPECT_FALSE(families_.run(StrengthenOperands{r5, w0}));
  step.sweep(UINT64_MAX);  // and no door is passed that would remove the entries
  cell->target = object(1);
  EXPECT_EQ(oracle_of([&] { families_.run(WeakGetOperands{r5, 1}); }), "M18");
  EXPECT_EQ(oracle_of([&] { families_.run(WeakPutOperands{2, r1}); }), "M18");
  cell->target = nullptr;
}

// Each action at each place of a loop over five entries, of which two have dead values, in every phase.
TEST_F(ReuseTest, LoopsOverWeakValuesAreNotAccused) {
  for (size_t phase = 0; phase < 4; ++phase) {
    for (size_t action = 0; action < kVisitActionCount; ++action) {
      for (uint16_t nth = 1; nth <= 4; ++nth) {
        TestFamilies families(config_of(MapKind::kU64));
        for (size_t root = 0; root < 5; ++root) {
          families.run(NewOperands{RootName(root), 2});
          families.run(WeakPutOperands{static_cast<uint32_t>(root), RootName(root)});
        }
        families.run(ReleaseOperands{r1});
        families.run(ReleaseOperands{r3});
        Stepper step(families.heap());
        if (phase >= 1) step.start();
        if (phase >= 2) {
          step.mark(UINT64_MAX);
          step.terminate();
        }
        if (phase >= 3) step.sweep(1);
        const VisitWeakValuesOperands loop{
            .nth = nth, .action = static_cast<VisitAction>(action), .key = nth, .root = r4};
        const std::string what =
            std::to_string(phase) + " " + std::to_string(action) + " " + std::to_string(nth);
        EXPECT_EQ(oracle_of([&] { families.run(loop); }), "") << what;
        EXPECT_EQ(oracle_of([&] { families.run(VisitWeakValuesOperands{}); }), "") << what;
        EXPECT_EQ(oracle_of([&] { families.verify(); }), "") << what;
        EXPECT_EQ(oracle_of([&] { families.check_at_end(); }), "") << what;
      }
    }
  }
}

TEST_F(ReuseTest, AWeakValueThatALoopPassesOverIsM18) {
  families_.run(WeakPutOperands{1, r0});
  families_.run(WeakPutOperands{2, r1});
  auto& weak = static_cast<WeakSpecial&>(special(1, Special::Kind::kWeakCell));
  HeapDoor::lifetimes(families_.heap()).weak_cells.clear(weak);
  EXPECT_EQ(oracle_of([&] { families_.run(VisitWeakValuesOperands{}); }), "M18");
}

TEST_F(ReuseTest, AWeakValueThatALoopMeetsInPlaceOfAnotherIsM18) {
  families_.run(WeakPutOperands{1, r0});
  static_cast<WeakSpecial&>(special(0, Special::Kind::kWeakCell)).cell->target = object(1);
  EXPECT_EQ(oracle_of([&] { families_.run(VisitWeakValuesOperands{}); }), "M18");
}

TEST_F(ReuseTest, APoolWhoseObjectsNoRootHoldsIsNotAccused) {
  for (const bool steps : {false, true}) {
    TestFamilies families(config_of(MapKind::kU64));
    EXPECT_FALSE(families.run(PoolTakeOperands{1})) << "there is no pool yet";
    if (steps)
      families.run(InsideOperands{DecisionPoint::kAllocationPublished, 64, CollectorStep::kCollect, 1});
    EXPECT_TRUE(families.run(PoolPutNewOperands{130}));
    EXPECT_TRUE(families.run(PoolPassOperands{5}));
    families.heap().collect();
    EXPECT_TRUE(families.run(PoolPassOperands{5}));
    EXPECT_TRUE(families.run(PoolTakeOperands{3}));
    EXPECT_FALSE(families.run(PoolTakeOperands{200}));
    EXPECT_EQ(oracle_of([&] { families.verify(); }), "");
    EXPECT_EQ(oracle_of([&] { families.check_at_end(); }), "");
  }
}

TEST_F(ReuseTest, APoolThatLosesWhatNoRootHoldsIsG3) {
  families_.run(PoolPutNewOperands{1});
  words_of_pool(families_.heap())[1] = object(1);
  families_.heap().collect();
  EXPECT_EQ(oracle_of([&] { families_.check_quickly(); }), "G3");
}

TEST_F(ReuseTest, RunsOfWeakValuesDieWithTheirObject) {
  families_.run(WeakPutRunOperands{.key = 10, .root = r0, .count = 100});
  families_.run(WeakEraseRunOperands{.key = 10, .count = 40});
  EXPECT_TRUE(families_.run(VisitWeakValuesOperands{.nth = 7, .action = VisitAction::kErase}));
  families_.run(ReleaseOperands{r0});
  EXPECT_EQ(oracle_of([&] { families_.verify(); }), "");
  EXPECT_EQ(oracle_of([&] { families_.check_at_end(); }), "");
}

TEST_F(ReuseTest, AnArenaInUseIsNotAccused) {
  constexpr uint32_t kLarge = 4096;  // one that has a chunk of its own
  for (const bool marking : {false, true}) {
    TestFamilies families(config_of(MapKind::kU64Object));
    EXPECT_FALSE(families.run(ArenaFreeOperands{})) << "there is none yet";
    families.run(ArenaNewOperands{r0, 2});
    families.run(ArenaNewOperands{r1, kLarge});
    for (size_t root = 2; root < 5; ++root) families.run(NewOperands{RootName(root), 2});
    Stepper step(families.heap());
    if (marking) step.start();
    families.run(LinkOperands{r0, 0, r2});
    families.run(LinkOperands{r1, kLarge - 1, r3});
    families.run(LinkOperands{r2, 0, r0});
    families.run(LinkOperands{r4, 0, r1});
    for (const size_t root : {0u, 1u, 2u, 3u}) families.run(ReleaseOperands{RootName(root)});
    families.run(LoadOperands{r1, r4, 0});
    EXPECT_FALSE(families.run(FinalizeOperands{r1, FinalizerAction::kNothing}));
    EXPECT_FALSE(families.run(WeakenOperands{w0, r1}));
    EXPECT_FALSE(families.run(WatchOperands{r1}));
    EXPECT_FALSE(families.run(AnnotateOperands{k0, r1, r4}));
    EXPECT_FALSE(families.run(AnnotateOperands{k0, r4, r1}));
    EXPECT_FALSE(families.run(WeakPutOperands{1, r1}));
    EXPECT_FALSE(families.run(PoolPutOperands{r1}));
    EXPECT_FALSE(families.run(StoreOperands{m0, 1, r1}));
    EXPECT_EQ(oracle_of([&] { families.verify(); }), "");
    if (!marking) families.heap().collect();
    EXPECT_TRUE(families.run(ArenaFreeOperands{}));
    EXPECT_EQ(oracle_of([&] { families.verify(); }), "");
    EXPECT_EQ(families.root(r1).object_id, kNoObject) << "let go";
    EXPECT_FALSE(families.run(LoadOperands{r1, r4, 0})) << "nobody may follow it";
    families.run(ArenaNewOperands{r5, 2});  // another arena
    families.run(LinkOperands{r5, 0, r4});
    EXPECT_EQ(oracle_of([&] { families.check_at_end(); }), "");
  }
}

TEST_F(ReuseTest, AnArenaThatLosesAnObjectIsG3) {
  families_.run(ArenaNewOperands{r2, 2});
  static_cast<Node*>(object(2))[Node::kIdCell].word = 0;
  EXPECT_EQ(oracle_of([&] { families_.verify(); }), "G3");
}

TEST_F(ReuseTest, AnArenaThatLosesWhatItLeadsToIsG3) {
  families_.run(ArenaNewOperands{r2, 2});
  families_.run(LinkOperands{r2, 0, r0});
  families_.run(ReleaseOperands{r0});
  static_cast<Node*>(object(2))->link = nullptr;
  families_.heap().collect();
  EXPECT_EQ(oracle_of([&] { families_.check_quickly(); }), "G3");
}

TEST_F(ReuseTest, AChunkThatNothingNeedsIsG2) {
  Arena other(families_.heap());
  other.allocate(node_type(), 2);
  EXPECT_EQ(oracle_of([&] { families_.check_at_end(); }), "G2");
}

TEST_F(ReuseTest, APoolThatIsClearedIsNotAccused) {
  EXPECT_FALSE(families_.run(PoolClearOperands{})) << "there is no pool yet";
  for (size_t cycles = 0; cycles < 3; ++cycles) {
    families_.run(PoolPutNewOperands{70});
    for (size_t i = 0; i < cycles; ++i) families_.heap().collect();
    families_.run(PoolPutNewOperands{3});
    EXPECT_TRUE(families_.run(PoolClearOperands{}));
    EXPECT_FALSE(families_.run(PoolTakeOperands{1}));
    EXPECT_EQ(oracle_of([&] { families_.verify(); }), "");
  }
  EXPECT_EQ(oracle_of([&] { families_.check_at_end(); }), "");
}

TEST_F(ReuseTest, APoolMakesWhatItDoesNotHave) {
  EXPECT_TRUE(families_.run(PoolGetOrOperands{r2})) << "a new one";
  const ObjectId made = families_.root(r2).object_id;
  families_.run(PoolPutOperands{r2});
  EXPECT_FALSE(families_.run(PoolGetOrOperands{r3}));
  EXPECT_EQ(families_.root(r3).object_id, made);
  EXPECT_TRUE(families_.run(PoolGetOrOperands{r4}));
  EXPECT_EQ(oracle_of([&] { families_.check_at_end(); }), "");
}

TEST_F(ReuseTest, APoolThatGivesSomethingElseThanItHasIsG11) {
  families_.run(PoolPutOperands{r0});
  words_of_pool(families_.heap())[1] = object(1);
  EXPECT_EQ(oracle_of([&] { families_.run(PoolGetOrOperands{r3}); }), "G11");
}

TEST_F(ReuseTest, APoolThatIsBypassedIsEmpty) {
  Config config = config_of(MapKind::kU64);
  config.bypass_pools = 1;
  TestFamilies families(config);
  families.run(NewOperands{r0, 2});
  EXPECT_FALSE(families.run(PoolPutOperands{r0}));
  EXPECT_FALSE(families.run(PoolPutNewOperands{130}));
  EXPECT_EQ(oracle_of([&] { families.check_struck(); }), "");
  EXPECT_FALSE(families.run(PoolGetOperands{r1}));
  EXPECT_TRUE(families.run(PoolGetOrOperands{r1}));
  EXPECT_EQ(oracle_of([&] { families.check_quickly(), families.verify(); }), "");
  EXPECT_EQ(oracle_of([&] { families.check_at_end(); }), "");
}

TEST_F(ReuseTest, ARunOfWeakValuesIsReadInTurn) {
  families_.run(WeakPutRunOperands{.key = 10, .root = r0, .count = 5});
  families_.run(WeakPutOperands{15, r1});
  EXPECT_TRUE(families_.run(WeakGetRunOperands{.root = r3, .key = 8, .count = 8}));
  EXPECT_EQ(families_.root(r3).object_id, families_.root(r1).object_id) << "that of the last key";
  EXPECT_FALSE(families_.run(WeakGetRunOperands{.root = r3, .key = 16, .count = 8}));
  EXPECT_EQ(oracle_of([&] { families_.check_at_end(); }), "");
}

// Keys of weak values hash as the program says: all into one chain.
TEST_F(ReuseTest, WeakValuesUnderOneHashAreNotAccused) {
  for (const uint16_t arrival : {uint16_t{1}, uint16_t{2}, uint16_t{3}}) {
    Config config = config_of(MapKind::kU64);
    config.hash = static_cast<uint32_t>(HashClass::kConstant);
    TestFamilies families(config);
    families.run(NewOperands{r0, 2});
    families.run(NewOperands{r1, 2});
    for (uint32_t key = 0; key < 40; ++key) families.run(WeakPutOperands{key, key % 3 == 0 ? r0 : r1});
    families.run(ReleaseOperands{r1});
    families.run(InsideOperands{DecisionPoint::kAllocationPublished, arrival, CollectorStep::kCollect, 1});
    families.heap().collect();
    EXPECT_EQ(oracle_of([&] { families.check_struck(), families.verify(); }), "");
    EXPECT_TRUE(families.run(VisitWeakValuesOperands{}));
    EXPECT_EQ(oracle_of([&] { families.check_at_end(); }), "");
  }
}

TEST_F(ReuseTest, AHashIsNotChangedUnderAWeakValue) {
  families_.run(WeakPutOperands{7, r0});
  EXPECT_FALSE(families_.run(SetHashOperands{7, 1}));
  EXPECT_TRUE(families_.run(SetHashOperands{8, 1}));
  families_.run(WeakEraseOperands{7});
  EXPECT_TRUE(families_.run(SetHashOperands{7, 1}));
}

TEST_F(ReuseTest, AWeakSizeThatCountsTheDeadIsM18) {
  families_.run(WeakPutOperands{1, r0});
  EXPECT_EQ(oracle_of([&] { families_.verify(); }), "");
  static_cast<WeakSpecial&>(special(0, Special::Kind::kWeakCell)).cell->target = nullptr;
  EXPECT_EQ(oracle_of([&] { families_->reuse.check_weak_size(); }), "M18");
}

}  // namespace
}  // namespace gcmap::harness
