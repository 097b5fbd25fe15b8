// The harness's own oracles must speak: each test shows one of them something wrong and names the id.
#include <gtest/gtest.h>

#include <functional>
#include <span>
#include <string>

#include "gcmap/handles.h"
#include "gcmap/map.h"
#include "gcmap/step.h"
#include "harness/model/map.h"
#include "harness/oracle/cycle.h"
#include "harness/oracle/map.h"
#include "harness/oracle/point_counts.h"
#include "harness/run/runner.h"

namespace gcmap::harness {
namespace {

// The oracle id of what `body` throws; "" if nothing.
std::string failure_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Failure& failure) {
    return failure.oracle;
  }
  return "";
}

class Iteration : public testing::Test {
 protected:
  Iteration() {
    for (uint64_t key = 1; key <= 3; ++key) map_->put(key, 10 * key, serial_);
  }
  ModelIteration begin() { return ModelIteration(map_, 0, serial_, ++id_); }
  static std::string id_of(const std::optional<ModelIteration::Complaint>& complaint) {
    return complaint ? complaint->oracle : "";
  }

  std::shared_ptr<ModelMap> map_ = std::make_shared<ModelMap>();
  uint64_t serial_ = 0;
  uint64_t id_ = 0;
};

TEST_F(Iteration, EachEntryOnceInAnyOrderIsFine) {
  auto iteration = begin();
  for (uint64_t key : {2u, 3u, 1u}) EXPECT_EQ(id_of(iteration.produce(key, 10 * key)), "");
  EXPECT_EQ(id_of(iteration.end()), "");
}

TEST_F(Iteration, AnErasedEntryIsC2) {
  auto iteration = begin();
  map_->erase(2);
  EXPECT_EQ(id_of(iteration.produce(2, 20)), "C2");
}

TEST_F(Iteration, AnEntryOfBeforeAClearIsC2) {
  auto iteration = begin();
  map_->clear();
  EXPECT_EQ(id_of(iteration.produce(2, 20)), "C2");
}

TEST_F(Iteration, AnEntryOfAnEmptyMapIsC4) {
  map_->clear();
  auto iteration = begin();
  map_->put(1, 1, serial_);
  EXPECT_EQ(id_of(iteration.produce(1, 1)), "C4");
}

TEST_F(Iteration, TheSameEntryTwiceIsC5) {
  auto iteration = begin();
  EXPECT_EQ(id_of(iteration.produce(2, 20)), "");
  EXPECT_EQ(id_of(iteration.produce(2, 20)), "C5");
}

TEST_F(Iteration, AnErasedAndInsertedKeyIsAnotherEntry) {
  auto iteration = begin();
  EXPECT_EQ(id_of(iteration.produce(2, 20)), "");
  map_->erase(2);
  map_->put(2, 21, serial_);
  EXPECT_EQ(id_of(iteration.produce(2, 21)), "");
}

TEST_F(Iteration, AnOldValueIsC6) {
  auto iteration = begin();
  map_->put(2, 21, serial_);
  EXPECT_EQ(id_of(iteration.produce(2, 20)), "C6");
}

TEST_F(Iteration, AMissedEntryIsC7AndALateOneIsNot) {
  auto iteration = begin();
  map_->put(4, 40, serial_);
  for (uint64_t key : {1u, 2u}) iteration.produce(key, 10 * key);
  auto complaint = iteration.end();
  EXPECT_EQ(id_of(complaint), "C7");
  EXPECT_NE(complaint->detail.find("key 3"), std::string::npos);
}

TEST_F(Iteration, TwoIterationsDoNotDisturbEachOther) {
  auto first = begin();
  ModelIteration second(map_, 1, serial_, ++id_);
  for (uint64_t key : {1u, 2u, 3u}) {
    EXPECT_EQ(id_of(first.produce(key, 10 * key)), "");
    EXPECT_EQ(id_of(second.produce(key, 10 * key)), "");
  }
  EXPECT_EQ(id_of(first.end()), "");
  EXPECT_EQ(id_of(second.end()), "");
}

