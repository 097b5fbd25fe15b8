// Objects and roots: it must be noticed when a link or a handle is not what was set.
#include "harness/run/objects/objects.h"

#include <gtest/gtest.h>

#include "gcmap/step.h"
#include "harness/run/test_families.h"

namespace gcmap::harness {
namespace {

Node* node_in(TestFamilies& families, size_t root) {
  return static_cast<Node*>(families.root(RootName(root)).handle->get());
}

TEST(Objects, ALinkToAnotherObjectIsMD) {
  TestFamilies families(config_of(MapKind::kU64));
  for (size_t root = 0; root < 3; ++root) families.run(NewOperands{RootName(root), 2});
  families.run(LinkOperands{r0, 0, r1});
  node_in(families, 0)->set_link(0, node_in(families, 2));
  EXPECT_EQ(oracle_of([&] { families.run(LoadOperands{r3, r0, 0}); }), "MD");
}

TEST(Objects, AStorePastTheBarrierIsG9) {
  TestFamilies families(config_of(MapKind::kU64));
  families.run(NewOperands{r0, 2});
  families.run(NewOperands{r1, 2});
  Stepper(families.heap()).start();
  node_in(families, 0)->link = node_in(families, 1);
  EXPECT_EQ(oracle_of([&] { families.check_quickly(); }), "G9");
}

TEST(Objects, AHandleThatTakesUnshadedIsG9) {
  TestFamilies families(config_of(MapKind::kU64));
  families.run(NewOperands{r0, 2});
  Stepper(families.heap()).start();
  EXPECT_EQ(oracle_of([&] { families.run(CopyOperands{r1, r0}); }), "");
  families.check_quickly();
  Stepper(families.heap()).set_event_sink(nullptr);  // from here on nobody hears of a shade
  EXPECT_EQ(oracle_of([&] {
              families.run(CopyOperands{r2, r0});
            }),
            "G9")
      << "the shade of an operation before does not count";
}

// A run ends as so many of its single operation do.
TEST(Objects, RunsAreWhatTheirSinglesAre) {
  TestFamilies runs(config_of(MapKind::kU64));
  TestFamilies singles(config_of(MapKind::kU64));
  const auto expect_same = [&](const char* what) { EXPECT_EQ(runs.digest(), singles.digest()) << what; };
  EXPECT_TRUE(runs.run(NewRunOperands{.root = r0, .cells = 5, .count = 3}));
  for (int i = 0; i < 3; ++i) singles.run(NewOperands{r0, 5});
  expect_same("new_run");
  for (TestFamilies* families : {&runs, &singles}) families->run(NewChainOperands{.root = r1, .count = 9});
  EXPECT_TRUE(runs.run(LinkRunOperands{.root = r0, .link = 3, .source = r1, .count = 4}));
  for (uint32_t i = 0; i < 4; ++i) singles.run(LinkOperands{r0, 3 + i, r1});
  expect_same("link_run");
  EXPECT_TRUE(runs.run(UnlinkRunOperands{.root = r0, .link = 4, .count = 2}));
  for (uint32_t i = 0; i < 2; ++i) singles.run(UnlinkOperands{r0, 4 + i});
  expect_same("unlink_run");
  EXPECT_TRUE(runs.run(LoadRunOperands{.root = r2, .source = r1, .link = 0, .count = 8}));
  singles.run(LoadOperands{r2, r1, 0});
  for (int i = 0; i < 7; ++i) singles.run(LoadOperands{r2, r2, 0});
  expect_same("load_run");
  EXPECT_EQ(runs.root(r2).object_id, 4u) << "the first of the chain, behind three objects";
  EXPECT_FALSE(runs.run(LoadRunOperands{.root = r2, .source = r2, .link = 0, .count = 5}));
  EXPECT_EQ(runs.root(r2).object_id, kNoObject) << "where the chain ends the root holds nothing";
  EXPECT_FALSE(runs.run(LinkRunOperands{.root = r3, .source = r1}));
  EXPECT_FALSE(runs.run(UnlinkRunOperands{.root = r3}));
  EXPECT_EQ(oracle_of([&] { runs.check_at_end(); }), "");
}

TEST(Objects, AMutatorIsRenewedUnlessItIsCurrentOrOwnsHandles) {
  Config config = config_of(MapKind::kU64);
  config.mutators = 3;
  for (const bool marking : {false, true}) {
    TestFamilies families(config);
    families.run(NewOperands{r0, 2});
    EXPECT_FALSE(families.run(RenewMutatorOperands{MutatorName(0)})) << "the current one";
    EXPECT_FALSE(families.run(RenewMutatorOperands{MutatorName(3)})) << "there is none";
    families.run(EnterOperands{MutatorName(1)});
    EXPECT_FALSE(families.run(RenewMutatorOperands{MutatorName(0)})) << "it made the handle of r0";
    if (marking) families.run(StartOperands{});
    families.run(NewOperands{r0, 3});
    families.run(LinkOperands{r0, 0, r0});
    families.run(EnterOperands{MutatorName(2)});
    Mutator& before = families.heap().mutator();
    EXPECT_TRUE(families.run(RenewMutatorOperands{MutatorName(1)}));
    EXPECT_EQ(&families.heap().mutator(), &before);
    families.check_quickly();
    families.run(EnterOperands{MutatorName(1)});
    families.run(NewOperands{r1, 2});
    families.run(EnterOperands{MutatorName(0)});
    EXPECT_FALSE(families.run(RenewMutatorOperands{MutatorName(1)})) << "it made the handle of r1";
    EXPECT_EQ(oracle_of([&] { families.verify(); }), "");
    EXPECT_EQ(oracle_of([&] { families.check_at_end(); }), "");
  }
}

// Whatever hangs on it, in every phase: it is read by nobody and kept by those that lead to it.
TEST(Objects, APlainOneIsNotAccused) {
  for (size_t phase = 0; phase < 3; ++phase) {
    Config config = config_of(MapKind::kU64Object);
    config.piece = 1;
    TestFamilies families(config);
    families.run(NewOperands{r0, 4});
    families.run(NewPlainOperands{r1, 300});
    families.run(NewPlainOperands{r2, 4000});
    EXPECT_FALSE(families.run(LinkOperands{.root = r1, .link = 0, .source = r0})) << "it has no links";
    EXPECT_FALSE(families.run(LoadOperands{r3, r1, 0}));
    EXPECT_FALSE(families.run(UnlinkOperands{r1, 0}));
    EXPECT_FALSE(families.run(WeakLinkOperands{.root = r1, .link = 0, .source = r0}));
    EXPECT_TRUE(families.run(LinkOperands{.root = r0, .link = 0, .source = r1}));
    EXPECT_TRUE(families.run(WeakLinkOperands{.root = r0, .link = 1, .source = r2}));
    EXPECT_TRUE(families.run(StoreOperands{.map = m0, .key = 5, .source = r1}));
    EXPECT_TRUE(families.run(AnnotateOperands{k0, r1, r2}));
    EXPECT_TRUE(families.run(AnnotateOperands{k1, r2, r0}));
    EXPECT_TRUE(families.run(FinalizeOperands{r2, FinalizerAction::kKeep}));
    EXPECT_TRUE(families.run(WatchOperands{r1}));
    EXPECT_TRUE(families.run(WeakPutOperands{3, r2}));
    EXPECT_TRUE(families.run(WeakenOperands{w0, r1}));
    if (phase >= 1) families.run(StartOperands{});
    if (phase >= 2) families.run(MarkOperands{3});
    for (const RootName root : {r1, r2}) families.run(ReleaseOperands{root});
    families.heap().collect();
    EXPECT_EQ(oracle_of([&] { families.check_quickly(), families.verify(); }), "") << phase;
    EXPECT_TRUE(families.run(StrengthenOperands{r3, w0})) << "m0 and r0 lead to it";
    families.run(PoolPutOperands{r3});
    EXPECT_EQ(oracle_of([&] { families.check_at_end(); }), "") << phase;
  }
}

TEST(Objects, APlainOneThatIsFreedThoughReachableIsG3) {
  TestFamilies families(config_of(MapKind::kU64));
  families.run(NewPlainOperands{r0, 10});
  const_cast<RootHandle&>(*families.root(r0).handle).set(nullptr);
  families.heap().collect();
  EXPECT_EQ(oracle_of([&] { families.check_quickly(); }), "G3");
}

TEST(Objects, APlainOneThatIsLeftOverIsG2) {
  TestFamilies families(config_of(MapKind::kU64));
  families.run(NewPlainOperands{r0, 10});
  const RootHandle stranger(families.heap(), families.root(r0).handle->get());
  families.run(ReleaseOperands{r0});
  EXPECT_EQ(oracle_of([&] { families.check_at_end(); }), "G2");
}

// Whatever hands it out.
TEST(Objects, WhatASweepIsAboutToFreeIsNotTaken) {
  TestFamilies families(config_of(MapKind::kU64));
  families.run(NewOperands{r0, 2});
  void* const dead = families.root(r0).handle->get();
  families.run(ReleaseOperands{r0});
  Stepper step(families.heap());
  step.start();
  step.mark(UINT64_MAX);
  step.terminate();
  EXPECT_EQ(oracle_of([&] { families->objects.set_root(r1, dead, 1); }), "G3");
  families->objects.release_all();
}

}  // namespace
}  // namespace gcmap::harness
