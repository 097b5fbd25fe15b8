// What a run is seen to meet: every state by a program that brings it about, and who is whose neighbour.
#include "harness/run/pair_recorder.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "harness/program/boundaries.h"
#include "harness/run/runner.h"
#include "harness/run/test_families.h"

namespace gcmap::harness {
namespace {

using Words = std::vector<std::string>;

Config config_with_hash(HashClass hash) {
  Config config;
  config.hash = static_cast<uint32_t>(hash);
  return config;
}

class PairRecorderTest : public testing::Test {
 protected:
  // Keys lie in the chain that their low bits say.
  PairRecorderTest() : runner_(config_with_hash(HashClass::kIdentity), options()) {}

  template <typename Operands>
  void run(const Operands& operands) {
    const auto failed = runner_.step(encode(operands));
    ASSERT_FALSE(failed) << failed->oracle << ": " << failed->detail;
  }

  // The states it meets, an aspect after the other.
  template <typename Operands>
  Words met(const Operands& operands) {
    *counts_ = {};
    run(operands);
    Words words;
    const std::span<const Aspect> aspects = aspects_of(Operands::kKind);
    for (size_t i = 0; i < aspects.size(); ++i) {
      for (size_t state = 0; state < state_count(aspects[i].subject); ++state) {
        if (counts_->at(Operands::kKind, i, state) != 0) words.push_back(words_of(aspects[i].subject, state));
      }
    }
    return words;
  }
  std::string map_met() { return met(GetOperands{.map = m0, .key = 1})[0]; }
  std::string root_met() { return met(UnlinkOperands{.root = r0, .link = 1})[0]; }

  // Objects that doing it allocates.
  template <typename Operands>
  uint64_t allocated_by(const Operands& operands) {
    const uint64_t before = runner_.heap().stats().allocated_objects;
    run(operands);
    return runner_.heap().stats().allocated_objects - before;
  }

  const RunOptions& options() {
    options_.pairs = counts_.get();
    return options_;
  }