// A map by its header, whose scalar fields a test can bend between the oracle's two looks.
class MapWrites : public testing::Test {
 protected:
  struct IdentityHash {
    uint64_t operator()(uint64_t key, uint64_t) const { return key; }
  };
  using Entries = Access<uint64_t, uint64_t, IdentityHash, std::equal_to<uint64_t>>;

  MapWrites() : map_(heap_) {
    const IdentityHash hasher;
    map_ = make_map(heap_, Entries::type(), 26, 1, &hasher, sizeof(hasher));
    for (uint64_t key = 0; key < 26; ++key) put(key);
  }
  void put(uint64_t key) {
    bool inserted;
    Entries::assign(*map_, key, inserted);
  }
  MapInspector inspect() { return MapInspector(map_.get(), Entries::type()); }
  // A write begins.
  void begin() { before_ = inspect().state(); }
  std::string after_write(bool inserts, bool works = true) {
    return failure_of([&] { oracle_.after_write(before_, inspect(), inserts, works); });
  }

  Heap heap_;
  Root<MapHeader> map_;
  MapOracle oracle_;
  MapState before_;
};

TEST_F(MapWrites, ADueGrowthIsFine) {
  begin();
  put(26);
  EXPECT_EQ(inspect().state().growth, 1);
  EXPECT_EQ(after_write(true), "");
}

TEST_F(MapWrites, AGrowthThatDoesNotBeginIsM10) {
  begin();
  EXPECT_EQ(after_write(true), "M10");
}

TEST_F(MapWrites, AGrowthOnAnOverwriteIsM10) {
  begin();
  put(26);
  EXPECT_EQ(after_write(false), "M10");
}

TEST_F(MapWrites, AGrowthThatNeverEndsIsM15) {
  begin();
  put(26);
  ASSERT_EQ(after_write(true), "");
  std::string failure;
  for (int i = 0; i < 4 && failure.empty(); ++i) {
    begin();
    failure = after_write(false);
  }
  EXPECT_EQ(failure, "M15");
}

TEST_F(MapWrites, AGrowthThatMovesOnIsFine) {
  uint64_t growths = 0;
  for (uint64_t key = 26; key < 500; ++key) {
    begin();
    put(key);
    ASSERT_EQ(after_write(true), "") << "key " << key;
    growths += inspect().state().growth != 0;
  }
  EXPECT_GT(growths, 0u);
}

class MapErasures : public MapWrites {
 protected:
  // Erases all but `left` of 26 entries, each erase judged.
  // Returns what the oracle says first.
  std::string erase_down_to(uint64_t left) {
    std::string failure;
    for (uint64_t key = 26; key-- > left && failure.empty();) {
      begin();
      Entries::erase<uint64_t>(*map_, key);
      failure = failure_of([&] { oracle_.after_write(before_, inspect(), false, true, true); });
    }
    return failure;
  }
};

TEST_F(MapErasures, AMapThatMayNotShrinkKeepsItsSize) {
  EXPECT_EQ(erase_down_to(0), "");
}

TEST_F(MapErasures, AHalvingThatIsDueIsFine) {
  map_->least_b = 0;
  oracle_ = MapOracle();
  map_->shrinks = true;
  oracle_.set_shrinking(true);
  EXPECT_EQ(erase_down_to(0), "");
}

TEST_F(MapErasures, AHalvingOfAMapThatMayNotShrinkIsM10) {
  map_->least_b = 0;
  map_->shrinks = true;
  EXPECT_EQ(erase_down_to(0), "M10");
}

TEST_F(MapErasures, AHalvingThatDoesNotBeginIsM10) {
  oracle_.set_shrinking(true);
  EXPECT_EQ(erase_down_to(4), "");
  EXPECT_EQ(erase_down_to(0), "M10");
}

