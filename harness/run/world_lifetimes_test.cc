// A world must notice when finalizers, weak references, watches, weak maps, pools and arenas do what
// they must not. Each test does that behind the world's back.
#include <gtest/gtest.h>

#include <string_view>

#include "gcmap/internal/gc/ephemerons.h"
#include "gcmap/internal/gc/inspector.h"
#include "gcmap/internal/gc/lifetimes.h"
#include "gcmap/internal/gc/watches.h"
#include "gcmap/step.h"
#include "harness/run/test_world.h"
#include "harness/run/world.h"

namespace gcmap::harness {
namespace {

class WorldLifetimes : public testing::Test {
 protected:
  WorldLifetimes() : world_(config_of(MapKind::kU64), true) {
    world_.make_object(0, 2);
    world_.make_object(1, 2);
    world_.link(0, 0, 1);  // object 1 leads to object 2
  }

  void* object(size_t root) { return world_.root(root).handle->get(); }
  Special& special(size_t root, Special::Kind kind) {
    return *world_.heap().lifetimes().specials.find(object(root), kind);
  }

  World world_;
};

TEST_F(WorldLifetimes, SoundRunsAreNotAccused) {
  for (const FinalizerDeed deed : {FinalizerDeed::kNothing, FinalizerDeed::kKeep, FinalizerDeed::kThrow,
                                   FinalizerDeed::kCollect, FinalizerDeed::kAgain}) {
    World world(config_of(MapKind::kU64), true);
    for (size_t root = 0; root < 4; ++root) world.make_object(root, 2);
    world.link(0, 0, 1);
    world.link(2, 0, 2);  // a circle
    for (size_t root = 0; root < 3; ++root) EXPECT_TRUE(world.finalize(root, deed));
    EXPECT_FALSE(world.finalize(0, deed)) << "it has one";
    world.make_weak(0, 0);
    world.make_weak(1, 1);
    world.watch(0);
    world.watch(3);
    world.annotate(0, 0, 3);
    world.annotate(1, 1, 1);
    for (size_t root = 0; root < 4; ++root) world.release(root);
    world.heap().collect();
    EXPECT_EQ(world.run_finalizers(9), 1u) << "object 2 is needed by object 1's";
    EXPECT_FALSE(world.read_weak(5, 0));
    world.heap().collect();
    EXPECT_EQ(oracle_of([&] { world.check_quickly(); }), "");
    EXPECT_EQ(oracle_of([&] { world.verify(); }), "");
    EXPECT_EQ(oracle_of([&] { world.poll(); }), "");
    EXPECT_EQ(oracle_of([&] { world.check_at_end(); }), "");
  }
}

TEST_F(WorldLifetimes, AFinalizerThatIsLostIsG4) {
  world_.finalize(0, FinalizerDeed::kNothing);
  world_.heap().clear_finalizer(object(0));
  EXPECT_EQ(oracle_of([&] { world_.unfinalize(0); }), "G4");
}

TEST_F(WorldLifetimes, AFinalizerThatNeverRanIsG4) {
  world_.finalize(0, FinalizerDeed::kNothing);
  world_.heap().clear_finalizer(object(0));
  world_.release(0);
  world_.heap().collect();
  EXPECT_EQ(oracle_of([&] { world_.check_quickly(); }), "G4") << "freed, and it never ran";
}

TEST_F(WorldLifetimes, AFinalizerThatRunsEarlyIsG4) {
  world_.finalize(0, FinalizerDeed::kNothing);
  auto& finalizer = static_cast<Finalizer&>(special(0, Special::Kind::kFinalizer));
  world_.heap().lifetimes().finalizers.queue(finalizer);
  EXPECT_EQ(oracle_of([&] { world_.run_finalizers(1); }), "G4");
}

TEST_F(WorldLifetimes, AFinalizerThatRunsBeforeTheOneThatNeedsItsObjectIsG4) {
  world_.finalize(0, FinalizerDeed::kNothing);
  world_.finalize(1, FinalizerDeed::kNothing);
  auto& finalizer = static_cast<Finalizer&>(special(1, Special::Kind::kFinalizer));
  world_.release(0);
  world_.release(1);
  world_.heap().lifetimes().finalizers.queue(finalizer);
  EXPECT_EQ(oracle_of([&] { world_.run_finalizers(1); }), "G4");
}

TEST_F(WorldLifetimes, AReferenceClearedTooEarlyIsG5) {
  world_.make_weak(0, 0);
  auto& weak = static_cast<WeakSpecial&>(special(0, Special::Kind::kWeakCell));
  world_.heap().lifetimes().weak_cells.clear(weak);
  EXPECT_EQ(oracle_of([&] { world_.read_weak(5, 0); }), "G5");
}

TEST_F(WorldLifetimes, AReferenceThatLeadsElsewhereIsG5) {
  world_.make_weak(0, 0);
  static_cast<WeakSpecial&>(special(0, Special::Kind::kWeakCell)).cell->target = object(1);
  EXPECT_EQ(oracle_of([&] { world_.read_weak(5, 0); }), "G5");
}

TEST_F(WorldLifetimes, AReferenceThatOutlivesItsObjectsLifeIsG5) {
  world_.make_weak(0, 0);
  world_.finalize(0, FinalizerDeed::kKeep);
  void* const target = object(0);
  RootHandle cell(world_.heap(), world_.heap().weak_cell(target));
  world_.release(0);
  world_.heap().collect();
  world_.run_finalizers(1);
  EXPECT_EQ(oracle_of([&] { world_.read_weak(5, 0); }), "") << "cleared, as it must be";
  static_cast<WeakCell*>(cell.get())->target = target;
  EXPECT_EQ(oracle_of([&] { world_.read_weak(5, 0); }), "G5");
  static_cast<WeakCell*>(cell.get())->target = nullptr;
}

TEST_F(WorldLifetimes, ADeathToldTooEarlyIsG10) {
  world_.watch(0);
  auto& watch = static_cast<Watch&>(special(0, Special::Kind::kWatch));
  watch.list.fire(watch);
  EXPECT_EQ(oracle_of([&] { world_.poll(); }), "G10");
}

TEST_F(WorldLifetimes, AnEntryThatIsGoneIsG10) {
  world_.annotate(0, 0, 1);
  static_cast<Ephemeron&>(special(0, Special::Kind::kEphemeron)).table.erase(object(0));
  EXPECT_EQ(oracle_of([&] { world_.recall(5, 0, 0); }), "G10");
  EXPECT_EQ(oracle_of([&] { world_.annotate(0, 0, 1); }), "G10");
}

TEST_F(WorldLifetimes, AnEntryThatLeadsElsewhereIsG10) {
  world_.annotate(0, 0, 1);
  static_cast<Ephemeron&>(special(0, Special::Kind::kEphemeron)).value = object(0);
  EXPECT_EQ(oracle_of([&] { world_.recall(5, 0, 0); }), "G10");
}

TEST_F(WorldLifetimes, APoolInUseIsNotAccused) {
  for (size_t cycles = 0; cycles < 4; ++cycles) {
    World world(config_of(MapKind::kU64), true);
    EXPECT_FALSE(world.pool_get(0)) << "there is no pool yet";
    for (size_t root = 0; root < 3; ++root) {
      world.make_object(root, 2);
      world.make_weak(root, root);
      world.finalize(root, FinalizerDeed::kKeep);
    }
    EXPECT_TRUE(world.pool_put(0));
    EXPECT_FALSE(world.pool_put(0)) << "the root let go";
    world.heap().collect();
    EXPECT_TRUE(world.pool_put(1));
    for (size_t i = 0; i < cycles; ++i) world.heap().collect();
    EXPECT_EQ(oracle_of([&] { world.check_quickly(); }), "");
    EXPECT_EQ(world.pool_get(0), cycles < 2);
    EXPECT_EQ(world.pool_get(1), cycles < 1);
    EXPECT_TRUE(world.pool_put(2));
    EXPECT_EQ(oracle_of([&] { world.verify(); }), "");
    EXPECT_EQ(oracle_of([&] { world.check_at_end(); }), "");
  }
}

TEST_F(WorldLifetimes, APoolThatMayDropWhatItHasNoMemoryForIsNotAccused) {
  world_.arm_failure(1);
  EXPECT_FALSE(world_.pool_put(0));
  EXPECT_FALSE(world_.take_struck());
  EXPECT_EQ(oracle_of([&] { world_.check_at_end(); }), "");
}

TEST_F(WorldLifetimes, APoolThatGivesUpTooEarlyIsG11) {
  world_.pool_put(0);
  world_.heap().lifetimes().pools.begin_cycle();
  EXPECT_EQ(oracle_of([&] { world_.check_quickly(); }), "G11");
  world_.heap().lifetimes().pools.begin_cycle();
  EXPECT_EQ(oracle_of([&] { world_.pool_get(0); }), "G11");
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
  world_.pool_put(0);
  words_of_pool(world_.heap())[1] = object(1);
  EXPECT_EQ(oracle_of([&] { world_.pool_get(0); }), "G11");
}

TEST_F(WorldLifetimes, APoolThatLosesAnObjectIsG3) {
  world_.pool_put(0);
  words_of_pool(world_.heap())[1] = object(1);
  world_.heap().collect();
  EXPECT_EQ(oracle_of([&] { world_.check_quickly(); }), "G3") << "freed while it was in the pool";
}

TEST_F(WorldLifetimes, AWeakValuedMapInUseIsNotAccused) {
  World world(config_of(MapKind::kU64), true);
  EXPECT_FALSE(world.weak_get(0, 1)) << "there is no map yet";
  EXPECT_FALSE(world.weak_erase(1));
  for (size_t root = 0; root < 4; ++root) world.make_object(root, 2);
  world.finalize(0, FinalizerDeed::kKeep);
  for (size_t root = 0; root < 4; ++root) EXPECT_TRUE(world.weak_put(root, root));
  world.weak_put(4, 3);
  world.weak_put(1, 3);  // another value
  for (size_t root = 0; root < 3; ++root) world.release(root);
  Stepper step(world.heap());
  step.start();
  step.mark(UINT64_MAX);
  ASSERT_TRUE(step.terminate());
  EXPECT_FALSE(world.weak_get(5, 0)) << "dead, and waiting for its finalizer";
  EXPECT_TRUE(world.weak_get(5, 1));
  EXPECT_FALSE(world.weak_erase(2)) << "dead and not swept";
  world.heap().collect();
  EXPECT_EQ(world.run_finalizers(9), 1u);
  EXPECT_FALSE(world.weak_get(6, 0)) << "alive again, in another life";
  EXPECT_TRUE(world.weak_put(0, 1)) << "root 1 holds it again";
  EXPECT_EQ(oracle_of([&] { world.verify(); }), "");
  EXPECT_EQ(oracle_of([&] { world.check_at_end(); }), "");
}

TEST_F(WorldLifetimes, AWeakValueClearedTooEarlyIsM18) {
  const auto clear = [&](size_t root) {
    auto& weak = static_cast<WeakSpecial&>(special(root, Special::Kind::kWeakCell));
    world_.heap().lifetimes().weak_cells.clear(weak);
  };
  for (uint64_t key = 1; key <= 3; ++key) world_.weak_put(key, 0);
  clear(0);
  EXPECT_EQ(oracle_of([&] { world_.weak_get(5, 1); }), "M18");
  EXPECT_EQ(oracle_of([&] { world_.weak_erase(2); }), "M18");
  EXPECT_EQ(oracle_of([&] { world_.weak_put(3, 1); }), "M18");
}

TEST_F(WorldLifetimes, AWeakValueThatIsAnotherIsM18) {
  world_.weak_put(1, 0);
  static_cast<WeakSpecial&>(special(0, Special::Kind::kWeakCell)).cell->target = object(1);
  EXPECT_EQ(oracle_of([&] { world_.weak_get(5, 1); }), "M18");
}

TEST_F(WorldLifetimes, AWeakValueShownAfterItsDeathIsM18) {
  world_.weak_put(1, 0);
  WeakCell* const cell = world_.heap().weak_cell(object(0));
  world_.weak_put(2, 0);
  world_.make_weak(0, 0);
  world_.release(0);
  Stepper step(world_.heap());
  step.start();
  step.mark(UINT64_MAX);
  ASSERT_TRUE(step.terminate());
  EXPECT_FALSE(world_.read_weak(5, 0));
  step.sweep(UINT64_MAX);  // and no door is passed that would remove the entries
  cell->target = object(1);
  EXPECT_EQ(oracle_of([&] { world_.weak_get(5, 1); }), "M18");
  EXPECT_EQ(oracle_of([&] { world_.weak_put(2, 1); }), "M18");
  cell->target = nullptr;
}

TEST_F(WorldLifetimes, AnArenaInUseIsNotAccused) {
  constexpr uint32_t kLarge = 4096;  // one that has a chunk of its own
  for (const bool marking : {false, true}) {
    World world(config_of(MapKind::kU64Object), true);
    EXPECT_FALSE(world.arena_free()) << "there is none yet";
    world.arena_new(0, 2);
    world.arena_new(1, kLarge);
    for (size_t root = 2; root < 5; ++root) world.make_object(root, 2);
    Stepper step(world.heap());
    if (marking) step.start();
    world.link(0, 0, 2);
    world.link(1, kLarge - 1, 3);
    world.link(2, 0, 0);
    world.link(4, 0, 1);
    for (const size_t root : {0u, 1u, 2u, 3u}) world.release(root);
    world.load(1, 4, 0);
    EXPECT_FALSE(world.finalize(1, FinalizerDeed::kNothing));
    EXPECT_FALSE(world.make_weak(0, 1));
    EXPECT_FALSE(world.watch(1));
    EXPECT_FALSE(world.annotate(0, 1, 4));
    EXPECT_FALSE(world.annotate(0, 4, 1));
    EXPECT_FALSE(world.weak_put(1, 1));
    EXPECT_FALSE(world.pool_put(1));
    EXPECT_FALSE(world.store(0, 1, 1));
    EXPECT_EQ(oracle_of([&] { world.verify(); }), "");
    if (!marking) world.heap().collect();
    EXPECT_TRUE(world.arena_free());
    EXPECT_EQ(oracle_of([&] { world.verify(); }), "");
    EXPECT_EQ(world.root(1).ref, kNoRef) << "let go";
    EXPECT_FALSE(world.load(1, 4, 0)) << "nobody may follow it";
    world.arena_new(5, 2);  // another arena
    world.link(5, 0, 4);
    EXPECT_EQ(oracle_of([&] { world.check_at_end(); }), "");
  }
}

TEST_F(WorldLifetimes, AnArenaThatLosesAnObjectIsG3) {
  world_.arena_new(2, 2);
  static_cast<Node*>(object(2))[Node::kIdCell].word = 0;
  EXPECT_EQ(oracle_of([&] { world_.verify(); }), "G3");
}

TEST_F(WorldLifetimes, AnArenaThatLosesWhatItLeadsToIsG3) {
  world_.arena_new(2, 2);
  world_.link(2, 0, 0);
  world_.release(0);
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
  world_.watch(0);
  auto& watch = static_cast<Watch&>(special(0, Special::Kind::kWatch));
  world_.heap().lifetimes().specials.detach(watch);
  EXPECT_EQ(oracle_of([&] { world_.check_at_end(); }), "G10");
  world_.heap().lifetimes().specials.attach(watch, world_.heap().allocate(node_type(), 2));
}

// Its entries would lie where the old hash had them.
TEST(WorldHashes, AreNotChangedWhereAMapMayComeBack) {
  World world(config_of(MapKind::kU64), true);
  world.make_object(0, 2);
  world.put(0, 7, 7);
  world.link_map(0, 1, 0);
  world.make_weak(0, 0);
  world.drop(0);
  world.release(0);
  EXPECT_FALSE(world.set_hash(7, 0));
  EXPECT_TRUE(world.read_weak(0, 0));
  EXPECT_TRUE(world.open(0, 0, 1));
  EXPECT_EQ(oracle_of([&] { world.verify(); }), "");
}

}  // namespace
}  // namespace gcmap::harness
