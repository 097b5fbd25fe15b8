// What a forecast says is what the library then does.
#include "harness/mutate/forecast.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "harness/mutate/generate.h"
#include "harness/program/boundaries.h"
#include "harness/program/codec_text.h"
#include "harness/run/runner.h"

namespace gcmap::harness {
namespace {

const RunOptions kWithoutOracles = {.oracles = false};

// A program on the library and in a forecast, side by side.
class SideBySide {
 public:
  explicit SideBySide(const Config& config = {}) : forecast(config), runner(config, kWithoutOracles) {}

  void step(const Operation& operation) {
    EXPECT_FALSE(runner.step(operation)) << print(operation);
    forecast.step(operation);
  }
  template <typename Operands>
  void step(const Operands& operands) {
    step(encode(operands));
  }
  const MapSlot& slot(MapName name) { return runner.families().maps.table().slot(name); }
  MapState state(MapName name) { return slot(name).adapter->inspect().state(); }

  Forecast forecast;
  Runner runner;
};

// Operations that end others halfway, and limits that do.
bool is_injected(OpKind kind) {
  return kind == OpKind::kFail || kind == OpKind::kCallback || kind == OpKind::kSetLimit;
}

struct Agreement {
  uint64_t maps = 0;   // names looked at, after every operation
  uint64_t exact = 0;  // of which the forecast is sure
  uint64_t sizes = 0;  // of the exact ones, those whose arrays are of the size foretold
};

void compare(SideBySide& both, const Program& program, Agreement& agreement) {
  for (size_t name = 0; name < kMaps; ++name) {
    const MapForecast* const expected = both.forecast.map(MapName(name));
    const MapSlot& slot = both.slot(MapName(name));
    ++agreement.maps;
    if (expected != nullptr && !expected->exact()) continue;
    ++agreement.exact;
    ASSERT_EQ(expected == nullptr, slot.adapter == nullptr) << "m" << name << " of\n" << print(program);
    if (expected == nullptr) {
      ++agreement.sizes;
      continue;
    }
    ASSERT_EQ(expected->size(), slot.adapter->size()) << "m" << name << " of\n" << print(program);
    EXPECT_EQ(expected->kind(), slot.record->kind);
    agreement.sizes += expected->b() == both.state(MapName(name)).b;
  }
}

TEST(Forecast, CountsEntriesAsTheLibraryDoesAfterEveryOperation) {
  for (const Profile profile : {Profile::kMap, Profile::kHeap}) {
    Agreement agreement;
    Random random(1);
    for (int i = 0; i < 250; ++i) {
      Program program = generate(random, 60, {profile});
      std::erase_if(program.operations, [](const Operation& each) { return is_injected(each.kind); });
      SideBySide both(program.config);
      for (const Operation& operation : program.operations) {
        both.step(operation);
        compare(both, program, agreement);
        if (HasFatalFailure()) return;
      }
    }
    EXPECT_GT(agreement.exact * 100, agreement.maps * 90);
    EXPECT_GT(agreement.sizes * 100, agreement.exact * 97);
  }
}

TEST(Forecast, KnowsTheEntryAtWhichAMapGrows) {
  constexpr MapName m0(0);
  for (const uint32_t full : kFullCounts) {
    if (full > 416) break;
    SideBySide both;
    both.step(PutRunOperands{.map = m0, .key = 1, .count = static_cast<uint16_t>(full)});
    both.step(FinishOperands{.map = m0});
    EXPECT_EQ(both.forecast.map(m0)->until_growth(), 1u) << full;
    const uint8_t b = both.state(m0).b;
    both.step(PutOperands{.map = m0, .key = 5000});
    EXPECT_EQ(both.state(m0).b, b + 1) << full;
    EXPECT_EQ(both.forecast.map(m0)->b(), b + 1u) << full;
    // It ends no sooner than the forecast is unsure, no later than it says.
    for (uint64_t left = both.forecast.map(m0)->writes_left_max(); left > 0; --left) {
      if (both.forecast.map(m0)->growing() == Certainty::kYes) {
        EXPECT_NE(both.state(m0).growth, 0) << full;
      }
      both.step(PutOperands{.map = m0, .key = 1});
    }
    EXPECT_EQ(both.state(m0).growth, 0) << full;
    EXPECT_EQ(both.forecast.map(m0)->growing(), Certainty::kNo) << full;
  }
}

TEST(Forecast, KnowsTheErasureThatHalvesAMap) {
  constexpr MapName m0(0);
  SideBySide both;
  both.step(ShrinkOperands{.map = m0, .allowed = true});
  both.step(PutRunOperands{.map = m0, .key = 1, .count = 53});
  both.step(FinishOperands{.map = m0});
  const uint64_t left = both.forecast.map(m0)->until_halving();
  both.step(EraseRunOperands{.map = m0, .key = 1, .count = static_cast<uint16_t>(left)});
  EXPECT_EQ(both.state(m0).b, 4);
  both.step(EraseOperands{.map = m0, .key = static_cast<uint32_t>(left + 1)});
  EXPECT_EQ(both.state(m0).b, 3);
  EXPECT_TRUE(both.forecast.map(m0)->halving());
}

TEST(Forecast, FollowsNamesThatStandForOneMap) {
  SideBySide both;
  both.step(NewOperands{.root = RootName(0), .cells = 3});
  both.step(PutOperands{.map = MapName(0), .key = 1});
  both.step(LinkMapOperands{.root = RootName(0), .link = 2, .map = MapName(0)});
  both.step(CopyOperands{.root = RootName(1), .source = RootName(0)});
  both.step(OpenOperands{.map = MapName(1), .source = RootName(1), .link = 2});
  both.step(PutRunOperands{.map = MapName(1), .key = 5, .count = 3});
  EXPECT_EQ(both.forecast.map(MapName(0)), both.forecast.map(MapName(1)));
  EXPECT_TRUE(both.forecast.map(MapName(0))->exact());
  EXPECT_EQ(both.forecast.map(MapName(0))->size(), both.slot(MapName(0)).adapter->size());
}

TEST(Forecast, KnowsWhichIteratorsRun) {
  constexpr MapName m0(0);
  constexpr IteratorName i0(0);
  SideBySide both;
  both.step(PutRunOperands{.map = m0, .key = 1, .count = 5});
  both.step(IterateOperands{.map = m0, .iterator = i0});
  both.step(AdvanceOperands{.iterator = i0, .count = 5});
  EXPECT_EQ(both.forecast.iterator(i0).runs, Certainty::kYes);
  EXPECT_TRUE(both.runner.families().maps.iterators().any_running());
  both.step(AdvanceOperands{.iterator = i0, .count = 6});
  EXPECT_EQ(both.forecast.iterator(i0).map, nullptr);
  EXPECT_FALSE(both.runner.families().maps.iterators().any_running());
}

TEST(Forecast, DoubtsWhatAnInjectedFailureMayHaveEnded) {
  constexpr MapName m0(0);
  Forecast forecast{Config{}};
  forecast.step(encode(PutOperands{.map = m0, .key = 1}));
  EXPECT_TRUE(forecast.map(m0)->exact());
  forecast.step(encode(FailOperands{.nth = 1}));
  EXPECT_TRUE(forecast.map(m0)->exact());
  forecast.step(encode(PutRunOperands{.map = m0, .key = 2, .count = 20}));
  EXPECT_FALSE(forecast.map(m0)->exact());
}

TEST(KeySet, IsASetOfKeys) {
  Random random(2);
  KeySet keys;
  std::set<uint64_t> model;
  for (int i = 0; i < 3000; ++i) {
    const uint64_t key = random.below(40);
    if (random.chance(1, 2)) {
      EXPECT_EQ(keys.insert(key), model.insert(key).second);
    } else {
      EXPECT_EQ(keys.erase(key), model.erase(key) != 0);
    }
    ASSERT_EQ(keys.size(), model.size());
    EXPECT_EQ(keys.contains(key), model.contains(key));
    std::vector<uint64_t> visited;
    keys.for_each([&](uint64_t each) { visited.push_back(each); });
    EXPECT_EQ(visited, std::vector<uint64_t>(model.begin(), model.end()));
    if (!model.empty()) {
      EXPECT_EQ(keys.at(model.size() - 1), *model.rbegin());
    }
    const uint64_t run = keys.absent_run(key, 3);
    for (uint64_t each = run; each < run + 3; ++each) EXPECT_FALSE(model.contains(each));
    for (uint64_t from = key; from < run; ++from) {
      EXPECT_TRUE(model.contains(from) || model.contains(from + 1) || model.contains(from + 2));
    }
  }
}

}  // namespace
}  // namespace gcmap::harness
