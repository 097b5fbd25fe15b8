// The budget of hashes: what the program asks for counts, what the harness asks for does not.
#include "harness/subject/hasher.h"

#include <gtest/gtest.h>

#include "harness/program/operands.h"
#include "harness/run/runner.h"
#include "harness/run/test_families.h"

namespace gcmap::harness {
namespace {

using Counting = ProgramHasher::Counting;

TEST(ProgramHasher, CountsWhatTheProgramAsksFor) {
  const ProgramHasher hasher{Config()};
  EXPECT_EQ(hasher.left(), UINT64_MAX);
  {
    const Counting counting(hasher, true);
    hasher.hash(1, 0, 0);
    hasher.hash(2, 0, 0);
    EXPECT_EQ(hasher.left(), ProgramHasher::kHashesMax - 2);
    {
      const Counting verifying(hasher, false);
      hasher.hash(3, 0, 0);
    }
    EXPECT_EQ(hasher.left(), ProgramHasher::kHashesMax - 2);
  }
  const Counting next(hasher, true);
  EXPECT_EQ(hasher.left(), ProgramHasher::kHashesMax) << "each operation has a budget of its own";
}

TEST(ProgramHasher, AnOperationWithoutEndRunsOutOfHashes) {
  const ProgramHasher hasher{Config()};
  const Counting counting(hasher, true);
  EXPECT_THROW(
      {
        for (;;) hasher.hash(1, 0, 0);
      },
      WorkBudgetExceeded);
}

// A correct library was said to hang after 90 operations on a map of 360,000 entries: verifying after each
// hashes all.
TEST(ProgramHasher, VerificationIsNotTheProgramsWork) {
  TestFamilies families{Config()};
  for (uint32_t key = 0; key < 1000; ++key) families.run(PutOperands{m0, key, key});
  const Counting counting(families->environment.hasher(), true);
  families.verify();
  EXPECT_EQ(families->environment.hasher().left(), ProgramHasher::kHashesMax);
}

TEST(ProgramHasher, AnOperationsBudgetEndsWithIt) {
  Config config;
  config.cadence = 1;
  const RunOptions options;
  Runner runner(config, options);
  Operation puts = simplest_operation(OpKind::kPutRun);
  set_operand(puts, OperandKind::kCount, 500);
  EXPECT_FALSE(runner.step(puts));
  EXPECT_GT(runner.families().environment.hasher().left(), ProgramHasher::kHashesMax);
  EXPECT_EQ(runner.finish().kind, VerdictKind::kOk);
}

}  // namespace
}  // namespace gcmap::harness
