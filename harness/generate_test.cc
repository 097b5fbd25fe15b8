// Generated programs reach every operation and keep their bounds.
#include "harness/generate.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "harness/codec_binary.h"
#include "harness/operands.h"
#include "harness/work.h"

namespace gcmap::harness {
namespace {

TEST(Generate, EveryOperationComesRoughlyByItsWeight) {
  Random random(1);
  std::map<OpKind, uint64_t> counts;
  uint64_t total = 0;
  for (int i = 0; i < 2000; ++i) {
    for (const Operation& operation : generate(random, 64).operations) {
      ++counts[operation.kind];
      ++total;
    }
  }
  uint64_t weights = 0;
  for (const OpInfo& op : all_ops()) weights += op.weight;
  for (const OpInfo& op : all_ops()) {
    EXPECT_GT(counts[op.kind] * weights * 2, total * op.weight) << op.text << " is rare";
    EXPECT_LT(counts[op.kind] * weights, total * op.weight * 2) << op.text << " is frequent";
  }
}

TEST(Generate, ProgramsAreCanonicalBoundedAndTheSameForOneSeed) {
  for (uint64_t seed = 0; seed < 500; ++seed) {
    Random random(seed);
    Random again(seed);
    const Program program = generate(random, 100);
    EXPECT_EQ(decode(encode(program)), program);
    EXPECT_GE(program.operations.size(), 1u);
    EXPECT_LE(program.operations.size(), 100u);
    EXPECT_LE(work_of(program), kWorkMax + program.operations.size());
    EXPECT_EQ(generate(again, 100), program);
  }
}

TEST(Generate, TheSwarmMaskIsKept) {
  Random random(2);
  bool seen = false;
  for (int i = 0; i < 300; ++i) {
    const Program program = generate(random, 50);
    seen = seen || program.config.swarm != 0;
    for (const Operation& operation : program.operations) {
      EXPECT_EQ(program.config.swarm >> static_cast<uint32_t>(operation.kind) & 1, 0u);
    }
  }
  EXPECT_TRUE(seen);
}

TEST(Generate, AMaskThatForbidsEverythingIsNoTrap) {
  Random random(3);
  Program program;
  program.config.swarm = 0xffffffff;
  EXPECT_EQ(Generator(random, program).operation().kind, OpKind::kPut);
}

TEST(Generate, EveryConfigurationValueThatHasANameComes) {
  Random random(4);
  std::map<std::string_view, std::set<uint32_t>> seen;
  for (int i = 0; i < 1000; ++i) {
    const Config config = generate_config(random);
    for (const ConfigField& field : all_config_fields()) {
      const uint32_t value = config.*field.member;
      EXPECT_LE(field.least, value) << field.name;
      EXPECT_LE(value, field.greatest) << field.name;
      seen[field.name].insert(value);
    }
  }
  for (const ConfigField& field : all_config_fields()) {
    if (!field.values.empty()) EXPECT_EQ(seen[field.name].size(), field.values.size()) << field.name;
    if (field.name != "version") EXPECT_GT(seen[field.name].size(), 1u) << field.name << " never changes";
  }
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
  cap_work(program);
  EXPECT_LE(work_of(program), kWorkMax + 20);
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
  cap_work(program);
  EXPECT_EQ(program.operations[0].b, kChainWorkMax);
}

TEST(Work, SmallProgramsAreLeftAlone) {
  Program program;
  program.config.cadence = 1;
  program.config.pacing = static_cast<uint32_t>(PacingKind::kGrowth);
  program.operations.assign(200, simplest_operation(OpKind::kPut));
  const Program before = program;
  cap_work(program);
  EXPECT_EQ(program, before);
}

}  // namespace
}  // namespace gcmap::harness
