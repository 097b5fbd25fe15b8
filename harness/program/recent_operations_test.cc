// Which of the last operations are neighbours of the next.
#include "harness/program/recent_operations.h"

#include <gtest/gtest.h>

#include <vector>

#include "harness/program/typed_operands.h"

namespace gcmap::harness {
namespace {

using Kinds = std::vector<OpKind>;

constexpr MapName m0(0), m1(1);
constexpr RootName r0(0), r1(1), r2(2);
constexpr WeakName w0(0);

// The neighbours of the last of them.
template <typename... Operands>
Kinds neighbours(const Operands&... operands) {
  RecentOperations recent;
  Kinds found;
  const auto take = [&](const Operation& operation) {
    found.clear();
    const OnNames on = names_of(operation);
    recent.for_each_neighbour(on, [&](OpKind earlier) { found.push_back(earlier); });
    recent.push(on);
  };
  (take(encode(operands)), ...);
  return found;
}

TEST(RecentOperations, AreNeighboursOnTheSameMap) {
  EXPECT_EQ(neighbours(PutOperands{.map = m0, .key = 1}, GetOperands{.map = m0, .key = 2}),
            Kinds{OpKind::kPut});
  EXPECT_EQ(neighbours(PutOperands{.map = m0, .key = 1}, GetOperands{.map = m1, .key = 2}), Kinds{});
  EXPECT_EQ(neighbours(CloneOperands{.target = m1, .map = m0}, ClearOperands{m1}), Kinds{OpKind::kClone});
}

TEST(RecentOperations, AreNeighboursOnTheSameKeyOfAnyMap) {
  EXPECT_EQ(neighbours(PutOperands{.map = m0, .key = 7}, GetOperands{.map = m1, .key = 7}),
            Kinds{OpKind::kPut});
  const PutRunOperands run{.map = m0, .key = 5, .count = 3};
  EXPECT_EQ(neighbours(run, GetOperands{.map = m1, .key = 7}), Kinds{OpKind::kPutRun});
  EXPECT_EQ(neighbours(run, GetOperands{.map = m1, .key = 8}), Kinds{});
  EXPECT_EQ(neighbours(GetOperands{.map = m1, .key = 4}, run), Kinds{});
}

TEST(RecentOperations, AreNeighboursOnTheSameRootInAnyRole) {
  EXPECT_EQ(neighbours(NewOperands{r0}, CopyOperands{.root = r1, .source = r0}), Kinds{OpKind::kNew});
  EXPECT_EQ(neighbours(NewOperands{r2}, CopyOperands{.root = r1, .source = r0}), Kinds{});
  EXPECT_EQ(neighbours(NewOperands{r0}, DropWeakOperands{w0}), Kinds{}) << "w0 is not r0";
}

TEST(RecentOperations, AreSoFiveOperationsBack) {
  const PutOperands put{.map = m0, .key = 1};
  const CollectOperands other;
  const ClearOperands clear{m0};
  EXPECT_EQ(neighbours(put, other, other, other, other, clear), Kinds{OpKind::kPut});
  EXPECT_EQ(neighbours(put, other, other, other, other, other, clear), Kinds{});
}

TEST(RecentOperations, ComeLatestFirst) {
  EXPECT_EQ(neighbours(MakeOperands{m0}, PutOperands{.map = m0, .key = 1}, ClearOperands{m0}),
            (Kinds{OpKind::kPut, OpKind::kMake}));
}

TEST(RecentOperations, ThatArmAreOnWhatTheyArm) {
  const FailOperands fail;
  const CallbackOperands callback;
  const PutOperands put{.map = m0, .key = 1};
  EXPECT_EQ(neighbours(fail, callback, put), (Kinds{OpKind::kCallback, OpKind::kFail}));
  EXPECT_EQ(neighbours(fail, CollectOperands{}), Kinds{OpKind::kFail});
  EXPECT_EQ(neighbours(fail, put, ClearOperands{m0}), Kinds{OpKind::kPut}) << "the put used it up";
  EXPECT_EQ(neighbours(put, fail), Kinds{});
  EXPECT_EQ(neighbours(fail, callback), Kinds{});
}

TEST(RecentOperations, CanBeNeighboursIfTheirRowsNameTheSameKindOfThing) {
  EXPECT_TRUE(may_be_neighbours(OpKind::kPut, OpKind::kClear));
  EXPECT_TRUE(may_be_neighbours(OpKind::kSetHash, OpKind::kWeakPut)) << "a key";
  EXPECT_TRUE(may_be_neighbours(OpKind::kStore, OpKind::kRelease)) << "the root a store takes from";
  EXPECT_TRUE(may_be_neighbours(OpKind::kClear, OpKind::kAdvance)) << "the map the iterator stands on";
  EXPECT_TRUE(may_be_neighbours(OpKind::kFail, OpKind::kCollect));
  EXPECT_FALSE(may_be_neighbours(OpKind::kCollect, OpKind::kFail));
  EXPECT_FALSE(may_be_neighbours(OpKind::kFail, OpKind::kCallback));
  EXPECT_FALSE(may_be_neighbours(OpKind::kNew, OpKind::kClear));
  EXPECT_FALSE(may_be_neighbours(OpKind::kCollect, OpKind::kCollect)) << "it names nothing";
}

}  // namespace
}  // namespace gcmap::harness
