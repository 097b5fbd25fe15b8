// Decoding is total: nothing here rejects anything.
#include "harness/program/codec_binary.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "harness/program/operands.h"

namespace gcmap::harness {
namespace {

static_assert(std::endian::native == std::endian::little,
              "records are copied to and from memory as they are");
static_assert(sizeof(Operation) == kRecordBytes);
static_assert(offsetof(Operation, a) == 1 && offsetof(Operation, b) == 2 && offsetof(Operation, c) == 4 &&
              offsetof(Operation, d) == 8);

uint64_t map_into(uint64_t value, uint64_t least, uint64_t greatest) {
  if (least <= value && value <= greatest) return value;
  return least + value % (greatest - least + 1);  // no overflow: with the full range nothing gets here
}

struct Range {
  uint64_t least = 0;
  uint64_t greatest = 0;
};

// The ranges of a record's fields by operation number; those of unused fields hold only 0. Decoding is the
// part of every mutation and every execution that grows with the program, so it looks nothing up by operand.
struct RecordRanges {
  OpKind kind = OpKind::kNop;
  Range a, b, c, d;
};

std::array<RecordRanges, 256> make_record_ranges() {
  std::array<RecordRanges, 256> rows;
  for (const OpInfo& op : all_ops()) {
    RecordRanges& row = rows[static_cast<size_t>(op.kind)];
    row.kind = op.kind;
    for (const OperandInfo& operand : op.operands) {
      const OperandKindInfo& info = info_of(operand.kind);
      Range* const fields[] = {&row.a, &row.b, &row.c, &row.d};
      *fields[static_cast<size_t>(operand.field)] = {info.least, info.greatest};
    }
  }
  return rows;
}

Operation canonical(const Operation& operation) {
  static const std::array<RecordRanges, 256> ranges = make_record_ranges();
  const RecordRanges& row = ranges[static_cast<size_t>(operation.kind)];
  Operation result;
  result.kind = row.kind;
  result.a = static_cast<uint8_t>(map_into(operation.a, row.a.least, row.a.greatest));
  result.b = static_cast<uint16_t>(map_into(operation.b, row.b.least, row.b.greatest));
  result.c = static_cast<uint32_t>(map_into(operation.c, row.c.least, row.c.greatest));
  result.d = map_into(operation.d, row.d.least, row.d.greatest);
  return result;
}

Config canonical(const Config& config) {
  Config result;
  for (const ConfigField& field : all_config_fields()) {
    field.set(result, map_into(field.get(config), field.least, field.greatest));
  }
  return result;
}

Config decode_config(std::span<const uint8_t> bytes) {
  const size_t present = config_bytes_of(bytes);
  uint8_t record[kConfigBytes] = {};
  if (!bytes.empty()) std::memcpy(record, bytes.data(), std::min(bytes.size(), present));
  Config config;
  for (const ConfigField& field : all_config_fields()) {
    if (field.offset >= present) continue;  // younger than the program: the default
    uint64_t value = 0;
    std::memcpy(&value, record + field.offset, field.width);
    field.set(config, value);
  }
  return canonical(config);
}

void encode_config(const Config& config, uint8_t* record) {
  std::memset(record, 0, kConfigBytes);
  for (const ConfigField& field : all_config_fields()) {
    const uint64_t value = field.get(config);
    std::memcpy(record + field.offset, &value, field.width);
  }
}

}  // namespace

size_t config_bytes_of(std::span<const uint8_t> bytes) {
  return !bytes.empty() && bytes[0] == 1 ? kConfigBytesV1 : kConfigBytes;
}

Program decode(std::span<const uint8_t> bytes) {
  Program program;
  program.config = decode_config(bytes);
  const size_t begin = config_bytes_of(bytes);
  if (bytes.size() <= begin) return program;
  program.operations.reserve(std::min(bytes.size() / kRecordBytes, kOperationsMax));
  for (size_t at = begin; at < bytes.size() && program.operations.size() < kOperationsMax;
       at += kRecordBytes) {
    Operation raw;
    std::memcpy(static_cast<void*>(&raw), bytes.data() + at, std::min(kRecordBytes, bytes.size() - at));
    const Operation operation = canonical(raw);
    if (operation.kind != OpKind::kNop) program.operations.push_back(operation);
  }
  return program;
}

size_t encode_into(const Program& program, std::span<uint8_t> out) {
  if (out.size() < kConfigBytes) return 0;
  encode_config(program.config, out.data());
  const size_t count = std::min(program.operations.size(), (out.size() - kConfigBytes) / kRecordBytes);
  if (count > 0) std::memcpy(out.data() + kConfigBytes, program.operations.data(), count * kRecordBytes);
  return kConfigBytes + count * kRecordBytes;
}

std::vector<uint8_t> encode(const Program& program) {
  std::vector<uint8_t> bytes(kConfigBytes + program.operations.size() * kRecordBytes);
  encode_into(program, bytes);
  return bytes;
}

void canonicalize(Program& program) {
  program.config = canonical(program.config);
  for (Operation& operation : program.operations) operation = canonical(operation);
  std::erase_if(program.operations,
                [](const Operation& operation) { return operation.kind == OpKind::kNop; });
  if (program.operations.size() > kOperationsMax) program.operations.resize(kOperationsMax);
}

}  // namespace gcmap::harness
