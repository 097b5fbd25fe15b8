// G9 must speak at the store that lacks its announcement, and at no other.
#include "harness/oracle/barrier.h"

#include <gtest/gtest.h>

#include "gcmap/arena.h"
#include "gcmap/handles.h"
#include "gcmap/step.h"
#include "harness/subject/node.h"

namespace gcmap::harness {
namespace {

class BarrierOracleTest : public testing::Test, public EventSink {
 protected:
  BarrierOracleTest() {
    for (Root<Node>& node : nodes_) node = make_node(heap_, 3, 0, 0);
    nodes_[0]->set_link(0, nodes_[1].get());
    nodes_[2]->set_link(1, make_node(heap_, 3, 0, 0));
    garbage_ = make_node(heap_, 3, 0, 0);
    Stepper(heap_).set_pacing(&manual_);
    Stepper(heap_).set_event_sink(this);
    Stepper(heap_).start();
  }
  ~BarrierOracleTest() override {
    Stepper(heap_).set_event_sink(nullptr);
    Stepper(heap_).set_pacing(nullptr);
  }

  void on_phase(Phase from, Phase) override {
    if (from == Phase::kIdle) oracle_.begin();
    if (from == Phase::kMark) oracle_.end();
  }
  void on_barrier(const void* slot, const void* old_value, const void* new_value) override {
    if (listening_) oracle_.on_barrier(slot, old_value, new_value);
  }
  void on_shade(const void* value) override { oracle_.on_shade(value); }

  bool complains() {
    oracle_.check();
    const auto failure = oracle_.take_failure();
    if (failure) {
      EXPECT_EQ(failure->oracle, "G9");
    }
    return failure.has_value();
  }

  void mark_all() {
    while (!Stepper(heap_).mark(100)) {
    }
  }

  bool complains_at_termination() {
    mark_all();
    Stepper(heap_).terminate();
    const auto failure = oracle_.take_failure();
    if (failure) {
      EXPECT_EQ(failure->oracle, "G9");
    }
    return failure.has_value();
  }