TEST_F(MapErasures, AHalvingBelowWhatIsReservedIsM10) {
  oracle_.after_make(inspect(), 26);
  oracle_.set_shrinking(true);
  EXPECT_EQ(erase_down_to(1), "");
  map_->least_b = 0;
  map_->shrinks = true;
  EXPECT_EQ(erase_down_to(0), "M10");
}

// A write that failed may leave another growth than it found: here the doubling has ended, and one to the
// same size has begun.
TEST_F(MapWrites, AGrowthBegunByAFailedWriteHasAllItsWritesLeft) {
  for (const uint64_t key : {26, 4}) {
    begin();
    put(key);
    ASSERT_EQ(after_write(key == 26), "");
    ASSERT_EQ(inspect().state().growth, 1);
  }
  begin();
  finish_growth(*map_, Entries::type());
  begin_same_size(*map_, Entries::type());
  oracle_.after_failed_write(inspect());
  while (inspect().state().growth != 0) {
    begin();
    put(0);  // of its two chains one was moved by the first
    ASSERT_EQ(after_write(false), "");
  }
}

TEST_F(MapWrites, ASizeThatDoesNotFitWhatIsReservedIsM10) {
  begin();
  EXPECT_EQ(failure_of([&] { oracle_.after_reserve(before_, inspect(), 26); }), "");
  EXPECT_EQ(failure_of([&] { oracle_.after_reserve(before_, inspect(), 1); }), "");
  EXPECT_EQ(failure_of([&] { oracle_.after_reserve(before_, inspect(), 27); }), "M10");
}

TEST_F(MapWrites, FittingNeedNotEnlargeWhatASameSizeGrowthOverfilled) {
  begin_same_size(*map_, Entries::type());
  put(26);
  begin();
  ASSERT_EQ(inspect().state().b, 2);
  finish_growth(*map_, Entries::type());
  EXPECT_EQ(failure_of([&] { oracle_.after_fit(before_, inspect()); }), "");
}

TEST_F(MapWrites, ASizeThatDoesNotFitWhatIsThereIsM10) {
  begin();
  EXPECT_EQ(failure_of([&] { oracle_.after_fit(before_, inspect()); }), "");
  for (uint64_t key = 10; key < 26; ++key) Entries::erase<uint64_t>(*map_, key);
  EXPECT_EQ(failure_of([&] { oracle_.after_fit(before_, inspect()); }), "M10");
  EXPECT_EQ(failure_of([&] { oracle_.after_clone(inspect(), oracle_); }), "M10");
}

TEST_F(MapWrites, ASizeThatDoesNotFitTheHintIsM10) {
  const auto failure = [&](uint64_t hint) {
    return failure_of([&] { oracle_.after_make(inspect(), hint); });
  };
  EXPECT_EQ(failure(26), "");
  EXPECT_EQ(failure(14), "");
  EXPECT_EQ(failure(27), "M10");
  EXPECT_EQ(failure(13), "M10");
}

TEST_F(MapWrites, ALookUpThatRedrawsTheSeedIsM14) {
  const uint64_t before = MapOracle::before_read(inspect(), true);
  ++map_->seed;
  EXPECT_EQ(failure_of([&] { MapOracle::after_read(before, inspect(), true); }), "M14");
}

TEST_F(MapWrites, AGrowthMayFollowAnotherInTheSameWrite) {
  begin();
  put(26);
  ASSERT_EQ(after_write(true), "");
  for (int i = 0; i < 2; ++i) {
    begin();
    ASSERT_EQ(after_write(false), "");
  }
  // The fourth write would be M15, were it not the first of a doubling that follows.
  begin();
  ++map_->b;
  EXPECT_EQ(after_write(true), "");
  --map_->b;
}

TEST_F(MapWrites, AWritingFlagLeftUpIsM13) {
  begin();
  map_->flags |= kFlagWriting;
  EXPECT_EQ(after_write(false), "M13");
}

TEST_F(MapWrites, AReadThatChangesTheStateIsM14) {
  const uint64_t before = MapOracle::before_read(inspect(), false);
  EXPECT_EQ(failure_of([&] { MapOracle::after_read(before, inspect(), false); }), "");
  ++map_->nevacuate;
  EXPECT_EQ(failure_of([&] { MapOracle::after_read(before, inspect(), false); }), "M14");
}

