// Collector steps: each does what the phase allows and answers whether it did; the checks that listen to the
// heap find nothing wrong with a cycle made of them.
#include "harness/run/steps/steps.h"

#include <gtest/gtest.h>

#include <string>

#include "harness/run/test_families.h"

namespace gcmap::harness {
namespace {

Phase phase_after(TestFamilies& families, const Operation& operation) {
  visit(operation, [&](const auto& operands) { families.run(operands); });
  return families.heap().phase();
}

TEST(Steps, LeadThroughACycleOneByOne) {
  TestFamilies families(config_of(MapKind::kU64Object));
  for (uint32_t key = 0; key < 20; ++key) families.run(PutOperands{m0, key, key});
  EXPECT_EQ(phase_after(families, {.kind = OpKind::kTerminate}), Phase::kIdle) << "there is nothing to end";
  EXPECT_EQ(phase_after(families, {.kind = OpKind::kStart}), Phase::kMark);
  EXPECT_EQ(phase_after(families, {.kind = OpKind::kMark, .b = 1}), Phase::kMark);
  EXPECT_EQ(phase_after(families, {.kind = OpKind::kTerminate}), Phase::kMark) << "something is grey";
  EXPECT_EQ(phase_after(families, {.kind = OpKind::kMark, .b = 4096}), Phase::kMark);
  EXPECT_EQ(phase_after(families, {.kind = OpKind::kTerminate}), Phase::kSweep);
  EXPECT_EQ(phase_after(families, {.kind = OpKind::kSweep, .b = 4096}), Phase::kIdle);
  EXPECT_EQ(families.heap().stats().cycles, 1u);
  EXPECT_EQ(phase_after(families, {.kind = OpKind::kCollect}), Phase::kIdle);
  EXPECT_EQ(families.heap().stats().cycles, 2u);
  EXPECT_EQ(oracle_of([&] { families.check_quickly(), families.check_told(), families.check_at_end(); }), "");
}

TEST(Steps, AnswerIfTheyDidAnything) {
  const auto answers = [](bool start) {
    Families families(config_of(MapKind::kU64), true);
    Digest digest;
    Step step(digest);
    if (start) families.run(StartOperands{}, step);
    families.run(StartOperands{}, step);
    return digest.value();
  };
  Digest did;
  did.add(1);
  EXPECT_EQ(answers(false), did.value());
  did.add(0);
  EXPECT_EQ(answers(true), did.value()) << "a cycle that runs cannot be started";
}

}  // namespace
}  // namespace gcmap::harness