  ManualPacing manual_;
  Heap heap_;
  BarrierOracle oracle_{heap_};
  Root<Node> nodes_[3] = {Root<Node>(heap_), Root<Node>(heap_), Root<Node>(heap_)};
  Node* garbage_ = nullptr;
  bool listening_ = true;
};

TEST_F(BarrierOracleTest, StoresThroughTheBarrierAreFine) {
  nodes_[0]->set_link(0, nodes_[2].get());
  nodes_[0]->set_link(0, nullptr);
  nodes_[1]->set_link(2, nodes_[1].get());
  EXPECT_FALSE(complains());
}

TEST_F(BarrierOracleTest, AStorePastTheBarrierIsSeenAtOnce) {
  nodes_[0]->link = nodes_[2].get();
  EXPECT_TRUE(complains());
}

TEST_F(BarrierOracleTest, AnErasurePastTheBarrierIsSeenAtOnce) {
  nodes_[0]->link = nullptr;
  EXPECT_TRUE(complains());
}

TEST_F(BarrierOracleTest, AWrongOldValueIsSeenAtTheNextAnnouncement) {
  nodes_[0]->link = nodes_[2].get();
  nodes_[0]->set_link(0, nullptr);
  const auto failure = oracle_.take_failure();
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->oracle, "G9");
}

TEST_F(BarrierOracleTest, AnAnnouncementThatNobodyHeardIsMissed) {
  listening_ = false;
  nodes_[0]->set_link(1, nodes_[2].get());
  EXPECT_TRUE(complains());
}

TEST_F(BarrierOracleTest, AnAnnouncementWithoutAStoreIsSeen) {
  oracle_.on_barrier(&nodes_[0]->link, nodes_[1].get(), nodes_[2].get());
  EXPECT_TRUE(complains());
}

TEST_F(BarrierOracleTest, YoungObjectsBeginWithNull) {
  const Root<Node> young(heap_, make_node(heap_, 4, 0, 0));
  EXPECT_FALSE(complains());
  young->set_link(3, nodes_[1].get());
  EXPECT_FALSE(complains());
  young.get()[2].link = nodes_[1].get();
  EXPECT_TRUE(complains());
}

struct Link {
  Member<Node> node;
  void trace(Visitor& visitor) const { visitor.trace(node); }
};

TEST_F(BarrierOracleTest, AnArenaMayBeFreedWhileMarking) {
  mark_all();
  ASSERT_TRUE(Stepper(heap_).terminate());
  Stepper(heap_).sweep(UINT64_MAX);
  Arena old(heap_);
  Link* const before = old.make<Link>();
  before->node = nodes_[0].get();
  nodes_[0]->set_link(2, nullptr);
  Stepper(heap_).start();
  Arena young(heap_);
  young.make<Link>()->node = nodes_[1].get();
  Link* const after = old.make<Link>();
  after->node = nodes_[2].get();
  EXPECT_FALSE(complains());
  old.free();
  EXPECT_FALSE(complains());
  young.make<Link>()->node = nodes_[0].get();
  EXPECT_FALSE(complains_at_termination());
}

TEST_F(BarrierOracleTest, AStoreIntoAnArenaPastTheBarrierIsSeen) {
  Arena arena(heap_);
  Link* const link = arena.make<Link>();
  *const_cast<void**>(link->node.slot()) = nodes_[0].get();
  EXPECT_TRUE(complains());
}

TEST_F(BarrierOracleTest, TheEndOfMarkingComparesALastTime) {
  nodes_[0]->link = nodes_[2].get();
  EXPECT_TRUE(complains_at_termination());
  EXPECT_FALSE(oracle_.watching());
}

// A store that nobody announced, undone by one that was: only what the second says was there before tells.
TEST_F(BarrierOracleTest, AWrongOldValueOfAYoungSlotIsSeen) {
  const Root<Node> young(heap_, make_node(heap_, 4, 0, 0));
  for (int round = 0; round < 2; ++round) {  // of a slot never announced, and of one that was
    young.get()[2].link = nodes_[1].get();
    young->set_link(2, nullptr);
    EXPECT_TRUE(complains()) << round;
    young->set_link(2, nodes_[1].get());
    young->set_link(2, nullptr);
    EXPECT_FALSE(complains()) << round;
  }
}

TEST_F(BarrierOracleTest, WhatWasAnnouncedAsOldMustBeMarked) {
  oracle_.on_barrier(&nodes_[0]->link, garbage_, nodes_[1].get());
  EXPECT_TRUE(complains()) << "it never lay there";
  EXPECT_TRUE(complains_at_termination());
}

TEST_F(BarrierOracleTest, WhatWasAnnouncedAsNewMustBeMarked) {
  mark_all();
  nodes_[0]->link = garbage_;
  oracle_.on_barrier(&nodes_[0]->link, nodes_[1].get(), garbage_);
  EXPECT_FALSE(complains());
  EXPECT_TRUE(complains_at_termination());
}

TEST_F(BarrierOracleTest, WhatAHandleTookMustBeMarked) {
  oracle_.on_shade(garbage_);
  EXPECT_TRUE(complains_at_termination());
}

TEST_F(BarrierOracleTest, WhatTheBarrierKeptAliveIsFine) {
  nodes_[2]->set_link(1, nullptr);
  EXPECT_FALSE(complains_at_termination());
}

TEST_F(BarrierOracleTest, NothingIsFreedWhileMarking) {
  oracle_.on_free(garbage_);
  EXPECT_TRUE(complains());
  EXPECT_FALSE(complains_at_termination());
  oracle_.on_free(garbage_);
  EXPECT_FALSE(complains());
}

TEST_F(BarrierOracleTest, OutsideMarkingNothingIsWatched) {
  EXPECT_FALSE(complains_at_termination());
  nodes_[0]->link = nodes_[2].get();
  EXPECT_FALSE(complains());
}

TEST_F(BarrierOracleTest, WhatAHandleTakesIsShaded) {
  oracle_.forget_shades();
  EXPECT_FALSE(oracle_.was_shaded(nodes_[1].get()));
  const Root<Node> root(heap_, nodes_[1].get());
  EXPECT_TRUE(oracle_.was_shaded(nodes_[1].get()));
  EXPECT_FALSE(oracle_.was_shaded(nodes_[2].get()));
}

}  // namespace
}  // namespace gcmap::harness