  std::unique_ptr<PairCounts> counts_ = std::make_unique<PairCounts>();
  RunOptions options_;
  Runner runner_;
};

TEST_F(PairRecorderTest, MeetsAMapThatFillsUp) {
  EXPECT_EQ(map_met(), "absent.idle");
  run(MakeOperands{m0});
  EXPECT_EQ(map_met(), "empty.idle");
  run(PutRunOperands{.map = m0, .key = 1, .count = 7});
  EXPECT_EQ(map_met(), "one_bucket.idle");
  run(PutOperands{.map = m0, .key = 8});
  EXPECT_EQ(map_met(), "threshold.idle");
  run(PutOperands{.map = m0, .key = 9});
  EXPECT_EQ(map_met(), "buckets.idle");
  run(PutRunOperands{.map = m0, .key = 10, .count = 17});
  EXPECT_EQ(map_met(), "threshold.idle") << "26 entries";
  run(PutOperands{.map = m0, .key = 27});
  EXPECT_EQ(map_met(), "doubling.idle");
  run(FinishOperands{m0});
  EXPECT_EQ(map_met(), "buckets.idle");
  run(DropOperands{m0});
  EXPECT_EQ(map_met(), "absent.idle");
}

// Four chains, each of which has grown a bucket longer and has lost all keys but one again.
TEST_F(PairRecorderTest, MeetsAMapWithOverflowBuckets) {
  run(MakeOperands{.map = m0, .hint = 20});
  for (uint32_t chain = 0; chain < 4; ++chain) {
    EXPECT_EQ(map_met(), chain == 0 ? "empty.idle" : "overflow.idle");
    for (uint32_t i = 0; i < 9; ++i) run(PutOperands{.map = m0, .key = chain + 4 * i});
    for (uint32_t i = 1; i < 9; ++i) run(EraseOperands{.map = m0, .key = chain + 4 * i});
  }
  EXPECT_EQ(map_met(), "threshold.idle") << "as many overflow buckets as buckets";
  run(PutOperands{.map = m0, .key = 100});
  EXPECT_EQ(map_met(), "same_size.idle");
}

TEST_F(PairRecorderTest, MeetsAMapThatShrinks) {
  run(ShrinkOperands{.map = m0, .allowed = true});
  run(PutRunOperands{.map = m0, .key = 1, .count = 104});
  run(EraseRunOperands{.map = m0, .key = 1, .count = 92});
  EXPECT_EQ(map_met(), "halving.idle");
}

TEST_F(PairRecorderTest, MeetsAnIteratorAndTheMapItStandsOn) {
  const AdvanceOperands advance{.iterator = i0, .count = 1};
  EXPECT_EQ(met(advance), Words{"absent.idle"});
  run(PutRunOperands{.map = m0, .key = 1, .count = 3});
  EXPECT_EQ(met(IterateOperands{.map = m0, .iterator = i0}), (Words{"one_bucket.idle", "absent.idle"}));
  EXPECT_EQ(map_met(), "one_bucket.iterated.idle");
  EXPECT_EQ(met(advance), Words{"one_bucket.iterated.idle"});
  run(EraseRunOperands{.map = m0, .key = 1, .count = 3});
  EXPECT_EQ(map_met(), "empty.iterated.idle");
  EXPECT_EQ(met(advance), Words{"empty.iterated.idle"});
  EXPECT_EQ(met(advance), Words{"absent.idle"}) << "it has ended";
  EXPECT_EQ(map_met(), "empty.idle");
  run(IterateOperands{.map = m0, .iterator = i0});
  EXPECT_EQ(met(advance), Words{"absent.idle"}) << "over an empty map it has ended before it began";
}

TEST_F(PairRecorderTest, MeetsWhatARootHolds) {
  EXPECT_EQ(root_met(), "empty.idle");
  run(NewOperands{.root = r0, .cells = 2});
  EXPECT_EQ(root_met(), "object.idle");
  run(WeakenOperands{.weak = w0, .root = r0});
  EXPECT_EQ(root_met(), "weak.idle");
  run(AnnotateOperands{.table = k1, .root = r0, .source = r0});
  EXPECT_EQ(root_met(), "annotated.idle");
  run(FinalizeOperands{.root = r0, .action = FinalizerAction::kNothing});
  EXPECT_EQ(root_met(), "finalizer.idle");
  run(ArenaNewOperands{.root = r1, .cells = 2});
  EXPECT_EQ(met(CopyOperands{.root = r2, .source = r1}), (Words{"empty.idle", "arena.idle"}));
  run(MakeOperands{m0});
  run(LinkMapOperands{.root = r0, .link = 0, .map = m0});
  run(LoadOperands{.root = r3, .source = r0, .link = 0});
  EXPECT_EQ(met(ReleaseOperands{r3}), Words{"map.idle"});
}

TEST_F(PairRecorderTest, MeetsEveryPhase) {
  run(PutOperands{.map = m0, .key = 1});
  EXPECT_EQ(met(StartOperands{}), (Words{"empty.idle", "empty.idle"}));
  EXPECT_EQ(map_met(), "one_bucket.mark");
  EXPECT_EQ(root_met(), "empty.mark");
  run(MarkOperands{.units = 4096});
  EXPECT_EQ(met(TerminateOperands{}), (Words{"empty.mark", "empty.mark"}));
  EXPECT_EQ(map_met(), "one_bucket.sweep");
  EXPECT_EQ(root_met(), "empty.sweep");
  EXPECT_EQ(met(CollectOperands{}), (Words{"empty.sweep", "empty.sweep"}));
  EXPECT_EQ(map_met(), "one_bucket.idle");
}

// The boundaries are where the library allocates another chunk.
TEST_F(PairRecorderTest, MeetsAPoolUpToItsBoundary) {
  const auto pool_met = [&] { return met(VerifyOperands{})[0]; };
  EXPECT_EQ(pool_met(), "empty.idle");
  for (uint64_t i = 0; i < kPoolChunkObjects; ++i) {
    run(NewOperands{.root = r0, .cells = 2});
    EXPECT_EQ(allocated_by(PoolPutOperands{r0}), i == 0 ? 1u : 0u) << i;
    EXPECT_EQ(pool_met(), i + 1 < kPoolChunkObjects ? "partly.idle" : "boundary.idle") << i;
  }
  run(NewOperands{.root = r0, .cells = 2});
  EXPECT_EQ(allocated_by(PoolPutOperands{r0}), 1u) << "another chunk";
  EXPECT_EQ(pool_met(), "partly.idle");
  run(CollectOperands{});
  EXPECT_EQ(pool_met(), "partly.idle") << "all of it is given up by the next cycle";
  run(CollectOperands{});
  EXPECT_EQ(pool_met(), "empty.idle");
}

TEST_F(PairRecorderTest, MeetsAnArenaUpToItsBoundary) {
  const auto arena_met = [&] { return met(VerifyOperands{})[1]; };
  constexpr uint32_t kHalfOfAChunk = kArenaSharingBytesMax / sizeof(Node);
  EXPECT_EQ(arena_met(), "empty.idle");
  EXPECT_EQ(allocated_by(ArenaNewOperands{.root = r0, .cells = kHalfOfAChunk - 1}), 1u);
  EXPECT_EQ(arena_met(), "partly.idle");
  EXPECT_EQ(met(ArenaNewOperands{.root = r1, .cells = 2 * kHalfOfAChunk - 1})[2], "boundary.idle");
  EXPECT_EQ(arena_met(), "partly.idle") << "what is full is a chunk that it has for itself";
  EXPECT_EQ(allocated_by(ArenaNewOperands{.root = r1, .cells = kHalfOfAChunk}), 0u);
  EXPECT_EQ(arena_met(), "boundary.idle");
  EXPECT_EQ(allocated_by(ArenaNewOperands{.root = r1, .cells = 2}), 1u);
  EXPECT_EQ(arena_met(), "partly.idle");
  EXPECT_EQ(met(ArenaNewOperands{.root = r1, .cells = kHalfOfAChunk})[2], "partly.idle");
  EXPECT_EQ(met(ArenaNewOperands{.root = r1, .cells = kHalfOfAChunk})[2], "boundary.idle");
  run(ArenaFreeOperands{});
  EXPECT_EQ(arena_met(), "empty.idle");
}

TEST_F(PairRecorderTest, AnOperationOnAnIteratorIsOnItsMap) {
  const auto count = [&] { return counts_->at(OpKind::kPut, OpKind::kAdvance); };
  run(PutOperands{.map = m0, .key = 1});
  run(CloneOperands{.target = m1, .map = m0});
  run(IterateOperands{.map = m0, .iterator = i0});
  run(PutOperands{.map = m1, .key = 2});
  for (int i = 0; i < 4; ++i) run(CollectOperands{});
  run(AdvanceOperands{.iterator = i0, .count = 1});
  EXPECT_EQ(count(), 0u) << "it stands on another map";
  run(PutOperands{.map = m0, .key = 2});
  run(AdvanceOperands{.iterator = i0, .count = 1});
  EXPECT_EQ(count(), 1u);
}

TEST_F(PairRecorderTest, RunsAddUpAndHaveNoNeighboursInEachOther) {
  const auto states = [&] {
    return counts_->at(OpKind::kPut, 0, state_of_map(MapShape::kAbsent, false, Phase::kIdle));
  };
  const auto neighbours = [&] { return counts_->at(OpKind::kPut, OpKind::kPut); };
  for (uint64_t runs = 1; runs <= 2; ++runs) {
    Runner runner(Config(), options());
    EXPECT_FALSE(runner.step(encode(PutOperands{.map = m0, .key = 1})));
    EXPECT_EQ(states(), runs);
    EXPECT_EQ(neighbours(), runs - 1);
    EXPECT_FALSE(runner.step(encode(PutOperands{.map = m0, .key = 2})));
    EXPECT_EQ(neighbours(), runs);
  }
}

}  // namespace
}  // namespace gcmap::harness
