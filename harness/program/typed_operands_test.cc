// Operands by name and type: what is taken from a record and put into one, and what must not compile.
#include "harness/program/typed_operands.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <type_traits>

#include "harness/program/operands.h"

namespace gcmap::harness {
namespace {

template <typename Operands, typename... Fields>
concept MadeOf = requires(Fields... fields) {
  Operands{fields...};
};

// fetch root map key
static_assert(MadeOf<FetchOperands, RootName, MapName, uint32_t>);
static_assert(!MadeOf<FetchOperands, MapName, RootName, uint32_t>, "an exchanged pair compiles");
static_assert(!MadeOf<FetchOperands, int, int, uint32_t>, "numbers pass for names");
// annotate table root source
static_assert(!MadeOf<AnnotateOperands, RootName, TableName, RootName>, "an exchanged pair compiles");
static_assert(!MadeOf<WeakenOperands, RootName, WeakName>, "an exchanged pair compiles");
static_assert(!std::is_convertible_v<MapName, RootName> && !std::is_convertible_v<MapName, size_t>);

TEST(TypedOperands, TakeTheFieldsTheirRowNames) {
  const Operation fetch{.kind = OpKind::kFetch, .a = 2, .b = 11, .c = 77};
  const auto operands = decode<FetchOperands>(fetch);
  EXPECT_EQ(operands.root, RootName(11));
  EXPECT_EQ(operands.map, MapName(2));
  EXPECT_EQ(operands.key, 77u);
  const Operation shrink{.kind = OpKind::kShrink, .a = 1, .b = 1};
  EXPECT_TRUE(decode<ShrinkOperands>(shrink).allowed);
}

TEST(TypedOperands, GoToTheFieldsTheirRowNames) {
  EXPECT_EQ(encode(FetchOperands{.root = RootName(11), .map = MapName(2), .key = 77}),
            (Operation{.kind = OpKind::kFetch, .a = 2, .b = 11, .c = 77}));
  EXPECT_EQ(encode(InsideOperands{.point = DecisionPoint::kSafepoint,
                                  .arrival = 3,
                                  .step = CollectorStep::kSweep,
                                  .units = number(uint64_t{12})}),
            (Operation{.kind = OpKind::kInside,
                       .a = static_cast<uint8_t>(DecisionPoint::kSafepoint),
                       .b = 3,
                       .c = static_cast<uint32_t>(CollectorStep::kSweep),
                       .d = 12}));
}

TEST(TypedOperands, OfEveryRowComeBackFromItsRecord) {
  for (const OpInfo& row : all_ops()) {
    Operation operation{.kind = row.kind};
    uint64_t value = 0;
    for (const OperandInfo& operand : row.operands) {  // each another value, as large as a switch allows
      operation.set(operand.field, std::min(value++, info_of(operand.kind).greatest));
    }
    visit(operation, [&](const auto& operands) { EXPECT_EQ(encode(operands), operation) << row.text; });
  }
}

TEST(TypedOperands, AreAtTheirSimplestUnlessGiven) {
  for (const OpInfo& row : all_ops()) {
    visit(Operation{.kind = row.kind}, [&]<typename Operands>(const Operands&) {
      EXPECT_EQ(encode(Operands{}), simplest_operation(row.kind)) << row.text;
    });
  }
}

TEST(TypedOperandsDeathTest, ANumberThatDoesNotFitIsRefused) {
  EXPECT_DEBUG_DEATH(encode(AdvanceOperands{.count = number(0x10000)}),
                     "65536 does not fit an operand of 2 bytes");
}

TEST(TypedOperands, AVisitMeetsTheStructOfEveryRow) {
  std::set<OpKind> met;
  for (const OpInfo& row : all_ops()) {
    visit(simplest_operation(row.kind), [&](const auto& operands) {
      EXPECT_EQ(operands.kKind, row.kind) << row.text;
      met.insert(operands.kKind);
    });
  }
  EXPECT_EQ(met.size(), all_ops().size());
  visit(Operation{}, [](const auto&) { FAIL() << "kNop has no operands"; });
}

}  // namespace
}  // namespace gcmap::harness
