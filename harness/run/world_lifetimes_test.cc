// A world must notice when finalizers, weak references, watches, weak maps, pools and arenas do what
// they must not. Each test does that behind the world's back.
#include <gtest/gtest.h>

#include <string_view>

#include "gcmap/internal/gc/lifetime/ephemerons.h"
#include "gcmap/internal/gc/lifetime/lifetimes.h"
#include "gcmap/internal/gc/lifetime/watches.h"
#include "gcmap/internal/gc/verify/inspector.h"
#include "gcmap/step.h"
#include "harness/run/test_world.h"

namespace gcmap::harness {
namespace {

class WorldLifetimes : public testing::Test {
 protected:
  WorldLifetimes() : world_(config_of(MapKind::kU64)) {
    world_.run(NewOperands{r0, 2});
    world_.run(NewOperands{r1, 2});
    world_.run(LinkOperands{r0, 0, r1});  // object 1 leads to object 2
  }

  void* object(size_t root) { return world_.root(RootName(root)).handle->get(); }
  Special& special(size_t root, Special::Kind kind) {
    return *world_.heap().lifetimes().specials.find(object(root), kind);
  }

  TestWorld world_;
};

TEST_F(WorldLifetimes, SoundRunsAreNotAccused) {
  for (const FinalizerDeed deed : {FinalizerDeed::kNothing, FinalizerDeed::kKeep, FinalizerDeed::kThrow,
                                   FinalizerDeed::kCollect, FinalizerDeed::kAgain}) {
    TestWorld world(config_of(MapKind::kU64));
    for (size_t root = 0; root < 4; ++root) world.run(NewOperands{RootName(root), 2});
    world.run(LinkOperands{r0, 0, r1});
    world.run(LinkOperands{r2, 0, r2});  // a circle
    for (size_t root = 0; root < 3; ++root) EXPECT_TRUE(world.run(FinalizeOperands{RootName(root), deed}));
    EXPECT_FALSE(world.run(FinalizeOperands{r0, deed})) << "it has one";
    world.run(WeakenOperands{w0, r0});
    world.run(WeakenOperands{w1, r1});
    world.run(WatchOperands{r0});
    world.run(WatchOperands{r3});
    world.run(AnnotateOperands{k0, r0, r3});
    world.run(AnnotateOperands{k1, r1, r1});
    for (size_t root = 0; root < 4; ++root) world.run(ReleaseOperands{RootName(root)});
    world.heap().collect();
    EXPECT_EQ(world.run(RunFinalizersOperands{9}), 1u) << "object 2 is needed by object 1's";
    EXPECT_FALSE(world.run(StrengthenOperands{r5, w0}));
    world.heap().collect();
    EXPECT_EQ(oracle_of([&] { world.check_quickly(); }), "");
    EXPECT_EQ(oracle_of([&] { world.verify(); }), "");
    EXPECT_EQ(oracle_of([&] { world.run(PollOperands{}); }), "");
    EXPECT_EQ(oracle_of([&] { world.check_at_end(); }), "");
  }
}

TEST_F(WorldLifetimes, AFinalizerThatIsLostIsG4) {
  world_.run(FinalizeOperands{r0, FinalizerDeed::kNothing});
  world_.heap().clear_finalizer(object(0));
  EXPECT_EQ(oracle_of([&] { world_.run(UnfinalizeOperands{r0}); }), "G4");
}

TEST_F(WorldLifetimes, AFinalizerThatNeverRanIsG4) {
  world_.run(FinalizeOperands{r0, FinalizerDeed::kNothing});
  world_.heap().clear_finalizer(object(0));
  world_.run(ReleaseOperands{r0});
  world_.heap().collect();
  EXPECT_EQ(oracle_of([&] { world_.check_quickly(); }), "G4") << "freed, and it never ran";
}

TEST_F(WorldLifetimes, AFinalizerThatRunsEarlyIsG4) {
  world_.run(FinalizeOperands{r0, FinalizerDeed::kNothing});
  auto& finalizer = static_cast<Finalizer&>(special(0, Special::Kind::kFinalizer));
  world_.heap().lifetimes().finalizers.queue(finalizer);
  EXPECT_EQ(oracle_of([&] { world_.run(RunFinalizersOperands{1}); }), "G4");
}

TEST_F(WorldLifetimes, AFinalizerThatRunsBeforeTheOneThatNeedsItsObjectIsG4) {
  world_.run(FinalizeOperands{r0, FinalizerDeed::kNothing});
  world_.run(FinalizeOperands{r1, FinalizerDeed::kNothing});
  auto& finalizer = static_cast<Finalizer&>(special(1, Special::Kind::kFinalizer));
  world_.run(ReleaseOperands{r0});
  world_.run(ReleaseOperands{r1});
  world_.heap().lifetimes().finalizers.queue(finalizer);
  EXPECT_EQ(oracle_of([&] { world_.run(RunFinalizersOperands{1}); }), "G4");
}

TEST_F(WorldLifetimes, AReferenceClearedTooEarlyIsG5) {
  world_.run(WeakenOperands{w0, r0});
  auto& weak = static_cast<WeakSpecial&>(special(0, Special::Kind::kWeakCell));
  world_.heap().lifetimes().weak_cells.clear(weak);
  EXPECT_EQ(oracle_of([&] { world_.run(StrengthenOperands{r5, w0}); }), "G5");
}

TEST_F(WorldLifetimes, AReferenceThatLeadsElsewhereIsG5) {
  world_.run(WeakenOperands{w0, r0});
  static_cast<WeakSpecial&>(special(0, Special::Kind::kWeakCell)).cell->target = object(1);
  EXPECT_EQ(oracle_of([&] { world_.run(StrengthenOperands{r5, w0}); }), "G5");
}

TEST_F(WorldLifetimes, AReferenceThatOutlivesItsObjectsLifeIsG5) {
  world_.run(WeakenOperands{w0, r0});
  world_.run(FinalizeOperands{r0, FinalizerDeed::kKeep});
  void* const target = object(0);
  RootHandle cell(world_.heap(), world_.heap().weak_cell(target));
  world_.run(ReleaseOperands{r0});
  world_.heap().collect();
  world_.run(RunFinalizersOperands{1});
  EXPECT_EQ(oracle_of([&] { world_.run(StrengthenOperands{r5, w0}); }), "") << "cleared, as it must be";
  static_cast<WeakCell*>(cell.get())->target = target;
  EXPECT_EQ(oracle_of([&] { world_.run(StrengthenOperands{r5, w0}); }), "G5");
  static_cast<WeakCell*>(cell.get())->target = nullptr;
}

TEST_F(WorldLifetimes, ADeathToldTooEarlyIsG10) {
  world_.run(WatchOperands{r0});
  auto& watch = static_cast<Watch&>(special(0, Special::Kind::kWatch));
  watch.list.fire(watch);
  EXPECT_EQ(oracle_of([&] { world_.run(PollOperands{}); }), "G10");
}

TEST_F(WorldLifetimes, AnEntryThatIsGoneIsG10) {
  world_.run(AnnotateOperands{k0, r0, r1});
  static_cast<Ephemeron&>(special(0, Special::Kind::kEphemeron)).table.erase(object(0));
  EXPECT_EQ(oracle_of([&] { world_.run(RecallOperands{r5, k0, r0}); }), "G10");
  EXPECT_EQ(oracle_of([&] { world_.run(AnnotateOperands{k0, r0, r1}); }), "G10");
}

TEST_F(WorldLifetimes, AnEntryThatLeadsElsewhereIsG10) {
  world_.run(AnnotateOperands{k0, r0, r1});
  static_cast<Ephemeron&>(special(0, Special::Kind::kEphemeron)).value = object(0);
  EXPECT_EQ(oracle_of([&] { world_.run(RecallOperands{r5, k0, r0}); }), "G10");
}

TEST_F(WorldLifetimes, APoolInUseIsNotAccused) {
  for (size_t cycles = 0; cycles < 4; ++cycles) {
    TestWorld world(config_of(MapKind::kU64));
    EXPECT_FALSE(world.run(PoolGetOperands{r0})) << "there is no pool yet";
    for (size_t root = 0; root < 3; ++root) {
      world.run(NewOperands{RootName(root), 2});
      world.run(WeakenOperands{WeakName(root), RootName(root)});
      world.run(FinalizeOperands{RootName(root), FinalizerDeed::kKeep});
    }
    EXPECT_TRUE(world.run(PoolPutOperands{r0}));
    EXPECT_FALSE(world.run(PoolPutOperands{r0})) << "the root let go";
    world.heap().collect();
    EXPECT_TRUE(world.run(PoolPutOperands{r1}));
    for (size_t i = 0; i < cycles; ++i) world.heap().collect();
    EXPECT_EQ(oracle_of([&] { world.check_quickly(); }), "");
    EXPECT_EQ(world.run(PoolGetOperands{r0}), cycles < 2);
    EXPECT_EQ(world.run(PoolGetOperands{r1}), cycles < 1);
    EXPECT_TRUE(world.run(PoolPutOperands{r2}));
    EXPECT_EQ(oracle_of([&] { world.verify(); }), "");
    EXPECT_EQ(oracle_of([&] { world.check_at_end(); }), "");
  }
}

TEST_F(WorldLifetimes, APoolThatMayDropWhatItHasNoMemoryForIsNotAccused) {
  world_.run(FailOperands{1});
  EXPECT_FALSE(world_.run(PoolPutOperands{r0}));
  EXPECT_FALSE(world_.families().injection.take_struck());
  EXPECT_EQ(oracle_of([&] { world_.check_at_end(); }), "");
}

TEST_F(WorldLifetimes, APoolThatGivesUpTooEarlyIsG11) {
  world_.run(PoolPutOperands{r0});
  world_.heap().lifetimes().pools.begin_cycle();
  EXPECT_EQ(oracle_of([&] { world_.check_quickly(); }), "G11");
  world_.heap().lifetimes().pools.begin_cycle();
  EXPECT_EQ(oracle_of([&] { world_.run(PoolGetOperands{r0}); }), "G11");
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

TEST_F(WorldLifetimes, APoolThatGivesSomethingElseIsG11) {
  world_.run(PoolPutOperands{r0});
  words_of_pool(world_.heap())[1] = object(1);
  EXPECT_EQ(oracle_of([&] { world_.run(PoolGetOperands{r0}); }), "G11");
}

TEST_F(WorldLifetimes, APoolThatLosesAnObjectIsG3) {
  world_.run(PoolPutOperands{r0});
  words_of_pool(world_.heap())[1] = object(1);
  world_.heap().collect();
  EXPECT_EQ(oracle_of([&] { world_.check_quickly(); }), "G3") << "freed while it was in the pool";
}

TEST_F(WorldLifetimes, AWeakValuedMapInUseIsNotAccused) {
  TestWorld world(config_of(MapKind::kU64));
  EXPECT_FALSE(world.run(WeakGetOperands{r0, 1})) << "there is no map yet";
  EXPECT_FALSE(world.run(WeakEraseOperands{1}));
  for (size_t root = 0; root < 4; ++root) world.run(NewOperands{RootName(root), 2});
  world.run(FinalizeOperands{r0, FinalizerDeed::kKeep});
  for (uint32_t root = 0; root < 4; ++root) EXPECT_TRUE(world.run(WeakPutOperands{root, RootName(root)}));
  world.run(WeakPutOperands{4, r3});
  world.run(WeakPutOperands{1, r3});  // another value
  for (size_t root = 0; root < 3; ++root) world.run(ReleaseOperands{RootName(root)});
  Stepper step(world.heap());
  step.start();
  step.mark(UINT64_MAX);
  ASSERT_TRUE(step.terminate());
  EXPECT_FALSE(world.run(WeakGetOperands{r5, 0})) << "dead, and waiting for its finalizer";
  EXPECT_TRUE(world.run(WeakGetOperands{r5, 1}));
  EXPECT_FALSE(world.run(WeakEraseOperands{2})) << "dead and not swept";
  world.heap().collect();
  EXPECT_EQ(world.run(RunFinalizersOperands{9}), 1u);
  EXPECT_FALSE(world.run(WeakGetOperands{RootName(6), 0})) << "alive again, in another life";
  EXPECT_TRUE(world.run(WeakPutOperands{0, r1})) << "root 1 holds it again";
  EXPECT_EQ(oracle_of([&] { world.verify(); }), "");
  EXPECT_EQ(oracle_of([&] { world.check_at_end(); }), "");
}

TEST_F(WorldLifetimes, AWeakValueClearedTooEarlyIsM18) {
  const auto clear = [&](size_t root) {
    auto& weak = static_cast<WeakSpecial&>(special(root, Special::Kind::kWeakCell));
    world_.heap().lifetimes().weak_cells.clear(weak);
  };
  for (uint32_t key = 1; key <= 3; ++key) world_.run(WeakPutOperands{key, r0});
  clear(0);
  EXPECT_EQ(oracle_of([&] { world_.run(WeakGetOperands{r5, 1}); }), "M18");
  EXPECT_EQ(oracle_of([&] { world_.run(WeakEraseOperands{2}); }), "M18");
  EXPECT_EQ(oracle_of([&] { world_.run(WeakPutOperands{3, r1}); }), "M18");
}

TEST_F(WorldLifetimes, AWeakValueThatIsAnotherIsM18) {
  world_.run(WeakPutOperands{1, r0});
  static_cast<WeakSpecial&>(special(0, Special::Kind::kWeakCell)).cell->target = object(1);
  EXPECT_EQ(oracle_of([&] { world_.run(WeakGetOperands{r5, 1}); }), "M18");
}

TEST_F(WorldLifetimes, AWeakValueShownAfterItsDeathIsM18) {
  world_.run(WeakPutOperands{1, r0});
  WeakCell* const cell = world_.heap().weak_cell(object(0));
  world_.run(WeakPutOperands{2, r0});
  world_.run(WeakenOperands{w0, r0});
  world_.run(ReleaseOperands{r0});
  Stepper step(world_.heap());
  step.start();
  step.mark(UINT64_MAX);
  ASSERT_TRUE(step.terminate());
  EXPECT_FALSE(world_.run(StrengthenOperands{r5, w0}));
  step.sweep(UINT64_MAX);  // and no door is passed that would remove the entries
  cell->target = object(1);
  EXPECT_EQ(oracle_of([&] { world_.run(WeakGetOperands{r5, 1}); }), "M18");
  EXPECT_EQ(oracle_of([&] { world_.run(WeakPutOperands{2, r1}); }), "M18");
  cell->target = nullptr;
}

TEST_F(WorldLifetimes, AnArenaInUseIsNotAccused) {
  constexpr uint32_t kLarge = 4096;  // one that has a chunk of its own
  for (const bool marking : {false, true}) {
    TestWorld world(config_of(MapKind::kU64Object));
    EXPECT_FALSE(world.run(ArenaFreeOperands{})) << "there is none yet";
    world.run(ArenaNewOperands{r0, 2});
    world.run(ArenaNewOperands{r1, kLarge});
    for (size_t root = 2; root < 5; ++root) world.run(NewOperands{RootName(root), 2});
    Stepper step(world.heap());
    if (marking) step.start();
    world.run(LinkOperands{r0, 0, r2});
    world.run(LinkOperands{r1, kLarge - 1, r3});
    world.run(LinkOperands{r2, 0, r0});
    world.run(LinkOperands{r4, 0, r1});
    for (const size_t root : {0u, 1u, 2u, 3u}) world.run(ReleaseOperands{RootName(root)});
    world.run(LoadOperands{r1, r4, 0});
    EXPECT_FALSE(world.run(FinalizeOperands{r1, FinalizerDeed::kNothing}));
    EXPECT_FALSE(world.run(WeakenOperands{w0, r1}));
    EXPECT_FALSE(world.run(WatchOperands{r1}));
    EXPECT_FALSE(world.run(AnnotateOperands{k0, r1, r4}));
    EXPECT_FALSE(world.run(AnnotateOperands{k0, r4, r1}));
    EXPECT_FALSE(world.run(WeakPutOperands{1, r1}));
    EXPECT_FALSE(world.run(PoolPutOperands{r1}));
    EXPECT_FALSE(world.run(StoreOperands{m0, 1, r1}));
    EXPECT_EQ(oracle_of([&] { world.verify(); }), "");
    if (!marking) world.heap().collect();
    EXPECT_TRUE(world.run(ArenaFreeOperands{}));
    EXPECT_EQ(oracle_of([&] { world.verify(); }), "");
    EXPECT_EQ(world.root(r1).ref, kNoRef) << "let go";
    EXPECT_FALSE(world.run(LoadOperands{r1, r4, 0})) << "nobody may follow it";
    world.run(ArenaNewOperands{r5, 2});  // another arena
    world.run(LinkOperands{r5, 0, r4});
    EXPECT_EQ(oracle_of([&] { world.check_at_end(); }), "");
  }
}

TEST_F(WorldLifetimes, AnArenaThatLosesAnObjectIsG3) {
  world_.run(ArenaNewOperands{r2, 2});
  static_cast<Node*>(object(2))[Node::kIdCell].word = 0;
  EXPECT_EQ(oracle_of([&] { world_.verify(); }), "G3");
}

TEST_F(WorldLifetimes, AnArenaThatLosesWhatItLeadsToIsG3) {
  world_.run(ArenaNewOperands{r2, 2});
  world_.run(LinkOperands{r2, 0, r0});
  world_.run(ReleaseOperands{r0});
  static_cast<Node*>(object(2))->link = nullptr;
  world_.heap().collect();
  EXPECT_EQ(oracle_of([&] { world_.check_quickly(); }), "G3");
}

TEST_F(WorldLifetimes, AChunkThatNothingNeedsIsG2) {
  Arena other(world_.heap());
  other.allocate(node_type(), 2);
  EXPECT_EQ(oracle_of([&] { world_.check_at_end(); }), "G2");
}

TEST_F(WorldLifetimes, AWatchThatNeverFiresIsG10) {
  world_.run(WatchOperands{r0});
  auto& watch = static_cast<Watch&>(special(0, Special::Kind::kWatch));
  world_.heap().lifetimes().specials.detach(watch);
  EXPECT_EQ(oracle_of([&] { world_.check_at_end(); }), "G10");
  world_.heap().lifetimes().specials.attach(watch, world_.heap().allocate(node_type(), 2));
}

// Its entries would lie where the old hash had them.
TEST(WorldHashes, AreNotChangedWhereAMapMayComeBack) {
  TestWorld world(config_of(MapKind::kU64));
  world.run(NewOperands{r0, 2});
  world.run(PutOperands{m0, 7, 7});
  world.run(LinkMapOperands{r0, 1, m0});
  world.run(WeakenOperands{w0, r0});
  world.run(DropOperands{m0});
  world.run(ReleaseOperands{r0});
  EXPECT_FALSE(world.run(SetHashOperands{7, 0}));
  EXPECT_TRUE(world.run(StrengthenOperands{r0, w0}));
  EXPECT_TRUE(world.run(OpenOperands{m0, r0, 1}));
  EXPECT_EQ(oracle_of([&] { world.verify(); }), "");
}

}  // namespace
}  // namespace gcmap::harness
