// The operation table and the accessors of records.
#include "harness/program/op.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "harness/program/operands.h"
#include "harness/program/order.h"
#include "harness/program/verdict.h"

namespace gcmap::harness {
namespace {

TEST(OpTable, NamesAndNumbersAreUniqueAndFindTheirRow) {
  std::set<std::string_view> names;
  std::set<OpKind> kinds;
  for (const OpInfo& op : all_ops()) {
    EXPECT_TRUE(names.insert(op.text).second) << op.text;
    EXPECT_TRUE(kinds.insert(op.kind).second) << op.text;
    EXPECT_EQ(find_op(op.text), &op);
    EXPECT_EQ(&info_of(op.kind), &op);
    EXPECT_NE(op.kind, OpKind::kNop);
    EXPECT_NE(static_cast<int>(op.kind), 255);
  }
}

TEST(OpTable, NoOperationNamesAFieldOrAnOperandKindTwice) {
  for (const OpInfo& op : all_ops()) {
    std::set<Field> fields;
    std::set<OperandKind> kinds;
    for (const OperandInfo& operand : op.operands) {
      EXPECT_TRUE(fields.insert(operand.field).second) << op.text << " " << operand.name;
      EXPECT_TRUE(kinds.insert(operand.kind).second) << op.text << " " << operand.name;
    }
  }
}

TEST(OpTable, UnknownNumbersAndNamesAreNop) {
  EXPECT_EQ(info_of(OpKind::kNop).text, "nop");
  EXPECT_EQ(info_of(static_cast<OpKind>(255)).kind, OpKind::kNop);
  EXPECT_EQ(find_op("nop"), nullptr);
  EXPECT_EQ(find_op(""), nullptr);
}

TEST(OpTable, SimplestValuesAreInRange) {
  for (const OpInfo& op : all_ops()) {
    for (const OperandInfo& operand : op.operands) {
      const OperandKindInfo& range = info_of(operand.kind);
      EXPECT_EQ(range.kind, operand.kind);
      EXPECT_LE(range.least, range.simplest);
      EXPECT_LE(range.simplest, range.greatest);
    }
  }
}

TEST(Operation, FieldsAreIndependent) {
  Operation operation;
  operation.set(Field::a, 0xff);
  operation.set(Field::b, 0xffff);
  operation.set(Field::c, 0xffffffff);
  operation.set(Field::d, UINT64_MAX);
  operation.set(Field::b, 7);
  EXPECT_EQ(operation.get(Field::a), 0xffu);
  EXPECT_EQ(operation.get(Field::b), 7u);
  EXPECT_EQ(operation.get(Field::c), 0xffffffffu);
  EXPECT_EQ(operation.get(Field::d), UINT64_MAX);
  EXPECT_EQ(operation.kind, OpKind::kNop);
}

TEST(Operands, ARunNamesEveryKeyInIt) {
  Operation run = simplest_operation(OpKind::kPutRun);
  set_operand(run, OperandKind::kKey, 10);
  set_operand(run, OperandKind::kCount, 3);
  EXPECT_FALSE(names(run, OperandKind::kKey, 9));
  EXPECT_TRUE(names(run, OperandKind::kKey, 10));
  EXPECT_TRUE(names(run, OperandKind::kKey, 12));
  EXPECT_FALSE(names(run, OperandKind::kKey, 13));
  EXPECT_FALSE(names(simplest_operation(OpKind::kStart), OperandKind::kKey, 0));
}

TEST(Operands, BothRolesOfARootAndOfAMapAreNames) {
  Operation load = simplest_operation(OpKind::kLoad);
  set_operand(load, OperandKind::kRoot, 3);
  set_operand(load, OperandKind::kSource, 5);
  for (OperandKind role : {OperandKind::kRoot, OperandKind::kSource}) {
    EXPECT_TRUE(names(load, role, 3));
    EXPECT_TRUE(names(load, role, 5));
    EXPECT_FALSE(names(load, role, 0));
  }
  Operation store = simplest_operation(OpKind::kStoreMap);
  set_operand(store, OperandKind::kTarget, 2);
  EXPECT_TRUE(names(store, OperandKind::kMap, 2));
  EXPECT_TRUE(names(store, OperandKind::kMap, 0));
  EXPECT_FALSE(names(store, OperandKind::kMap, 1));
  EXPECT_EQ(space_of(OperandKind::kIterator), OperandKind::kIterator);
}

// "they share a prefix" is what a reader of the text form sees; space_of is what the reducer asks.
TEST(Operands, KindsOfOneSpaceShareLetterAndRange) {
  for (const OpInfo& op : all_ops()) {
    for (const OperandInfo& operand : op.operands) {
      const OperandKindInfo& info = info_of(operand.kind);
      const OperandKindInfo& space = info_of(space_of(operand.kind));
      EXPECT_EQ(info.prefix, space.prefix) << operand.name;
      EXPECT_EQ(info.least, space.least) << operand.name;
      EXPECT_EQ(info.greatest, space.greatest) << operand.name;
      for (const OperandInfo& other : op.operands) {
        const std::string_view prefix = info_of(other.kind).prefix;
        if (!prefix.empty() && prefix == info.prefix) {
          EXPECT_EQ(space_of(other.kind), space.kind) << op.text;
        }
      }
    }
  }
}

TEST(OpTable, MapsLieInFieldAAndKeysInFieldC) {  // harness/program/cost.cc and the handlers read them there
  for (const OpInfo& op : all_ops()) {
    const OperandInfo* map = find_operand(op.kind, OperandKind::kMap);
    const OperandInfo* key = find_operand(op.kind, OperandKind::kKey);
    if (map != nullptr) {
      EXPECT_EQ(map->field, Field::a) << op.text;
    }
    if (key != nullptr) {
      EXPECT_EQ(key->field, Field::c) << op.text;
    }
  }
}

TEST(Operands, CountOfAnAdvanceIsNotARangeOfKeys) {
  Operation advance = simplest_operation(OpKind::kAdvance);
  set_operand(advance, OperandKind::kEntries, 30);
  EXPECT_EQ(keys_of(advance).count, 0u);
}

TEST(OpTraits, ARunTakesThePlaceOfItsSingleAndOfItself) {
  for (const OpInfo& op : all_ops()) {
    EXPECT_EQ(is_run(op.kind), single_of(op.kind) != op.kind) << op.text;
    if (is_run(op.kind)) {
      EXPECT_EQ(run_for(op.kind), op.kind) << op.text;
      EXPECT_EQ(run_for(single_of(op.kind)), op.kind) << op.text;
    } else if (run_for(op.kind) != OpKind::kNop) {
      EXPECT_TRUE(is_run(run_for(op.kind))) << op.text;
    }
  }
  EXPECT_EQ(run_for(OpKind::kInsert), OpKind::kPutRun);
  EXPECT_EQ(run_for(OpKind::kStoreMap), OpKind::kNop);
}

// The reducer tries nothing else.
TEST(OpTraits, APlainerOperationIsSimpler) {
  for (const OpInfo& op : all_ops()) {
    if (op.traits.plainer == OpKind::kNop) continue;
    EXPECT_TRUE(
        is_simpler({{}, {simplest_operation(op.traits.plainer)}}, {{}, {simplest_operation(op.kind)}}))
        << op.text;
  }
}

TEST(OpTraits, NoOperationArmsAndDoes) {
  for (const OpInfo& op : all_ops()) {
    EXPECT_LE(op.traits.arms + op.traits.writes + op.traits.collects, 1) << op.text;
  }
}

TEST(Verdict, SignatureNamesOracleAndOperation) {
  Verdict verdict;
  EXPECT_EQ(verdict.signature(), "ok");
  verdict.kind = VerdictKind::kBug;
  verdict.oracle = "M3";
  verdict.op = OpKind::kPut;
  EXPECT_EQ(verdict.signature(), "M3@put");
  verdict.op = OpKind::kNop;
  EXPECT_EQ(verdict.signature(), "M3@end");
  verdict.kind = VerdictKind::kMisuse;
  EXPECT_EQ(verdict.signature(), "misuse");
}

}  // namespace
}  // namespace gcmap::harness