TEST_F(MapWrites, AReadThatChangesAByteIsM14WhenEveryByteIsCompared) {
  const uint64_t before = MapOracle::before_read(inspect(), true);
  ++*Entries::find(*map_, 3).value;
  EXPECT_EQ(failure_of([&] { MapOracle::after_read(before, inspect(), true); }), "M14");
}

TEST_F(MapWrites, AnIteratorWithoutItsFlagIsM13) {
  class Fixed final : public AdapterIterator {
   public:
    explicit Fixed(int generation) : generation_(generation) {}
    std::optional<std::pair<uint64_t, uint64_t>> next() override { return std::nullopt; }
    int generation() const override { return generation_; }
    IteratorPlace place() const override { return {}; }
    std::span<const std::byte> memory() const override { return {}; }

   private:
    int generation_;
  };
  const auto failure = [&](int generation) {
    return failure_of([&] { MapOracle::check_iterator(inspect(), Fixed(generation)); });
  };
  EXPECT_EQ(failure(0), "M13");
  EXPECT_EQ(failure(1), "M13");
  EXPECT_EQ(failure(2), "");
  map_->flags |= kFlagIterator;
  EXPECT_EQ(failure(0), "");
  EXPECT_EQ(failure(1), "M13");
}

struct Node {
  uint64_t value = 0;
};

TEST(CycleOracle, AReachableUnmarkedObjectIsG1) {
  Heap heap;
  CycleOracle oracle(heap, 1);
  const Root<Node> node(heap, make<Node>(heap));
  oracle.on_phase(Phase::kIdle, Phase::kMark);
  oracle.on_phase(Phase::kMark, Phase::kMarkTermination);
  const auto failure = oracle.take_failure();
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->oracle, "G1");
  EXPECT_FALSE(oracle.take_failure());
}

TEST(CycleOracle, GarbageThatOutlivesItsCycleIsG2) {
  Heap heap;
  CycleOracle oracle(heap, 1);
  const Root<Node> kept(heap, make<Node>(heap));
  Node* const garbage = make<Node>(heap);
  oracle.on_phase(Phase::kIdle, Phase::kMark);
  oracle.on_phase(Phase::kSweep, Phase::kIdle);
  const auto failure = oracle.take_failure();
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->oracle, "G2");
  oracle.on_phase(Phase::kIdle, Phase::kMark);
  oracle.on_free(garbage, nullptr);
  oracle.on_phase(Phase::kSweep, Phase::kIdle);
  EXPECT_FALSE(oracle.take_failure());
}

TEST(CycleOracle, ASoundCollectorIsNotAccused) {
  Heap heap;
  CycleOracle oracle(heap, 1);
  Stepper(heap).set_event_sink(&oracle);
  const Root<Node> kept(heap, make<Node>(heap));
  for (int i = 0; i < 100; ++i) make<Node>(heap);
  heap.collect();
  Stepper(heap).set_event_sink(nullptr);
  EXPECT_FALSE(oracle.take_failure());
  EXPECT_EQ(oracle.cycles(), 1u);
  EXPECT_EQ(heap.stats().live_objects, 1u);
}

// Garbage made while marking floats until the next cycle.
TEST(CycleOracle, OnlyWhatACycleBeganWithIsItsGarbage) {
  Heap heap;
  CycleOracle oracle(heap, 1);
  ManualPacing manual;
  Stepper step(heap);
  step.set_pacing(&manual);
  step.set_event_sink(&oracle);
  step.start();
  for (int i = 0; i < 2; ++i) make<Node>(heap);
  step.mark(UINT64_MAX);
  step.terminate();
  EXPECT_TRUE(step.sweep(UINT64_MAX));
  EXPECT_EQ(heap.stats().live_objects, 2u);
  EXPECT_FALSE(oracle.take_failure());
  step.set_event_sink(nullptr);
  step.set_pacing(nullptr);
}

