// Generated programs reach every operation and keep their bounds.
#include "harness/mutate/generate.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "harness/program/codec_binary.h"
#include "harness/program/cost.h"
#include "harness/program/map_kind.h"
#include "harness/program/operands.h"

namespace gcmap::harness {
namespace {

class EveryProfile : public testing::TestWithParam<Profile> {
 protected:
  GenerateOptions options() const { return {GetParam()}; }
};
INSTANTIATE_TEST_SUITE_P(Generate, EveryProfile, testing::Values(Profile::kMap, Profile::kHeap),
                         [](const auto& test) { return test.param == Profile::kMap ? "map" : "heap"; });

// Meetings even shares out, and what needs company brings it.
TEST_P(EveryProfile, GivesEveryOperationAShare) {
  Random random(1);
  std::map<OpKind, uint64_t> counts;
  uint64_t total = 0;
  for (int i = 0; i < 3000; ++i) {
    for (const Operation& operation : generate(random, 64, options()).operations) {
      ++counts[operation.kind];
      ++total;
    }
  }
  for (const OpInfo& op : all_ops()) {
    EXPECT_GT(weight_of(op, GetParam()), 0u) << op.text;
    EXPECT_GT(counts[op.kind] * 2000, total) << op.text << " is rare";
    EXPECT_LT(counts[op.kind] * 5, total) << op.text << " is frequent";
  }
}

TEST_P(EveryProfile, ProgramsAreCanonicalBoundedAndTheSameForOneSeed) {
  for (uint64_t seed = 0; seed < 500; ++seed) {
    Random random(seed);
    Random again(seed);
    const Program program = generate(random, 100, options());
    EXPECT_EQ(decode(encode(program)), program);
    EXPECT_GE(program.operations.size(), 1u);
    EXPECT_LE(program.operations.size(), 100u);
    EXPECT_LE(cost_of(program), kCostMax + program.operations.size());
    EXPECT_EQ(generate(again, 100, options()), program);
  }
}

TEST_P(EveryProfile, KeepsTheSwarmMaskWhichReachesEveryOperation) {
  Random random(2);
  std::set<OpKind> seen;
  for (int i = 0; i < 300; ++i) {
    const Program program = generate(random, 50, options());
    for (const OpInfo& op : all_ops()) {
      if (is_forbidden(program.config, op.kind)) seen.insert(op.kind);
    }
    for (const Operation& operation : program.operations) {
      EXPECT_FALSE(is_forbidden(program.config, operation.kind));
    }
  }
  for (const OpInfo& op : all_ops()) {
    const bool never =
        op.kind == OpKind::kPutRun || (run_for(op.kind) == OpKind::kNewRun && GetParam() == Profile::kHeap);
    EXPECT_EQ(seen.contains(op.kind), !never) << op.text;
  }
}

TEST_P(EveryProfile, DrawsMoreThanOneValueOfAnOperandAllWithinItsRange) {
  Random random(8);
  Program program;
  Generator generator(random, program, GetParam());
  for (const OpInfo& op : all_ops()) {
    for (const OperandInfo& operand : op.operands) {
      const OperandKindInfo& range = info_of(operand.kind);
      std::set<uint64_t> drawn;
      for (int i = 0; i < 300; ++i) drawn.insert(generator.operand(op.kind, operand.kind));
      EXPECT_LE(range.least, *drawn.begin()) << op.text << " " << operand.name;
      EXPECT_LE(*drawn.rbegin(), range.greatest) << op.text << " " << operand.name;
      EXPECT_GT(drawn.size(), 1u) << op.text << " " << operand.name;
    }
  }
}

TEST(Generate, AMaskThatForbidsEverythingIsNoTrap) {
  Random random(3);
  Program program;
  program.config.swarm = UINT64_MAX;
  program.config.swarm_more = UINT32_MAX;
  EXPECT_EQ(Generator(random, program).operation().kind, OpKind::kPut);
}

TEST_P(EveryProfile, EveryConfigurationValueThatHasANameComes) {
  Random random(4);
  std::map<std::string_view, std::set<uint64_t>> seen;
  for (int i = 0; i < 1000; ++i) {
    const Config config = generate_config(random, options());
    for (const ConfigField& field : all_config_fields()) {
      const uint64_t value = field.get(config);
      EXPECT_LE(field.least, value) << field.name;
      EXPECT_LE(value, field.greatest) << field.name;
      seen[field.name].insert(value);
    }
  }
  for (const ConfigField& field : all_config_fields()) {
    if (!field.values.empty()) {
      EXPECT_EQ(seen[field.name].size(), field.values.size()) << field.name;
    }
    if (field.name != "version") {
      EXPECT_GT(seen[field.name].size(), 1u) << field.name << " never changes";
    }
  }
}

TEST(Generate, EachProfileIsAboutItsOwn) {
  Random random(7);
  std::map<Profile, std::map<std::string, int>> seen;
  constexpr int kConfigs = 1000;
  for (Profile profile : {Profile::kMap, Profile::kHeap}) {
    for (int i = 0; i < kConfigs; ++i) {
      const Config config = generate_config(random, {profile});
      const auto kind = static_cast<MapKind>(config.kind);
      seen[profile]["u64"] += kind == MapKind::kU64;
      seen[profile]["references"] += has_node_keys(kind) || has_node_values(kind) || has_map_values(kind);
      seen[profile]["manual"] += config.pacing == static_cast<uint32_t>(PacingKind::kManual);
      seen[profile]["mutators"] += config.mutators > 1;
      seen[profile]["small buffer"] += config.barrier_buffer <= 4;
    }
  }
  auto& map = seen[Profile::kMap];
  EXPECT_NEAR(map["u64"], kConfigs / 2, kConfigs / 10);
  EXPECT_NEAR(map["references"], kConfigs / 4, kConfigs / 10);
  EXPECT_NEAR(map["mutators"], kConfigs / 4, kConfigs / 10);
  auto& heap = seen[Profile::kHeap];
  EXPECT_LT(heap["u64"], kConfigs / 10);
  EXPECT_GT(heap["references"], kConfigs / 2);
  EXPECT_GT(heap["manual"], kConfigs * 3 / 4);
  EXPECT_GT(heap["mutators"], kConfigs / 2);
  EXPECT_EQ(heap["small buffer"], kConfigs);
}

TEST(Generate, MostKeysAreSmallAndComeAgain) {
  Random random(5);
  uint64_t named = 0;
  uint64_t again = 0;
  for (int i = 0; i < 200; ++i) {
    std::set<uint64_t> met;
    for (const Operation& operation : generate(random, 64).operations) {
      const KeyRange keys = keys_of(operation);
      if (keys.count == 0) continue;
      ++named;
      again += met.count(keys.first);
      for (uint64_t key = keys.first; key < keys.first + keys.count; ++key) met.insert(key);
    }
  }
  EXPECT_GT(again * 2, named);
}

TEST(Generate, BoundaryNumbersStayBelowTheirLimit) {
  Random random(6);
  std::set<uint64_t> seen;
  for (int i = 0; i < 5000; ++i) {
    EXPECT_LE(boundary_number(random, 7), 7u);
    seen.insert(boundary_number(random, 4096));
  }
  for (uint64_t value : {0, 1, 8, 9, 13, 14, 26, 27, 52, 53, 104, 105, 208, 209, 4096}) {
    EXPECT_EQ(seen.count(value), 1u) << value;
  }
}

TEST(Work, BurstsBeyondTheBoundAreShortened) {
  Program program;
  for (int i = 0; i < 20; ++i) {
    Operation run = simplest_operation(OpKind::kPutRun);
    set_operand(run, OperandKind::kCount, 4096);
    program.operations.push_back(run);
  }
  program.config.cadence = 1;
  program.config.pacing = static_cast<uint32_t>(PacingKind::kAllocation);
  bound_cost(program);
  EXPECT_LE(cost_of(program), kCostMax + 20);
  EXPECT_EQ(program.operations[0].b, 4096);
  EXPECT_EQ(program.operations[19].b, 1);
  EXPECT_GT(program.config.cadence, 1u);
  EXPECT_GT(program.config.pacing_n, 1u);
}

TEST(Work, LongChainsAreDearer) {
  Program program;
  program.config.hash = static_cast<uint32_t>(HashClass::kConstant);
  Operation run = simplest_operation(OpKind::kPutRun);
  set_operand(run, OperandKind::kCount, 4096);
  program.operations = {run};
  bound_cost(program);
  EXPECT_EQ(program.operations[0].b, kChainCostMax);
}

TEST(Work, ObjectsCountByTheirLinks) {
  for (const OpKind kind : {OpKind::kNew, OpKind::kArenaNew}) {
    Program program;
    Operation large = simplest_operation(kind);
    set_operand(large, OperandKind::kCells, 4096);
    EXPECT_EQ(cost_of(large), 257u);
    EXPECT_EQ(cost_of(simplest_operation(kind)), 1u);
    program.operations.assign(60, large);
    bound_cost(program);
    EXPECT_LE(cost_of(program), kCostMax + 60);
    EXPECT_EQ(get_operand(program.operations[0], OperandKind::kCells), 4096u);
    EXPECT_EQ(get_operand(program.operations[59], OperandKind::kCells), info_of(OperandKind::kCells).least);
  }
}

TEST(Work, VerificationOfManyObjectsIsRarer) {
  for (const OpKind kind : {OpKind::kNew, OpKind::kArenaNew}) {
    Program program;
    program.config.cadence = 1;
    Operation large = simplest_operation(kind);
    set_operand(large, OperandKind::kCells, 1024);
    program.operations.assign(100, large);
    bound_cost(program);
    EXPECT_GT(program.config.cadence, 1u);
  }
}

TEST(Work, SmallProgramsAreLeftAlone) {
  Program program;
  program.config.cadence = 1;
  program.config.pacing = static_cast<uint32_t>(PacingKind::kGrowth);
  program.operations.assign(200, simplest_operation(OpKind::kPut));
  const Program before = program;
  bound_cost(program);
  EXPECT_EQ(program, before);
}

}  // namespace
}  // namespace gcmap::harness
