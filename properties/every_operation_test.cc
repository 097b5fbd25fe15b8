// Every operation has what an operation must have: a generator weight, a mutation made for it, a reduction to
// its simplest form, a document. Its line in the model is asked for where the model is compiled
// (properties/model.cc), its handler where operations are dispatched (harness/run/families.h).
#include <gtest/gtest.h>

#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harness/mutate/generate.h"
#include "harness/mutate/program_mutator.h"
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
constexpr MutationMask kDrawing =
    mask_of({MutationKind::insert, MutationKind::replace, MutationKind::splice, MutationKind::renew});

// Operations for which none is made: it is by chance that they stand where they show something.
const std::set<std::string_view> kDrawnAlone = {
    "insert",  "get",       "get_as", "erase_as",  "erase_if",  "stop",       "finish",   "swap",
    "reserve", "store_map", "verify", "safepoint", "drop_weak", "unannotate", "set_gogc", "idle"};

// The kinds that mutations bring into programs which have nothing but one put.
std::set<OpKind> brought_by_mutations(MutationMask without) {
  std::set<OpKind> brought;
  for (const Profile profile : {Profile::kMap, Profile::kHeap}) {
    Random random(7);
    for (int i = 0; i < 3000; ++i) {
      Program program;
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

// What the operation of a row lacks. `brought`: by mutations that do not draw.
std::set<std::string> lacks(const OpInfo& row, const std::set<OpKind>& brought,
                            uint64_t executions_max = 20'000) {
  std::set<std::string> lacking;
  if (row.weight == 0 && row.heap_weight == 0) lacking.insert("a generator weight");
  if (!brought.contains(row.kind) && !kDrawnAlone.contains(row.text))
    lacking.insert("a mutation made for it");
  if (!is_reduced(row.kind, executions_max)) lacking.insert("a reduction");
  if (row.doc.empty()) lacking.insert("a document");
  return lacking;
}

TEST(EveryOperation, HasAllThatAnOperationMustHave) {
  const std::set<OpKind> brought = brought_by_mutations(kDrawing);
  for (const OpInfo& row : all_ops()) {
    for (const std::string& what : lacks(row, brought)) ADD_FAILURE() << row.text << " lacks " << what;
  }
}

TEST(EveryOperation, IsMissedWhereItLacksSomething) {
  const OpInfo& put = info_of(OpKind::kPut);
  const std::set<OpKind> brought = {OpKind::kPut};
  EXPECT_EQ(lacks(put, brought), std::set<std::string>());
  OpInfo row = put;
  row.weight = row.heap_weight = 0;
  EXPECT_EQ(lacks(row, brought), std::set<std::string>{"a generator weight"});
  row = put;
  row.doc = "";
  EXPECT_EQ(lacks(row, brought), std::set<std::string>{"a document"});
  EXPECT_EQ(lacks(put, {}), std::set<std::string>{"a mutation made for it"});
  EXPECT_EQ(lacks(put, brought, 1), std::set<std::string>{"a reduction"});
  const std::set<OpKind> brought_by_others = brought_by_mutations(kDrawing | mask_of({MutationKind::reuse}));
  EXPECT_EQ(lacks(info_of(OpKind::kPoolPut), brought_by_others),
            std::set<std::string>{"a mutation made for it"});
}

}  // namespace
}  // namespace gcmap::properties
