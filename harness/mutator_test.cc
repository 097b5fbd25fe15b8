// Every mutation changes programs, and nothing it makes is out of bounds.
#include "harness/mutator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "harness/codec_binary.h"
#include "harness/codec_text.h"
#include "harness/editor.h"
#include "harness/generate.h"
#include "harness/work.h"

namespace gcmap::harness {
namespace {

constexpr size_t kMax = 40;

Program some_program(uint64_t seed) {
  Random random(seed);
  return generate(random, kMax);
}

void expect_sound(const Program& program, size_t operations_max) {
  EXPECT_EQ(decode(encode(program)), program) << print(program);
  EXPECT_LE(program.operations.size(), operations_max);
  EXPECT_LE(work_of(program), kWorkMax + program.operations.size());
}

class EveryMutation : public testing::TestWithParam<MutationInfo> {};

TEST_P(EveryMutation, ChangesMostProgramsAndKeepsThemSound) {
  Random random(1);
  int changed = 0;
  constexpr int kPrograms = 400;
  for (int i = 0; i < kPrograms; ++i) {
    Program program = some_program(static_cast<uint64_t>(i));
    const Program before = program;
    const bool says_changed = mutate_once(GetParam().kind, program, random, kMax);
    EXPECT_EQ(says_changed, program != before);
    changed += says_changed ? 1 : 0;
    expect_sound(program, kMax);
  }
  EXPECT_GT(changed, kPrograms / 3) << changed << " of " << kPrograms;
}

TEST_P(EveryMutation, TakesEmptyFullAndTinyPrograms) {
  Random random(2);
  for (int i = 0; i < 200; ++i) {
    Program empty;
    mutate_once(GetParam().kind, empty, random, kMax);
    expect_sound(empty, kMax);
    Program full = some_program(static_cast<uint64_t>(i));
    full.operations.resize(kMax, simplest_operation(OpKind::kPut));
    mutate_once(GetParam().kind, full, random, kMax);
    expect_sound(full, kMax);
    Program tiny = some_program(static_cast<uint64_t>(i));
    tiny.operations.resize(1);
    mutate_once(GetParam().kind, tiny, random, 1);
    expect_sound(tiny, 1);
  }
}

TEST_P(EveryMutation, IsTheSameForOneSeed) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    Random random(seed);
    Random again(seed);
    Program first = some_program(seed);
    Program second = first;
    mutate_once(GetParam().kind, first, random, kMax);
    mutate_once(GetParam().kind, second, again, kMax);
    EXPECT_EQ(first, second);
  }
}

INSTANTIATE_TEST_SUITE_P(Mutator, EveryMutation,
                         testing::ValuesIn(all_mutations().begin(), all_mutations().end()),
                         [](const auto& instance) { return std::string(instance.param.name); });

TEST(Mutator, AlwaysChangesSomethingAndStaysSound) {
  Random random(3);
  int unchanged = 0;
  for (int i = 0; i < 1000; ++i) {
    Program program = some_program(static_cast<uint64_t>(i));
    const Program before = program;
    mutate(program, random, kMax);
    unchanged += program == before ? 1 : 0;
    expect_sound(program, kMax);
  }
  EXPECT_LE(unchanged, 5);
}

TEST(Mutator, ReachesEveryOperationFromNothing) {
  Random random(4);
  std::set<OpKind> seen;
  Program program;
  for (int i = 0; i < 3000; ++i) {
    mutate(program, random, kMax);
    for (const Operation& operation : program.operations) seen.insert(operation.kind);
  }
  EXPECT_EQ(seen.size(), all_ops().size());
}

TEST(Mutator, LeavesOutWhatItIsToldTo) {
  const MutationMask only_trim = ~(1u << static_cast<uint32_t>(MutationKind::trim));
  Random random(5);
  for (int i = 0; i < 200; ++i) {
    Program program = some_program(static_cast<uint64_t>(i));
    const Program before = program;
    mutate(program, random, kMax, only_trim);
    ASSERT_LE(program.operations.size(), before.operations.size());
    EXPECT_TRUE(std::equal(program.operations.begin(), program.operations.end(), before.operations.begin()));
  }
}

TEST(Crossover, TakesFromBothParentsAndStaysSound) {
  Random random(6);
  int of_both = 0;
  for (int i = 0; i < 300; ++i) {
    Program puts;
    puts.operations.assign(1 + random.below(20), simplest_operation(OpKind::kPut));
    Program clears;
    clears.operations.assign(1 + random.below(20), simplest_operation(OpKind::kClear));
    const Program child = crossover(puts, clears, random, 25);
    expect_sound(child, 25);
    std::set<OpKind> kinds;
    for (const Operation& operation : child.operations) kinds.insert(operation.kind);
    of_both += kinds.size() == 2 ? 1 : 0;
  }
  EXPECT_GT(of_both, 150);
}

TEST(Crossover, TakesEmptyParents) {
  Random random(7);
  for (int i = 0; i < 50; ++i) {
    expect_sound(crossover({}, {}, random, 4), 4);
    expect_sound(crossover(some_program(1), {}, random, 4), 4);
    expect_sound(crossover({}, some_program(2), random, 4), 4);
  }
}

}  // namespace
}  // namespace gcmap::harness
