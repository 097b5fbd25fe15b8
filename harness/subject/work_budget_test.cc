// The budget of work: what the program asks for counts, what the harness asks for does not.
#include "harness/subject/work_budget.h"

#include <gtest/gtest.h>

#include "harness/program/operands.h"
#include "harness/run/child.h"
#include "harness/run/runner.h"
#include "harness/run/test_families.h"

namespace gcmap::harness {
namespace {

using Scope = WorkBudget::Scope;

TEST(WorkBudget, IsOfTheInnermostScope) {
  WorkBudget budget;
  EXPECT_EQ(budget.left(), WorkBudget::kUnlimited);
  {
    const Scope operation(budget, 10);
    budget.spend();
    budget.spend();
    EXPECT_EQ(budget.left(), 8u);
    {
      const Scope verifying(budget, WorkBudget::kUnlimited);
      budget.spend();
    }
    EXPECT_EQ(budget.left(), 8u);
  }
  EXPECT_EQ(budget.left(), WorkBudget::kUnlimited);
}

TEST(WorkBudget, TellsWhenNothingIsLeft) {
  WorkBudget budget;
  struct Told {};
  budget.tell([] { throw Told(); });
  const Scope operation(budget, 2);
  budget.spend();
  budget.spend();
  EXPECT_THROW(budget.spend(), Told);
}

TEST(WorkBudget, HashesAndEventsTakeOfIt) {
  TestFamilies families{Config()};
  WorkBudget& budget = families->environment.budget();
  uint64_t before = budget.left();
  families->environment.hasher().hash(1, 0, 0);
  EXPECT_EQ(budget.left(), before - 1);
  before = budget.left();
  EventSink& sink = families->environment.recorder();
  sink.on_point(DecisionPoint::kSafepoint);
  EXPECT_EQ(budget.left(), before - 1);
  const int object = 0;
  sink.on_barrier(&object, nullptr, nullptr);
  sink.on_shade(&object);
  sink.on_allocate(&object, sizeof object, 0);
  sink.on_free(&object, nullptr);
  sink.on_phase(Phase::kIdle, Phase::kMark);
  EXPECT_EQ(budget.left(), before - 6) << "each kind of event takes a unit";
}

// A correct library was said to hang after 90 operations on a map of 360,000 entries: verifying after each
// hashes all.
TEST(WorkBudget, VerificationIsNotTheProgramsWork) {
  TestFamilies families{Config()};
  for (uint32_t key = 0; key < 1000; ++key) families.run(PutOperands{m0, key, key});
  const Scope operation(families->environment.budget(), 10);
  families.verify();
  EXPECT_EQ(families->environment.budget().left(), 10u);
}

// Runs a put in a child, as if the library asked for the hash of its key again and again.
Verdict put_that_hashes(uint64_t times) {
  ChildOptions options;
  options.runner = [=](const Program& program, const RunOptions& run_options) {
    Runner runner(program.config, run_options);
    auto& hasher = const_cast<ProgramHasher&>(runner.families().environment.hasher());
    hasher.arm(1, [&](uint64_t map) {
      for (uint64_t i = 0; i < times; ++i) hasher.hash(1, 0, map);
    });
    return runner.step(program.operations[0]).value_or(Verdict());
  };
  Program program;
  program.operations = {{.kind = OpKind::kPut, .c = 1}};
  return run_in_child(program, options);
}

TEST(WorkBudget, AnOperationThatComesToNoEndIsAHangWhateverTheTime) {
  EXPECT_EQ(put_that_hashes(60'000).kind, VerdictKind::kOk);
  const Verdict hung = put_that_hashes(UINT64_MAX);
  EXPECT_EQ(hung.kind, VerdictKind::kHang);
  EXPECT_EQ(hung.signature(), "HANG@put");
  EXPECT_NE(hung.detail.find("units of work"), std::string::npos) << hung.detail;
}

TEST(WorkBudget, AProcessWithoutAParentSaysWhatHungAndEnds) {
  EXPECT_DEATH(
      {
        const Config config;
        const RunOptions options;
        Runner runner(config, options);
        auto& hasher = const_cast<ProgramHasher&>(runner.families().environment.hasher());
        hasher.arm(1, [&](uint64_t map) {
          for (;;) hasher.hash(1, 0, map);
        });
        runner.step({.kind = OpKind::kPut, .c = 1});
      },
      "gcmap: HANG@put: it took more than [0-9]+ units of work");
}

TEST(WorkBudget, AnOperationsBudgetEndsWithIt) {
  Config config;
  config.cadence = 1;
  const RunOptions options;
  Runner runner(config, options);
  Operation puts = simplest_operation(OpKind::kPutRun);
  set_operand(puts, OperandKind::kCount, 500);
  EXPECT_FALSE(runner.step(puts));
  EXPECT_GT(runner.families().environment.budget().left(), WorkBudget::kUnlimited / 2);
  EXPECT_EQ(runner.finish().kind, VerdictKind::kOk);
}

}  // namespace
}  // namespace gcmap::harness
