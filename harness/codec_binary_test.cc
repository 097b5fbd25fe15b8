// Every byte string decodes, and what decodes is canonical.
#include "harness/codec_binary.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/random.h"
#include "harness/operands.h"

namespace gcmap::harness {
namespace {

std::vector<uint8_t> random_bytes(Random& random, size_t size) {
  std::vector<uint8_t> bytes(size);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random.next());
  return bytes;
}

// Half of the record numbers name operations; otherwise few of 256 would.
void favour_known_operations(Random& random, std::vector<uint8_t>& bytes) {
  for (size_t at = kRecordBytes; at < bytes.size(); at += kRecordBytes) {
    if (random.chance(1, 2)) bytes[at] = static_cast<uint8_t>(all_ops()[random.below(all_ops().size())].kind);
  }
}

void expect_canonical(const Program& program) {
  for (const ConfigField& field : all_config_fields()) {
    EXPECT_LE(field.least, program.config.*field.member) << field.name;
    EXPECT_LE(program.config.*field.member, field.greatest) << field.name;
  }
  for (const Operation& operation : program.operations) {
    EXPECT_NE(operation.kind, OpKind::kNop);
    Operation used;
    used.kind = operation.kind;
    for (const OperandInfo& operand : info_of(operation.kind).operands) {
      const uint64_t value = operation.get(operand.field);
      EXPECT_LE(info_of(operand.kind).least, value);
      EXPECT_LE(value, info_of(operand.kind).greatest);
      used.set(operand.field, value);
    }
    EXPECT_EQ(used, operation) << "a field without a name is not zero";
  }
}

TEST(BinaryCodec, EncodeAfterDecodeIsAFixedPoint) {
  Random random(1);
  for (int i = 0; i < 3000; ++i) {
    std::vector<uint8_t> bytes = random_bytes(random, random.below(200));
    favour_known_operations(random, bytes);
    const Program program = decode(bytes);
    expect_canonical(program);
    const std::vector<uint8_t> encoded = encode(program);
    EXPECT_EQ(decode(encoded), program);
    EXPECT_EQ(encode(decode(encoded)), encoded);
  }
}

TEST(BinaryCodec, MissingBytesAreZeros) {
  Random random(2);
  for (int i = 0; i < 500; ++i) {
    std::vector<uint8_t> bytes = random_bytes(random, random.below(80));
    favour_known_operations(random, bytes);
    std::vector<uint8_t> padded = bytes;
    padded.resize((bytes.size() + kRecordBytes - 1) / kRecordBytes * kRecordBytes);
    EXPECT_EQ(decode(bytes), decode(padded));
  }
  EXPECT_EQ(decode({}), decode(std::vector<uint8_t>(kRecordBytes)));
  EXPECT_EQ(decode({}).config.version, 1u);
  EXPECT_TRUE(decode({}).operations.empty());
}

TEST(BinaryCodec, ValuesInRangeKeepTheirValueAndOthersAreMapped) {
  std::vector<uint8_t> bytes(3 * kRecordBytes);
  bytes[kRecordBytes] = static_cast<uint8_t>(OpKind::kAdvance);
  bytes[kRecordBytes + 1] = 8;  // iterators are 0..7
  bytes[kRecordBytes + 2] = 0;  // counts are 1..4096
  bytes[2 * kRecordBytes] = static_cast<uint8_t>(OpKind::kAdvance);
  bytes[2 * kRecordBytes + 1] = 7;
  bytes[2 * kRecordBytes + 2] = 5;
  const Program program = decode(bytes);
  ASSERT_EQ(program.operations.size(), 2u);
  EXPECT_EQ(program.operations[0].a, 0);
  EXPECT_EQ(program.operations[0].b, 1);
  EXPECT_EQ(program.operations[1].a, 7);
  EXPECT_EQ(program.operations[1].b, 5);
}

TEST(BinaryCodec, UnknownOperationsAndUnusedFieldsVanish) {
  std::vector<uint8_t> bytes(3 * kRecordBytes, 0xee);
  bytes[2 * kRecordBytes] = static_cast<uint8_t>(OpKind::kCollect);
  const Program program = decode(bytes);
  ASSERT_EQ(program.operations.size(), 1u);
  Operation collect;
  collect.kind = OpKind::kCollect;
  EXPECT_EQ(program.operations[0], collect);
}

TEST(BinaryCodec, LengthIsBounded) {
  std::vector<uint8_t> bytes((kOperationsMax + 10) * kRecordBytes, static_cast<uint8_t>(OpKind::kCollect));
  EXPECT_EQ(decode(bytes).operations.size(), kOperationsMax);
}

TEST(BinaryCodec, EncodeIntoWritesWhatFits) {
  Program program;
  program.operations.assign(3, simplest_operation(OpKind::kCollect));
  uint8_t buffer[3 * kRecordBytes + 5];
  EXPECT_EQ(encode_into(program, std::span(buffer, 15)), 0u);
  EXPECT_EQ(encode_into(program, std::span(buffer, 16)), 16u);
  EXPECT_EQ(encode_into(program, buffer), 3 * kRecordBytes);
  EXPECT_EQ(decode(std::span(buffer, 3 * kRecordBytes)).operations.size(), 2u);
}

TEST(BinaryCodec, CanonicalizeDoesWhatDecodeDoes) {
  Program program;
  program.config.hash_bits = 1000;
  Operation put = simplest_operation(OpKind::kPut);
  put.a = 200;
  put.b = 77;
  program.operations = {Operation{}, put};
  Program canonical = program;
  canonicalize(canonical);
  expect_canonical(canonical);
  EXPECT_EQ(canonical.operations.size(), 1u);
  EXPECT_EQ(decode(encode(canonical)), canonical);
}

}  // namespace
}  // namespace gcmap::harness