TEST(PointCounts, AddUpPointByPointAndPhaseByPhase) {
  PointCounts sum;
  PointCounts once;
  once.count(DecisionPoint::kSafepoint, Phase::kIdle);
  once.count(DecisionPoint::kSpanSwept, Phase::kSweep);
  for (int i = 0; i < 3; ++i) sum.add(once);
  EXPECT_EQ(sum.at(DecisionPoint::kSafepoint, Phase::kIdle), 3u);
  EXPECT_EQ(sum.at(DecisionPoint::kSpanSwept, Phase::kSweep), 3u);
  EXPECT_EQ(sum.at(DecisionPoint::kSafepoint, Phase::kSweep), 0u);
}

// What was never reached must be said: ./dev fuzz looks for the zeroes.
TEST(PointCounts, LinesNameThePointsNobodyReached) {
  PointCounts counts;
  counts.count(DecisionPoint::kSafepoint, Phase::kMark);
  const std::string lines = lines_of(counts);
  EXPECT_NE(lines.find("gcmap-point safepoint idle=0 mark=1 sweep=0\n"), std::string::npos) << lines;
  EXPECT_NE(lines.find("gcmap-point span_swept sweep=0\n"), std::string::npos) << lines;
  EXPECT_NE(lines.find("gcmap-point barrier_flush mark=0\n"), std::string::npos) << lines;
}

// With every oracle on and with none a program does the same.
TEST(Runner, VerificationChangesNothing) {
  Program program;
  program.config.cadence = 1;
  program.config.kind = static_cast<uint32_t>(MapKind::kU64Object);
  const auto put_run = [&](uint32_t key, uint16_t count) {
    program.operations.push_back({.kind = OpKind::kPutRun, .b = count, .c = key});
  };
  const auto step = [&](OpKind kind, uint16_t units) {
    program.operations.push_back({.kind = kind, .b = units});
    put_run(units, 3);
    program.operations.push_back({.kind = OpKind::kGet, .c = units});
  };
  put_run(1, 40);
  step(OpKind::kStart, 1);
  for (uint16_t units = 2; units < 8; ++units) step(OpKind::kMark, units);
  step(OpKind::kMark, 4096);
  step(OpKind::kTerminate, 10);
  for (int i = 0; i < 2; ++i) step(OpKind::kSweep, 1);
  const Verdict watched = run(program);
  EXPECT_EQ(watched.kind, VerdictKind::kOk) << watched.signature() << ": " << watched.detail;
  RunOptions unwatched;
  unwatched.oracles = false;
  EXPECT_EQ(watched.digest, run(program, unwatched).digest);
}

TEST(Runner, UntilStopsBeforeTheOperation) {
  Program program;
  for (uint32_t key = 0; key < 10; ++key) program.operations.push_back({.kind = OpKind::kPut, .c = key});
  RunOptions options;
  options.until = 4;
  uint64_t entries = 0;
  options.inspect_maps_at_end = [&](size_t, MapKind, const MapInspector& map) {
    entries = map.state().count;
  };
  EXPECT_EQ(run(program, options).kind, VerdictKind::kOk);
  EXPECT_EQ(entries, 4u);
}

TEST(Runner, SetHashIsHonouredOnlyWhileNobodyCouldTell) {
  Program program;
  program.config.cadence = 1;
  program.operations = {{.kind = OpKind::kSetHash, .c = 1, .d = 5},
                        {.kind = OpKind::kPut, .c = 1},
                        {.kind = OpKind::kSetHash, .c = 1, .d = 6},  // a map holds the key
                        {.kind = OpKind::kIterate, .c = 0},
                        {.kind = OpKind::kErase, .c = 1},
                        {.kind = OpKind::kSetHash, .c = 1, .d = 7},  // an iterator runs
                        {.kind = OpKind::kPut, .c = 1}};
  EXPECT_EQ(run(program).kind, VerdictKind::kOk);
}

}  // namespace
}  // namespace gcmap::harness
