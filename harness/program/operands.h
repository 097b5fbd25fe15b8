// Questions about operands: the table of configuration fields, and what an operation names.
//
// The codecs, generator, mutator and reducer all ask them; none of them knows an operation by name
// where the table can answer.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "harness/program/op.h"

namespace gcmap::harness {

struct ConfigField {
  std::string_view name;
  uint8_t offset;  // in the binary form
  uint8_t width;   // in bytes
  uint64_t least;
  uint64_t greatest;
  uint64_t simplest;  // the default
  std::string_view doc;
  uint64_t (*get)(const Config& config);
  void (*set)(Config& config, uint64_t value);  // Requires: value fits the width.
  std::span<const std::string_view> values;     // names of the values 0, 1, ...; empty: a plain number
};

std::span<const ConfigField> all_config_fields();
// Null if no field has that name.
const ConfigField* find_config_field(std::string_view name);

// The operand of that kind, or null. No operation has two operands of one kind.
const OperandInfo* find_operand(OpKind op, OperandKind kind);

// Requires: the operation has an operand of that kind (set); get returns `otherwise` if it has none.
uint64_t get_operand(const Operation& operation, OperandKind kind, uint64_t otherwise = 0);
void set_operand(Operation& operation, OperandKind kind, uint64_t value);

// An operation of that kind with all operands at their simplest.
Operation simplest_operation(OpKind kind);

inline bool has_operand(OpKind op, OperandKind kind) {
  return find_operand(op, kind) != nullptr;
}
inline bool has_trait(OperandKind kind, OperandTrait trait) {
  return (info_of(kind).traits & trait) != 0;
}
inline uint64_t greatest(OperandKind kind) {
  return info_of(kind).greatest;
}

// Kinds that name the same things in different roles have one space: the root a load reads from (kSource) may
// be the root another operation writes (kRoot).
// Returns the first kind of the space; itself for kinds that share nothing.
inline OperandKind space_of(OperandKind kind) {
  return info_of(kind).space;
}
// Calls visit(operand) for each operand of the space that operations of that kind have, in their order.
template <typename Visit>
void for_each_operand_of(OpKind op, OperandKind space, const Visit& visit) {
  for (const OperandInfo& operand : info_of(op).operands) {
    if (space_of(operand.kind) == space) visit(operand);
  }
}
// Do operations of that kind name something of the space, in any role?
bool has_operand_of(OpKind op, OperandKind space);

// True if the operation names `value` in any role of that kind's space; a run of keys names all its keys.
bool names(const Operation& operation, OperandKind kind, uint64_t value);

// Keys named by an operation: [first, first + count); count 0 for operations without a key.
struct KeyRange {
  uint64_t first = 0;
  uint64_t count = 0;
};
KeyRange keys_of(const Operation& operation);

// What op.def says of an operation: see there.
inline bool is_run(OpKind kind) {
  return info_of(kind).traits.single != OpKind::kNop;
}
inline bool is_write(OpKind kind) {
  return info_of(kind).traits.writes;
}
inline bool is_collector(OpKind kind) {
  return info_of(kind).traits.collects;
}
inline bool is_arm(OpKind kind) {
  return info_of(kind).traits.arms;
}
// The operation that does for one key what the run does for many; itself for other kinds.
OpKind single_of(OpKind run);
// The run that takes the place of several operations of that kind; of a run, itself. kNop: none does.
OpKind run_for(OpKind kind);

}  // namespace gcmap::harness
