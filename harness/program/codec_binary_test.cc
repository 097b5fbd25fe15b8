// Every byte string decodes, and what decodes is canonical.
#include "harness/program/codec_binary.h"

#include <gtest/gtest.h>

#include <vector>

#include "gcmap/internal/base/random.h"
#include "harness/program/operands.h"

namespace gcmap::harness {
namespace {

std::vector<uint8_t> random_bytes(Random& random, size_t size) {
  std::vector<uint8_t> bytes(size);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random.next());
  return bytes;
}

// Half of the record numbers name operations; otherwise few of 256 would.
void favour_known_operations(Random& random, std::vector<uint8_t>& bytes) {
  for (size_t at = kConfigBytes; at < bytes.size(); at += kRecordBytes) {
    if (random.chance(1, 2)) bytes[at] = static_cast<uint8_t>(all_ops()[random.below(all_ops().size())].kind);
  }
}

void expect_canonical(const Program& program) {
  for (const ConfigField& field : all_config_fields()) {
    EXPECT_LE(field.least, field.get(program.config)) << field.name;
    EXPECT_LE(field.get(program.config), field.greatest) << field.name;
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
  EXPECT_EQ(decode({}), decode(std::vector<uint8_t>(kConfigBytes)));
  EXPECT_EQ(decode({}).config.version, 2u);
  EXPECT_TRUE(decode({}).operations.empty());
}

TEST(BinaryCodec, ValuesInRangeKeepTheirValueAndOthersAreMapped) {
  std::vector<uint8_t> bytes(kConfigBytes + 2 * kRecordBytes);
  uint8_t* const first = bytes.data() + kConfigBytes;
  first[0] = static_cast<uint8_t>(OpKind::kAdvance);
  first[1] = 8;  // iterators are 0..7
  first[2] = 0;  // counts are 1..4096
  uint8_t* const second = first + kRecordBytes;
  second[0] = static_cast<uint8_t>(OpKind::kAdvance);
  second[1] = 7;
  second[2] = 5;
  const Program program = decode(bytes);
  ASSERT_EQ(program.operations.size(), 2u);
  EXPECT_EQ(program.operations[0].a, 0);
  EXPECT_EQ(program.operations[0].b, 1);
  EXPECT_EQ(program.operations[1].a, 7);
  EXPECT_EQ(program.operations[1].b, 5);
}

TEST(BinaryCodec, UnknownOperationsAndUnusedFieldsVanish) {
  std::vector<uint8_t> bytes(kConfigBytes + 2 * kRecordBytes, 0xee);
  bytes[kConfigBytes + kRecordBytes] = static_cast<uint8_t>(OpKind::kCollect);
  const Program program = decode(bytes);
  ASSERT_EQ(program.operations.size(), 1u);
  Operation collect;
  collect.kind = OpKind::kCollect;
  EXPECT_EQ(program.operations[0], collect);
}

// What gcmap wrote for
//   config version=1 hash=low hash_bits=3 cadence=8 pacing=growth pacing_n=7 gogc=300 barrier_buffer=9
//   piece=10 key_bits=11 seed=12 swarm=0x80000011 put m1 17 5 collect
constexpr uint8_t kVersion1[] = {
    1,  1, 3, 8, 3,  7, 0x2c, 1, 9, 10, 11, 12, 0x11, 0, 0, 0x80,  //
    3,  1, 0, 0, 17, 0, 0,    0, 5, 0,  0,  0,  0,    0, 0, 0,     //
    20, 0, 0, 0, 0,  0, 0,    0, 0, 0,  0,  0,  0,    0, 0, 0,
};

TEST(BinaryCodec, AProgramOfVersion1MeansWhatItMeant) {
  Program expected;
  Config& config = expected.config;
  config.hash = static_cast<uint32_t>(HashClass::kLow);
  config.hash_bits = 3;
  config.cadence = 8;
  config.pacing = static_cast<uint32_t>(PacingKind::kGrowth);
  config.pacing_n = 7;
  config.gogc = 300;
  config.barrier_buffer = 9;
  config.piece = 10;
  config.key_bits = 11;
  config.seed = 12;
  config.swarm = 0x80000011;  // and all fields there were not, at their defaults
  Operation put = simplest_operation(OpKind::kPut);
  set_operand(put, OperandKind::kMap, 1);
  set_operand(put, OperandKind::kKey, 17);
  set_operand(put, OperandKind::kValue, 5);
  expected.operations = {put, simplest_operation(OpKind::kCollect)};
  const Program program = decode(kVersion1);
  EXPECT_EQ(program, expected);
  const std::vector<uint8_t> encoded = encode(program);
  EXPECT_EQ(encoded[0], 2);
  EXPECT_EQ(encoded.size(), sizeof kVersion1 + kConfigBytes - kConfigBytesV1);
  EXPECT_EQ(decode(encoded), expected);
}

TEST(BinaryCodec, ABeginningOfVersion1IsOneOfVersion1) {
  for (size_t size = 1; size <= sizeof kVersion1; ++size) {
    std::vector<uint8_t> padded(kVersion1, kVersion1 + size);
    padded.resize(sizeof kVersion1);
    EXPECT_EQ(decode({kVersion1, size}).config, decode(padded).config) << size;
    EXPECT_EQ(decode({kVersion1, size}).config.mutators, Config{}.mutators) << size;
  }
}

TEST(BinaryCodec, EveryFieldOfTheConfigurationKeepsItsLeastAndGreatestValue) {
  for (const ConfigField& field : all_config_fields()) {
    for (uint64_t value : {field.least, field.greatest, field.simplest}) {
      Program program;
      field.set(program.config, value);
      EXPECT_EQ(field.get(decode(encode(program)).config), value) << field.name;
      EXPECT_EQ(decode(encode(program)), program) << field.name;
    }
  }
}

TEST(BinaryCodec, LengthIsBounded) {
  std::vector<uint8_t> bytes((kOperationsMax + 10) * kRecordBytes, static_cast<uint8_t>(OpKind::kCollect));
  EXPECT_EQ(decode(bytes).operations.size(), kOperationsMax);
}

TEST(BinaryCodec, EncodeIntoWritesWhatFits) {
  Program program;
  program.operations.assign(3, simplest_operation(OpKind::kCollect));
  uint8_t buffer[kConfigBytes + 2 * kRecordBytes + 5];
  EXPECT_EQ(encode_into(program, std::span(buffer, 31)), 0u);
  EXPECT_EQ(encode_into(program, std::span(buffer, 32)), 32u);
  EXPECT_EQ(encode_into(program, buffer), kConfigBytes + 2 * kRecordBytes);
  EXPECT_EQ(decode(std::span(buffer, kConfigBytes + 2 * kRecordBytes)).operations.size(), 2u);
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
