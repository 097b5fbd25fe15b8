// A world must notice when finalizers, weak references, watches and weak keys do what they must not. Each
// test does that behind the world's back.
#include <gtest/gtest.h>

#include "gc/ephemerons.h"
#include "gc/lifetimes.h"
#include "gc/watches.h"
#include "harness/test_world.h"
#include "harness/world.h"

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
  world_.finalize(0, FinalizerDeed::kNothing);
  void* const target = object(0);
  world_.release(0);
  world_.heap().collect();
  world_.run_finalizers(1);
  WeakCell* cell = nullptr;
  world_.make_object(2, 2);
  cell = world_.heap().weak_cell(object(2));
  EXPECT_EQ(oracle_of([&] { world_.read_weak(5, 0); }), "") << "cleared, as it must be";
  EXPECT_NE(cell->target, target);
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

TEST_F(WorldLifetimes, AWatchThatNeverFiresIsG10) {
  world_.watch(0);
  auto& watch = static_cast<Watch&>(special(0, Special::Kind::kWatch));
  world_.heap().lifetimes().specials.detach(watch);
  EXPECT_EQ(oracle_of([&] { world_.check_at_end(); }), "G10");
  world_.heap().lifetimes().specials.attach(watch, world_.heap().allocate(node_type(), 2));
}

}  // namespace
}  // namespace gcmap::harness
