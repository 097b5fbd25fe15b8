// Every operation has what an operation must have: a generator weight, a mutation made for it, a reduction to
// its simplest form, a document. Its handler and its lines in the two models are asked for when they are
// compiled: ci/new_operation_test.py adds an operation that has none.
#include <gtest/gtest.h>

#include <initializer_list>
#include <set>
#include <string>
#include <vector>

#include "harness/mutate/generate.h"
#include "harness/mutate/program_mutator.h"
#include "harness/program/map_kind.h"
#include "harness/program/operands.h"
#include "harness/reduce/reducer.h"

namespace gcmap::properties {
namespace {

using namespace harness;

constexpr MutationMask mask_of(std::initializer_list<MutationKind> kinds) {
  MutationMask mask = 0;
  for (const MutationKind kind : kinds) mask |= MutationMask{1} << static_cast<uint32_t>(kind);
  return mask;
}

// Mutations that draw operations as the generator does: whatever has a weight they bring.
constexpr MutationMask kDrawing = mask_of({MutationKind::meet, MutationKind::insert, MutationKind::replace,
                                           MutationKind::splice, MutationKind::renew});

// The kinds that mutations bring into programs which have nothing but one put, on maps of every kind.
std::set<OpKind> brought_by_mutations(MutationMask without) {
  std::set<OpKind> brought;
  for (const Profile profile : {Profile::kMap, Profile::kHeap}) {
    Random random(7);
    for (uint32_t i = 0; i < 3000; ++i) {
      Program program;
      program.config.kind = i % kMapKinds;
      program.operations = {simplest_operation(OpKind::kPut)};
      mutate(program, random, 40, {.without = without, .profile = profile});
      for (const Operation& operation : program.operations) brought.insert(operation.kind);
    }
  }
  return brought;
}

// Does the reducer bring a program that fails wherever the operation is down to it, at its simplest?
bool is_reduced(OpKind kind, uint64_t executions_max) {
  Operation greatest;
  greatest.kind = kind;
  for (const OperandInfo& operand : info_of(kind).operands)
    greatest.set(operand.field, info_of(operand.kind).greatest);
  const OpKind other = kind == OpKind::kClear ? OpKind::kDrop : OpKind::kClear;
  Program program;
  program.operations = {simplest_operation(other), greatest, greatest, simplest_operation(other)};
  ReduceOptions options;
  options.executions_max = executions_max;
  options.run = [kind](const Program& candidate) {
    for (size_t i = 0; i < candidate.operations.size(); ++i) {
      if (candidate.operations[i].kind == kind)
        return Verdict{VerdictKind::kBug, "MD", i, kind, "planted", 0};
    }
    return Verdict{};
  };
  const std::vector<Operation> simplest = {simplest_operation(kind)};
  return reduce(program, options).program.operations == simplest;
}

constexpr const char* kNoWeight = "a generator weight: its row in harness/program/op.def";
constexpr const char* kNoMutation =
    "a mutation that uses it: its family in harness/mutate/; or IS(unstaged) in its row of op.def";
constexpr const char* kStaged = "IS(unstaged) that is true: a mutation brings it; its row in op.def";
constexpr const char* kNoReduction =
    "a reduction: harness/reduce/, or the traits of its operands in harness/program/operand.def";
constexpr const char* kNoDocument = "a document: its row in harness/program/op.def";

// What the operation of a row lacks, and the file to touch. `brought`: by mutations that do not draw.
std::set<std::string> lacks(const OpInfo& row, const std::set<OpKind>& brought,
                            uint64_t executions_max = 20'000) {
  std::set<std::string> lacking;
  if (row.weight == 0 && row.heap_weight == 0) lacking.insert(kNoWeight);
  if (brought.contains(row.kind) == row.traits.unstaged)
    lacking.insert(row.traits.unstaged ? kStaged : kNoMutation);
  if (!is_reduced(row.kind, executions_max)) lacking.insert(kNoReduction);
  if (row.doc.empty()) lacking.insert(kNoDocument);
  return lacking;
}

TEST(EveryOperation, HasAllThatAnOperationMustHave) {
  const std::set<OpKind> brought = brought_by_mutations(kDrawing);
  for (const OpInfo& row : all_ops()) {
    for (const std::string& what : lacks(row, brought)) ADD_FAILURE() << row.text << " lacks " << what;
  }
}

TEST(EveryOperation, IsMissedWhereItLacksSomething) {
  using Lacking = std::set<std::string>;
  const OpInfo& put = info_of(OpKind::kPut);
  const std::set<OpKind> brought = {OpKind::kPut};
  EXPECT_EQ(lacks(put, brought), Lacking());
  OpInfo row = put;
  row.weight = row.heap_weight = 0;
  EXPECT_EQ(lacks(row, brought), Lacking{kNoWeight});
  row = put;
  row.doc = "";
  EXPECT_EQ(lacks(row, brought), Lacking{kNoDocument});
  EXPECT_EQ(lacks(put, {}), Lacking{kNoMutation});
  row = put;
  row.traits.unstaged = true;
  EXPECT_EQ(lacks(row, brought), Lacking{kStaged});
  EXPECT_EQ(lacks(row, {}), Lacking());
  EXPECT_EQ(lacks(put, brought, 1), Lacking{kNoReduction});
  const std::set<OpKind> brought_by_others = brought_by_mutations(kDrawing | mask_of({MutationKind::reuse}));
  EXPECT_EQ(lacks(info_of(OpKind::kPoolPut), brought_by_others), Lacking{kNoMutation});
}

}  // namespace
}  // namespace gcmap::properties
