// Finalizers, weak references, watches and weak-keyed maps: it must be noticed when they do what they must
// not. Each test does that behind their backs.
#include "harness/run/lifetimes/lifetimes.h"

#include <gtest/gtest.h>

#include <string>

#include "gcmap/internal/gc/heap_door.h"
#include "gcmap/internal/gc/lifetime/ephemerons.h"
#include "gcmap/internal/gc/lifetime/lifetimes.h"
#include "gcmap/internal/gc/lifetime/watches.h"
#include "gcmap/step.h"
#include "harness/run/test_families.h"

namespace gcmap::harness {
namespace {

class LifetimesTest : public testing::Test {
 protected:
  LifetimesTest() : families_(config_of(MapKind::kU64)) {
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

TEST_F(LifetimesTest, SoundRunsAreNotAccused) {
  for (const FinalizerAction action :
       {FinalizerAction::kNothing, FinalizerAction::kKeep, FinalizerAction::kThrow, FinalizerAction::kCollect,
        FinalizerAction::kAgain}) {
    TestFamilies families(config_of(MapKind::kU64));
    for (size_t root = 0; root < 4; ++root) families.run(NewOperands{RootName(root), 2});
    families.run(LinkOperands{r0, 0, r1});
    families.run(LinkOperands{r2, 0, r2});  // a circle
    for (size_t root = 0; root < 3; ++root)
      EXPECT_TRUE(families.run(FinalizeOperands{RootName(root), action}));
    EXPECT_FALSE(families.run(FinalizeOperands{r0, action})) << "it has one";
    families.run(WeakenOperands{w0, r0});
    families.run(WeakenOperands{w1, r1});
    families.run(WatchOperands{r0});
    families.run(WatchOperands{r3});
    families.run(AnnotateOperands{k0, r0, r3});
    families.run(AnnotateOperands{k1, r1, r1});
    for (size_t root = 0; root < 4; ++root) families.run(ReleaseOperands{RootName(root)});
    families.heap().collect();
    EXPECT_EQ(families.run(RunFinalizersOperands{9}), 1u) << "object 2 is needed by object 1's";
    EXPECT_FALSE(families.run(StrengthenOperands{r5, w0}));
    families.heap().collect();
    EXPECT_EQ(oracle_of([&] { families.check_quickly(); }), "");
    EXPECT_EQ(oracle_of([&] { families.verify(); }), "");
    EXPECT_EQ(oracle_of([&] { families.run(PollOperands{}); }), "");
    EXPECT_EQ(oracle_of([&] { families.check_at_end(); }), "");
  }
}

TEST_F(LifetimesTest, AFinalizerThatIsLostIsG4) {
  families_.run(FinalizeOperands{r0, FinalizerAction::kNothing});
  families_.heap().clear_finalizer(object(0));
  EXPECT_EQ(oracle_of([&] { families_.run(UnfinalizeOperands{r0}); }), "G4");
}

TEST_F(LifetimesTest, AFinalizerThatNeverRanIsG4) {
  families_.run(FinalizeOperands{r0, FinalizerAction::kNothing});
  families_.heap().clear_finalizer(object(0));
  families_.run(ReleaseOperands{r0});
  families_.heap().collect();
  EXPECT_EQ(oracle_of([&] { families_.check_quickly(); }), "G4") << "freed, and it never ran";
}

TEST_F(LifetimesTest, AFinalizerThatRunsEarlyIsG4) {
  families_.run(FinalizeOperands{r0, FinalizerAction::kNothing});
  auto& finalizer = static_cast<Finalizer&>(special(0, Special::Kind::kFinalizer));
  HeapDoor::lifetimes(families_.heap()).finalizers.queue(finalizer);
  EXPECT_EQ(oracle_of([&] { families_.run(RunFinalizersOperands{1}); }), "G4");
}

TEST_F(LifetimesTest, AFinalizerThatRunsBeforeTheOneThatNeedsItsObjectIsG4) {
  families_.run(FinalizeOperands{r0, FinalizerAction::kNothing});
  families_.run(FinalizeOperands{r1, FinalizerAction::kNothing});
  auto& finalizer = static_cast<Finalizer&>(special(1, Special::Kind::kFinalizer));
  families_.run(ReleaseOperands{r0});
  families_.run(ReleaseOperands{r1});
  HeapDoor::lifetimes(families_.heap()).finalizers.queue(finalizer);
  EXPECT_EQ(oracle_of([&] { families_.run(RunFinalizersOperands{1}); }), "G4");
}

TEST_F(LifetimesTest, AReferenceClearedTooEarlyIsG5) {
  families_.run(WeakenOperands{w0, r0});
  auto& weak = static_cast<WeakSpecial&>(special(0, Special::Kind::kWeakCell));
  HeapDoor::lifetimes(families_.heap()).weak_cells.clear(weak);
  EXPECT_EQ(oracle_of([&] { families_.run(StrengthenOperands{r5, w0}); }), "G5");
}

TEST_F(LifetimesTest, AReferenceThatLeadsElsewhereIsG5) {
  families_.run(WeakenOperands{w0, r0});
  static_cast<WeakSpecial&>(special(0, Special::Kind::kWeakCell)).cell->target = object(1);
  EXPECT_EQ(oracle_of([&] { families_.run(StrengthenOperands{r5, w0}); }), "G5");
}

TEST_F(LifetimesTest, AReferenceThatOutlivesItsObjectsLifeIsG5) {
  families_.run(WeakenOperands{w0, r0});
  families_.run(FinalizeOperands{r0, FinalizerAction::kKeep});
  void* const target = object(0);
  RootHandle cell(families_.heap(), HeapDoor::weak_cell(families_.heap(), target));
  families_.run(ReleaseOperands{r0});
  families_.heap().collect();
  families_.run(RunFinalizersOperands{1});
  EXPECT_EQ(oracle_of([&] { families_.run(StrengthenOperands{r5, w0}); }), "") << "cleared, as it must be";
  static_cast<WeakCell*>(cell.get())->target = target;
  EXPECT_EQ(oracle_of([&] { families_.run(StrengthenOperands{r5, w0}); }), "G5");
  static_cast<WeakCell*>(cell.get())->target = nullptr;
}

TEST_F(LifetimesTest, ADeathToldTooEarlyIsG10) {
  families_.run(WatchOperands{r0});
  auto& watch = static_cast<Watch&>(special(0, Special::Kind::kWatch));
  watch.list.fire(watch);
  EXPECT_EQ(oracle_of([&] { families_.run(PollOperands{}); }), "G10");
}

TEST_F(LifetimesTest, AnEntryThatIsGoneIsG10) {
  families_.run(AnnotateOperands{k0, r0, r1});
  static_cast<Ephemeron&>(special(0, Special::Kind::kEphemeron)).table.erase(object(0));
  EXPECT_EQ(oracle_of([&] { families_.run(RecallOperands{r5, k0, r0}); }), "G10");
  EXPECT_EQ(oracle_of([&] { families_.run(AnnotateOperands{k0, r0, r1}); }), "G10");
}

TEST_F(LifetimesTest, AnEntryThatLeadsElsewhereIsG10) {
  families_.run(AnnotateOperands{k0, r0, r1});
  static_cast<Ephemeron&>(special(0, Special::Kind::kEphemeron)).value = object(0);
  EXPECT_EQ(oracle_of([&] { families_.run(RecallOperands{r5, k0, r0}); }), "G10");
}

// Each action at each place of a loop over five entries, of which two have dead keys, in every phase.
TEST_F(LifetimesTest, LoopsOverWeakKeysAreNotAccused) {
  for (size_t phase = 0; phase < 4; ++phase) {
    for (size_t action = 0; action < kVisitActionCount; ++action) {
      for (uint16_t nth = 1; nth <= 4; ++nth) {
        TestFamilies families(config_of(MapKind::kU64));
        for (size_t root = 0; root < 6; ++root) families.run(NewOperands{RootName(root), 2});
        for (size_t root = 0; root < 5; ++root)
          families.run(AnnotateOperands{k0, RootName(root), RootName((root + 1) % 5)});
        families.run(ReleaseOperands{r1});
        families.run(ReleaseOperands{r3});
        Stepper step(families.heap());
        if (phase >= 1) step.start();
        if (phase >= 2) {
          step.mark(UINT64_MAX);
          step.terminate();
        }
        if (phase >= 3) step.sweep(1);
        const VisitWeakKeysOperands loop{.table = k0,
                                         .nth = nth,
                                         .action = static_cast<VisitAction>(action),
                                         .root = action % 2 == 0 ? r5 : r4};
        const std::string what =
            std::to_string(phase) + " " + std::to_string(action) + " " + std::to_string(nth);
        EXPECT_EQ(oracle_of([&] { families.run(loop); }), "") << what;
        EXPECT_EQ(oracle_of([&] { families.run(VisitWeakKeysOperands{.table = k0}); }), "") << what;
        EXPECT_EQ(oracle_of([&] { families.verify(); }), "") << what;
        EXPECT_EQ(oracle_of([&] { families.check_at_end(); }), "") << what;
      }
    }
  }
}

TEST_F(LifetimesTest, AnEntryThatALoopPassesOverIsG10) {
  families_.run(AnnotateOperands{k0, r0, r1});
  families_.run(AnnotateOperands{k0, r1, r0});
  EXPECT_EQ(families_.run(VisitWeakKeysOperands{.table = k0}), 2u);
  static_cast<Ephemeron&>(special(0, Special::Kind::kEphemeron)).table.erase(object(0));
  EXPECT_EQ(oracle_of([&] { families_.run(VisitWeakKeysOperands{.table = k0}); }), "G10");
}

TEST_F(LifetimesTest, AnEntryThatALoopMeetsOutOfOrderIsG10) {
  families_.run(AnnotateOperands{k0, r0, r1});
  families_.run(AnnotateOperands{k0, r1, r0});
  EphemeronTable& table = static_cast<Ephemeron&>(special(0, Special::Kind::kEphemeron)).table;
  table.erase(object(0));
  table.set(object(0), object(1));  // the older one is the younger now
  EXPECT_EQ(oracle_of([&] { families_.run(VisitWeakKeysOperands{.table = k0}); }), "G10");
}

TEST_F(LifetimesTest, AnEntryThatALoopMeetsThoughErasedIsG10) {
  families_.run(AnnotateOperands{k0, r0, r1});
  EphemeronTable& table = static_cast<Ephemeron&>(special(0, Special::Kind::kEphemeron)).table;
  families_.run(UnannotateOperands{k0, r0});
  table.set(object(0), object(1));
  EXPECT_EQ(oracle_of([&] { families_.run(VisitWeakKeysOperands{.table = k0}); }), "G10");
  table.erase(object(0));
}

TEST_F(LifetimesTest, ARunOfNewKeysDiesWithThem) {
  families_.run(AnnotateNewOperands{.table = k0, .root = r0, .count = 100});
  EXPECT_EQ(families_.run(VisitWeakKeysOperands{.table = k0, .nth = 50, .action = VisitAction::kCollect}),
            50u);
  EXPECT_EQ(oracle_of([&] { families_.verify(); }), "");
  EXPECT_EQ(oracle_of([&] { families_.check_at_end(); }), "");
}

TEST_F(LifetimesTest, AWatchThatNeverFiresIsG10) {
  families_.run(WatchOperands{r0});
  auto& watch = static_cast<Watch&>(special(0, Special::Kind::kWatch));
  HeapDoor::lifetimes(families_.heap()).specials.detach(watch);
  EXPECT_EQ(oracle_of([&] { families_.check_at_end(); }), "G10");
  HeapDoor::lifetimes(families_.heap()).specials.attach(watch, families_.heap().allocate(node_type(), 2));
}

// Links that lead weakly, in every phase: to what lives on, to what dies, overwritten, in an arena's object.
TEST_F(LifetimesTest, WeakLinksAreNotAccused) {
  for (size_t phase = 0; phase < 4; ++phase) {
    TestFamilies families(config_of(MapKind::kU64));
    for (size_t root = 0; root < 3; ++root) families.run(NewOperands{RootName(root), 4});
    families.run(ArenaNewOperands{r4, 4});
    EXPECT_FALSE(families.run(WeakLoadOperands{r3, r0, 1})) << "it leads nowhere";
    EXPECT_TRUE(families.run(WeakLinkOperands{.root = r0, .link = 1, .source = r1}));
    EXPECT_TRUE(families.run(WeakLinkOperands{.root = r0, .link = 2, .source = r2}));
    EXPECT_TRUE(families.run(WeakLinkOperands{.root = r4, .link = 3, .source = r1}));
    EXPECT_FALSE(families.run(WeakLinkOperands{.root = r0, .link = 3, .source = r4})) << "the arena's";
    families.run(WeakenOperands{w0, r1});
    EXPECT_FALSE(families.run(LoadOperands{r5, r0, 1}) && families.root(r5).object_id != kNoObject);
    families.run(ReleaseOperands{r1});
    Stepper step(families.heap());
    if (phase >= 1) step.start();
    if (phase >= 2) {
      step.mark(UINT64_MAX);
      step.terminate();
    }
    if (phase >= 3) step.sweep(1);
    const bool alive = phase < 2;
    EXPECT_EQ(families.run(WeakLoadOperands{r3, r0, 1}), alive) << phase;
    EXPECT_TRUE(families.run(WeakLoadOperands{r1, r0, 2}));
    EXPECT_EQ(oracle_of([&] { families.verify(); }), "");
    families.run(LinkOperands{.root = r0, .link = 2, .source = r0});
    EXPECT_FALSE(families.run(WeakLoadOperands{r1, r0, 2})) << "the link leads to something now";
    EXPECT_TRUE(families.run(LoadOperands{r1, r0, 2}));
    EXPECT_EQ(families.root(r1).object_id, families.root(r0).object_id);
    EXPECT_EQ(oracle_of([&] { families.verify(); }), "");
    EXPECT_EQ(oracle_of([&] { families.check_at_end(); }), "") << phase;
  }
}

TEST_F(LifetimesTest, AWeakLinkThatLeadsToTheDeadIsG5) {
  families_.run(NewOperands{r2, 2});
  families_.run(WeakLinkOperands{.root = r0, .link = 1, .source = r2});
  WeakCell* const cell = families_->objects.weak_member(r0, 1).cell();
  void* const target = cell->target;
  families_.run(ReleaseOperands{r2});
  families_.heap().collect();
  EXPECT_FALSE(families_.run(WeakLoadOperands{r3, r0, 1}));
  cell->target = target;
  EXPECT_EQ(oracle_of([&] { families_.run(WeakLoadOperands{r3, r0, 1}); }), "G5");
}

TEST_F(LifetimesTest, AWeakLinkClearedEarlyIsG5) {
  families_.run(WeakLinkOperands{.root = r0, .link = 1, .source = r1});
  families_->objects.weak_member(r0, 1).cell()->target = nullptr;
  EXPECT_EQ(oracle_of([&] { families_.run(WeakLoadOperands{r3, r0, 1}); }), "G5");
}

TEST_F(LifetimesTest, AWeakLinkThatIsNotClearedIsG5InTheEnd) {
  families_.run(NewOperands{r2, 2});
  families_.run(WeakLinkOperands{.root = r0, .link = 1, .source = r1});
  WeakMember<Node>& member = families_->objects.weak_member(r0, 1);
  const Weak<Node> other(families_.heap(), static_cast<Node*>(object(2)));
  member.reset();
  EXPECT_EQ(oracle_of([&] { families_.check_at_end(); }), "G5");
  member = other;
}

}  // namespace
}  // namespace gcmap::harness
