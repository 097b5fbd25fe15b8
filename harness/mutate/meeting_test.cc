// Meetings reach the states they are made for, on the library.
#include "harness/mutate/meeting.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "harness/mutate/generate.h"
#include "harness/mutate/program_mutator.h"
#include "harness/program/codec_text.h"
#include "harness/program/operands.h"
#include "harness/run/runner.h"

namespace gcmap::harness {
namespace {

const RunOptions kWithoutOracles = {.oracles = false};

// The states a program was seen in, each once.
std::set<std::string> states_of(const Program& program) {
  std::set<std::string> seen;
  Runner runner(program.config, kWithoutOracles);
  std::array<MapState, kMaps> before{};
  for (const Operation& operation : program.operations) {
    const bool iterated = runner.families().maps.iterators().any_running();
    const bool marking = runner.heap().phase() == Phase::kMark;
    const bool sweeping = runner.heap().phase() == Phase::kSweep;
    EXPECT_FALSE(runner.step(operation)) << print(program);
    for (size_t name = 0; name < kMaps; ++name) {
      const MapSlot& slot = runner.families().maps.table().slot(MapName(name));
      const MapState after = slot.adapter == nullptr ? MapState() : slot.adapter->inspect().state();
      const MapState was = std::exchange(before[name], after);
      if (slot.adapter == nullptr || !is_write(operation.kind)) continue;
      const bool begins = after.growth != 0 && was.growth == 0;
      const bool ends = after.growth == 0 && was.growth != 0;
      if (begins && iterated) seen.insert("a growth begins under an iterator");
      if (ends && iterated) seen.insert("a growth ends under an iterator");
      if (begins && after.growth == 2) seen.insert("a growth to the same size");
      if (begins && after.growth == 3) seen.insert("a halving");
      if (begins && marking) seen.insert("a growth begins while marking");
      if (after.b > was.b && sweeping) seen.insert("a map grows while sweeping");
      if (after.growth != 0 && operation.kind == OpKind::kErase) seen.insert("an erasure in a growth");
    }
    if (iterated && operation.kind == OpKind::kClear) seen.insert("a clear under an iterator");
  }
  return seen;
}

TEST(Meeting, GeneratedProgramsReachTheStatesTheyAimAt) {
  std::map<std::string, int> programs;
  Random random(1);
  constexpr int kPrograms = 400;
  for (int i = 0; i < kPrograms; ++i) {
    for (const std::string& state : states_of(generate(random, 60))) ++programs[state];
  }
  const std::map<std::string, int> least = {{"a growth begins under an iterator", 20},
                                            {"a growth ends under an iterator", 15},
                                            {"a growth to the same size", 4},
                                            {"a halving", 4},
                                            {"a growth begins while marking", 8},
                                            {"a map grows while sweeping", 1},
                                            {"an erasure in a growth", 8},
                                            {"a clear under an iterator", 3}};
  for (const auto& [state, count] : least) EXPECT_GE(programs[state], count) << state << ", of " << kPrograms;
}

// What a meeting of a kind with itself leaves undone in an otherwise empty program.
TEST(Meeting, EachOperationDoesSomething) {
  for (const OpInfo& op : all_ops()) {
    if (is_arm(op.kind)) continue;
    Program program;
    const uint32_t needs = needs_of(op.kind);
    if ((needs & kNeedsObjects) != 0) program.config.kind = static_cast<uint32_t>(MapKind::kU64Object);
    if ((needs & kNeedsMaps) != 0) program.config.kind = static_cast<uint32_t>(MapKind::kU64Map);
    program.config.mutators = 2;
    ASSERT_TRUE(suits(program.config, needs)) << op.text;
    bool written = false;
    for (uint64_t seed = 0; seed < 20; ++seed) {
      Random random(seed);
      Generator generator(random, program);
      Forecast forecast(program.config);
      Scene scene(random, generator, forecast, program.config);
      scene.perform(op.kind);
      Runner runner(program.config, kWithoutOracles);
      for (const Operation& operation : scene.operations()) {
        EXPECT_FALSE(runner.step(operation)) << print(operation);
        written |= operation.kind == op.kind;
      }
    }
    EXPECT_TRUE(written) << op.text;
  }
}

TEST(Meeting, KeepsTheSwarmMask) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    Random random(seed);
    Program program;
    program.config = generate_config(random, {});
    mutate_once(MutationKind::meet, program, random, 60);
    for (const Operation& operation : program.operations) {
      EXPECT_FALSE(is_forbidden(program.config, operation.kind)) << print(operation);
    }
  }
}

// Wants one operation alone, and that only of maps that have begun.
class OnlyClones final : public KindWeight {
 public:
  uint32_t weight(OpKind kind, const Forecast& before) const override {
    return kind == OpKind::kClone || (kind == OpKind::kPut && before.map(MapName(0)) == nullptr) ? 1 : 0;
  }
};

TEST(Meeting, DrawsTheKindsThatAreWanted) {
  const OnlyClones only_clones;
  std::map<OpKind, int> counts;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    Random random(seed);
    Program program;
    Generator generator(random, program);
    Forecast forecast(program.config);
    forecast.step(encode(PutOperands{}));
    for (const Operation& operation :
         make_meeting(random, generator, forecast, program.config, {.kind_weight = &only_clones}))
      ++counts[operation.kind];
  }
  EXPECT_GE(counts[OpKind::kClone], 200);
  EXPECT_LT(counts[OpKind::kAnnotate], 10);
}

}  // namespace
}  // namespace gcmap::harness
