// Operands by kind, and the configuration as a table.
#include "harness/program/operands.h"

#include "gcmap/internal/base/check.h"
#include "harness/program/codec_binary.h"

namespace gcmap::harness {
namespace {

constexpr std::string_view kHashNames[] = {"good", "low", "top", "constant", "identity"};
constexpr std::string_view kPacingNames[] = {"manual", "gogc", "allocation", "growth", "gogc_small"};
constexpr std::string_view kKindNames[] = {
#define KIND(constant, text, doc) text,
#include "harness/program/map_kind.def"
#undef KIND
};

constexpr std::span<const std::string_view> value_names(std::string_view field) {
  if (field == "hash") return kHashNames;
  if (field == "pacing") return kPacingNames;
  if (field == "kind") return kKindNames;
  return {};
}

constexpr ConfigField kConfigFields[] = {
#define CONFIG(name, offset, width, least, greatest, simplest, doc)                                         \
  ConfigField{#name,                                                                                        \
              offset,                                                                                       \
              width,                                                                                        \
              least,                                                                                        \
              greatest,                                                                                     \
              simplest,                                                                                     \
              doc,                                                                                          \
              [](const Config& config) { return uint64_t{config.name}; },                                   \
              [](Config& config, uint64_t value) { config.name = static_cast<ConfigValue<width>>(value); }, \
              value_names(#name)},
#include "harness/program/config.def"
#undef CONFIG
};

constexpr bool every_value_has_a_name() {
  for (const ConfigField& field : kConfigFields) {
    if (!field.values.empty() && field.values.size() != field.greatest + 1) return false;
  }
  return true;
}
static_assert(every_value_has_a_name(), "config.def and the value names here disagree");

constexpr bool fields_fit_the_bytes() {
  uint64_t used = 0;
  for (const ConfigField& field : kConfigFields) {
    if (field.width < 8 && field.greatest >> 8 * field.width != 0) return false;
    for (uint32_t byte = field.offset; byte < uint32_t{field.offset} + field.width; ++byte) {
      if (byte >= kConfigBytes || (used >> byte & 1) != 0) return false;
      used |= uint64_t{1} << byte;
    }
  }
  return true;
}
static_assert(fields_fit_the_bytes(),
              "config.def: fields overlap, are too narrow or leave the configuration");

}  // namespace

std::span<const ConfigField> all_config_fields() {
  return kConfigFields;
}

const ConfigField* find_config_field(std::string_view name) {
  for (const ConfigField& field : kConfigFields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

const OperandInfo* find_operand(OpKind op, OperandKind kind) {
  for (const OperandInfo& operand : info_of(op).operands) {
    if (operand.kind == kind) return &operand;
  }
  return nullptr;
}

uint64_t get_operand(const Operation& operation, OperandKind kind, uint64_t otherwise) {
  const OperandInfo* operand = find_operand(operation.kind, kind);
  return operand == nullptr ? otherwise : operation.get(operand->field);
}

void set_operand(Operation& operation, OperandKind kind, uint64_t value) {
  const OperandInfo* operand = find_operand(operation.kind, kind);
  GCMAP_CHECK(operand != nullptr, "operation number %d has no operand of kind %d",
              static_cast<int>(operation.kind), static_cast<int>(kind));
  operation.set(operand->field, value);
}

Operation simplest_operation(OpKind kind) {
  Operation operation;
  operation.kind = kind;
  for (const OperandInfo& operand : info_of(kind).operands) {
    operation.set(operand.field, info_of(operand.kind).simplest);
  }
  return operation;
}

bool has_operand_of(OpKind op, OperandKind space) {
  bool found = false;
  for_each_operand_of(op, space, [&](const OperandInfo&) { found = true; });
  return found;
}

bool names(const Operation& operation, OperandKind kind, uint64_t value) {
  if (kind == OperandKind::kKey) {
    const KeyRange keys = keys_of(operation);
    return keys.first <= value && value < keys.first + keys.count;
  }
  bool found = false;
  for_each_operand_of(operation.kind, space_of(kind), [&](const OperandInfo& operand) {
    found = found || operation.get(operand.field) == value;
  });
  return found;
}

KeyRange keys_of(const Operation& operation) {
  const OperandInfo* key = find_operand(operation.kind, OperandKind::kKey);
  if (key == nullptr) return {};
  return {operation.get(key->field),
          is_run(operation.kind) ? get_operand(operation, OperandKind::kCount) : 1};
}

OpKind single_of(OpKind run) {
  const OpKind single = info_of(run).traits.single;
  return single == OpKind::kNop ? run : single;
}

OpKind run_for(OpKind kind) {
  return is_run(kind) ? kind : info_of(kind).traits.run;
}

}  // namespace gcmap::harness
