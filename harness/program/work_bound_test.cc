// The bound of work: it grows with what there is and with what is done.
#include "harness/program/work_bound.h"

#include <gtest/gtest.h>

#include "harness/program/operands.h"

namespace gcmap::harness {
namespace {

Operation put_run(uint64_t count) {
  Operation puts = simplest_operation(OpKind::kPutRun);
  set_operand(puts, OperandKind::kCount, count);
  return puts;
}

// Of the last operation.
uint64_t units_of(const Config& config, const std::vector<Operation>& operations) {
  WorkBound bound(config);
  for (const Operation& operation : operations) bound.next(operation);
  return bound.units();
}

TEST(WorkBound, GrowsWithWhatIsDoneAndWithWhatThereIs) {
  const Config config;
  const Operation get = simplest_operation(OpKind::kGet);
  EXPECT_LT(units_of(config, {put_run(10)}), units_of(config, {put_run(1000)}));
  EXPECT_LT(units_of(config, {put_run(10), get}), units_of(config, {put_run(1000), get}));
  EXPECT_LT(units_of(config, {put_run(1000), get}), units_of(config, {put_run(1000), put_run(1000)}));
}

TEST(WorkBound, CountsWhatACloneCopies) {
  const Config config;
  const Operation get = simplest_operation(OpKind::kGet);
  const Operation clone = simplest_operation(OpKind::kClone);
  EXPECT_LT(units_of(config, {put_run(1000), get, get}), units_of(config, {put_run(1000), clone, get}));
}

TEST(WorkBound, CountsCollectionsInsideAnOperation) {
  Config config;
  const std::vector<Operation> puts = {put_run(100)};
  const uint64_t manual = units_of(config, puts);
  config.pacing = static_cast<uint32_t>(PacingKind::kAllocation);
  config.pacing_n = 10;
  const uint64_t seldom = units_of(config, puts);
  config.pacing_n = 1;
  EXPECT_LT(manual, seldom);
  EXPECT_LT(seldom, units_of(config, puts));
  const Operation inside = simplest_operation(OpKind::kInside);
  EXPECT_LT(units_of(Config(), {put_run(100), put_run(100)}),
            units_of(Config(), {put_run(100), inside, inside, put_run(100)}));
}

TEST(WorkBound, AnOrdinaryOperationHasLessThanASecond) {
  Program program;
  for (int i = 0; i < 50; ++i) program.operations.push_back(put_run(20));
  EXPECT_GE(operation_cpu_ms_max(program), 500u);
  EXPECT_LT(operation_cpu_ms_max(program), 800u);
}

TEST(WorkBound, TheLargestOperationAndTheEndCount) {
  Program program;
  program.operations = {put_run(1000), simplest_operation(OpKind::kGet)};
  WorkBound end(program.config);
  for (const Operation& operation : program.operations) end.next(operation);
  EXPECT_GT(operation_cpu_ms_max(program), end.cpu_ms()) << "everything is looked at once more at the end";
  end.end();
  EXPECT_EQ(operation_cpu_ms_max(program), end.cpu_ms());
  program.config.pacing = static_cast<uint32_t>(PacingKind::kAllocation);
  WorkBound first(program.config);
  first.next(program.operations[0]);
  EXPECT_EQ(operation_cpu_ms_max(program), first.cpu_ms());
}

}  // namespace
}  // namespace gcmap::harness
