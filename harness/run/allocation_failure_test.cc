// Every allocation of whole programs fails once (design 2.4, G7).
//
// For each operation of a program that allocates n times, n further programs: in the i-th the operation's
// i-th allocation fails, the checks for "not happened" run, and the operation is done again. Whatever the
// failure left behind - growth begun, chains evacuated - the program then goes on to the same contents.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "harness/program/codec_text.h"
#include "harness/program/operands.h"
#include "harness/run/interpreter.h"
#include "harness/run/runner.h"

namespace gcmap::harness {
namespace {

// Runs the program and returns how often each operation allocated.
std::vector<uint64_t> allocations_by_operation(const Program& program) {
  const RunOptions options;
  Runner runner(program.config, options);
  std::vector<uint64_t> counts;
  for (const Operation& operation : program.operations) {
    const uint64_t before = runner.families().environment.heap().stats().allocated_objects;
    const auto failed = runner.step(operation);
    EXPECT_FALSE(failed) << failed->signature() << ": " << failed->detail;
    counts.push_back(runner.families().environment.heap().stats().allocated_objects - before);
  }
  EXPECT_FALSE(runner.finish().failed());
  return counts;
}

// Keys only: values of maps of maps are numbered in the order in which maps are made, failed ones included.
std::map<size_t, std::vector<uint64_t>> keys_at_end(const Program& program, uint64_t* failures) {
  const RunOptions options;
  Runner runner(program.config, options);
  std::map<size_t, std::vector<uint64_t>> keys;
  for (const Operation& operation : program.operations) {
    const auto failed = runner.step(operation);
    EXPECT_FALSE(failed) << failed->signature() << ": " << failed->detail << "\n" << print(program);
    if (failed) return keys;
  }
  for (size_t i = 0; i < kMaps; ++i) {
    const MapSlot& slot = runner.families().maps.table().slot(MapName(i));
    if (slot.adapter == nullptr) continue;
    for (const auto& [key, entry] : slot.record->model->entries()) keys[i].push_back(key);
    std::sort(keys[i].begin(), keys[i].end());
  }
  *failures += runner.stats().failed_allocations;
  const Verdict verdict = runner.finish();
  EXPECT_FALSE(verdict.failed()) << verdict.signature() << ": " << verdict.detail << "\n" << print(program);
  return keys;
}

// The program with the nth allocation of operation `at` failing before the operation is done. What went
// before is verified operation by operation in the run that fails nothing; here everything is right after the
// failure and after the operation, and from then on now and then.
Program with_failure(const Program& program, size_t at, uint16_t nth) {
  const Operation operation = program.operations[at];
  const Operation verify = {.kind = OpKind::kVerify};
  Program failing = program;
  failing.config.cadence = 16;
  failing.operations[at] = verify;
  failing.operations.insert(failing.operations.begin() + static_cast<std::ptrdiff_t>(at),
                            {{.kind = OpKind::kFail, .b = nth}, operation, verify, operation});
  return failing;
}

// Fails each allocation of each operation in turn.
// Returns how many failures that were.
uint64_t fail_each(const Program& program) {
  const std::vector<uint64_t> allocations = allocations_by_operation(program);
  uint64_t none = 0;
  const auto expected = keys_at_end(program, &none);
  EXPECT_EQ(none, 0u);
  uint64_t failures = 0;
  for (size_t at = 0; at < program.operations.size(); ++at) {
    for (uint16_t nth = 1; nth <= allocations[at]; ++nth) {
      const Program failing = with_failure(program, at, nth);
      EXPECT_EQ(keys_at_end(failing, &failures), expected) << print(failing);
      if (testing::Test::HasFailure()) return failures;
    }
  }
  return failures;
}

uint64_t sum(const std::vector<uint64_t>& counts) {
  uint64_t total = 0;
  for (const uint64_t count : counts) total += count;
  return total;
}

Program parsed(const std::string& text) {
  ParseError error;
  const auto program = parse(text, &error);
  EXPECT_TRUE(program) << error.line << ": " << error.message;
  return program.value_or(Program{});
}

// The checks for "not happened" look at every map, not only at the one whose allocation failed, and they look
// at once: nothing else would before the program's end.
TEST(AllocationFailure, IsFollowedByAComparisonOfEverything) {
  Config config;
  config.cadence = 0;
  const RunOptions options;
  Runner runner(config, options);
  EXPECT_FALSE(runner.step({.kind = OpKind::kPut, .a = 1, .c = 5, .d = 5}));
  runner.families().maps.table().slot(MapName(1)).adapter->erase(5);
  EXPECT_FALSE(runner.step({.kind = OpKind::kFail, .b = 1}));
  const auto verdict = runner.step({.kind = OpKind::kPut, .a = 0, .c = 1, .d = 1});
  ASSERT_TRUE(verdict) << "no allocation failed, or nobody looked";
  EXPECT_EQ(verdict->signature(), "G7@put");
}

// Maps without a name are compared too: here map 1, once a link of an object alone leads to it.
TEST(AllocationFailure, IsFollowedByAComparisonOfUnnamedMaps) {
  Config config;
  config.cadence = 0;
  const RunOptions options;
  Runner runner(config, options);
  for (const Operation& operation : std::initializer_list<Operation>{
           {.kind = OpKind::kNew, .a = 0, .b = 2},
           {.kind = OpKind::kPut, .a = 1, .c = 5, .d = 5},
           {.kind = OpKind::kLinkMap, .a = 1, .b = 0, .c = 1},
       }) {
    EXPECT_FALSE(runner.step(operation));
  }
  runner.families().maps.table().slot(MapName(1)).adapter->put(5, 6);
  EXPECT_FALSE(runner.step({.kind = OpKind::kDrop, .a = 1}));
  EXPECT_FALSE(runner.step({.kind = OpKind::kFail, .b = 1}));
  const auto verdict = runner.step({.kind = OpKind::kPut, .a = 0, .c = 1, .d = 1});
  ASSERT_TRUE(verdict) << "no allocation failed, or nobody looked";
  EXPECT_EQ(verdict->signature(), "G7@put");
}

TEST(AllocationFailure, ThatAnOperationSwallowsIsABug) {
  const RunOptions options;
  Runner runner({}, options);
  EXPECT_FALSE(runner.step({.kind = OpKind::kPut, .a = 0, .c = 1, .d = 1}));
  EXPECT_FALSE(runner.step({.kind = OpKind::kFail, .b = 1}));
  MapAdapter& behind_its_back = *runner.families().maps.table().slot(MapName(0)).adapter;
  const auto insert_many = [&] {
    for (Word key = 2; key < 100; ++key) behind_its_back.put(key, key);
  };
  EXPECT_THROW(insert_many(), std::bad_alloc);
  const auto verdict = runner.step({.kind = OpKind::kGet, .a = 0, .c = 1});
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->signature(), "G7@get");
}

TEST(AllocationFailure, ThatIsNeverReachedIsForgotten) {
  const RunOptions options;
  Runner runner({}, options);
  EXPECT_FALSE(runner.step({.kind = OpKind::kFail, .b = 100}));
  EXPECT_FALSE(runner.step({.kind = OpKind::kPut, .a = 0, .c = 1, .d = 1}));
  EXPECT_EQ(runner.finish().kind, VerdictKind::kOk);
}

class EveryAllocation : public testing::TestWithParam<std::string_view> {
 protected:
  // Every allocation there is fails in a run of its own; the number is part of the log.
  void expect_survived(const std::string& operations) {
    const Program program =
        parsed("config version=2 cadence=1 kind=" + std::string(GetParam()) + "\n" + operations);
    const uint64_t allocations = sum(allocations_by_operation(program));
    const uint64_t failures = fail_each(program);
    EXPECT_EQ(failures, allocations);
    EXPECT_GT(failures, 0u);
    RecordProperty("failures", static_cast<int>(failures));
    std::printf("%llu allocations failed, one at a time\n", static_cast<unsigned long long>(failures));
  }
};

std::string puts(uint64_t first, uint64_t count) {
  std::string text;
  for (uint64_t key = first; key < first + count; ++key) {
    text += "put m0 " + std::to_string(key) + " " + std::to_string(key % 7) + "\n";
  }
  return text;
}

TEST_P(EveryAllocation, OfFiveDoublingsUnderIterators) {
  std::string text = puts(1, 8) + "iterate m0 i0 0 0\nadvance i0 3\n" + puts(9, 20) +
                     "iterate m0 i1 2 3\nadvance i1 2\n" + puts(29, 30) + "advance i0 2\n" + puts(59, 60) +
                     "iterate m0 i2 5 1\nadvance i2 1\n" + puts(119, 95);
  text += "advance i0 4096\nadvance i1 4096\nadvance i2 4096\n";
  expect_survived(text);
}

// Keys of one chain pile up overflow buckets until the map grows at its size.
TEST_P(EveryAllocation, OfASameSizeGrowthUnderIterators) {
  std::string text = "make m0 14\n";
  for (uint64_t key = 1; key <= 60; ++key) text += "set_hash " + std::to_string(key) + " 0x1\n";
  text += puts(1, 24) + "iterate m0 i0 1 0\nadvance i0 2\n";
  for (uint64_t key = 1; key <= 20; ++key) text += "erase m0 " + std::to_string(key) + "\n";
  text += puts(25, 22) + "iterate m0 i1 0 3\nadvance i1 1\n" + puts(101, 4) + "erase m0 101\nerase m0 102\n";
  text += "advance i0 4096\nadvance i1 4096\n";
  expect_survived(text);
}

TEST_P(EveryAllocation, OfMakingClearingAndReusing) {
  expect_survived("make m0 200\n" + puts(1, 4) + "clear m0\n" + puts(1, 4) +
                  "increment m0 3 5\ninsert m0 9 1\ninsert m0 9 2\nmake m0 0\n" + puts(1, 3) +
                  "increment m0 3 1\n");
}

TEST_P(EveryAllocation, OfOpenCycles) {
  expect_survived("start\nmark 1\n" + puts(1, 14) + "mark 2\n" + puts(15, 14) +
                  "mark 4096\nterminate\nsweep 1\n" + puts(29, 30) + "sweep 4096\nstart\n" + puts(1, 5) +
                  "mark 4096\nterminate\nsweep 4096\n");
}

INSTANTIATE_TEST_SUITE_P(Kinds, EveryAllocation, testing::ValuesIn(find_config_field("kind")->values),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace gcmap::harness
