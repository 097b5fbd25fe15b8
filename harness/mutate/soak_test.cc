#include "harness/mutate/soak.h"

#include <gtest/gtest.h>

#include <set>

#include "harness/run/interpreter.h"

namespace gcmap::harness {
namespace {

TEST(Soak, ProgramsAreLongTheSameForTheSameSeedAndPass) {
  std::set<OpKind> kinds;
  for (uint64_t number = 0; number < 4; ++number) {
    const Program program = soak_program(7, number);
    EXPECT_GE(program.operations.size(), kSoakOperations);
    EXPECT_EQ(program, soak_program(7, number));
    EXPECT_NE(program, soak_program(8, number));
    for (const Operation& operation : program.operations) kinds.insert(operation.kind);
    RunStats stats;
    const Verdict verdict = run(program, {}, &stats);
    EXPECT_FALSE(verdict.failed()) << "number " << number << ": " << verdict.detail;
    EXPECT_EQ(stats.operations, program.operations.size());
    EXPECT_GT(stats.cycles, 0u);
  }
  EXPECT_GT(kinds.size(), all_ops().size() / 2);
}

}  // namespace
}  // namespace gcmap::harness
