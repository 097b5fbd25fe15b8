// Mutations that change, add, move or remove single operations and blocks of them.
#include <algorithm>
#include <optional>
#include <utility>

#include "harness/mutate/forecast.h"
#include "harness/mutate/meeting.h"
#include "harness/mutate/program_editor.h"
#include "harness/mutate/program_mutator.h"

namespace gcmap::harness {
namespace {

constexpr size_t kBlockMax = 16;

bool has_key(OpKind kind) {
  return has_operand(kind, OperandKind::kKey);
}
bool has_operands(OpKind kind) {
  return !info_of(kind).operands.empty();
}

uint64_t neighbour(Random& random, uint64_t value, const OperandKindInfo& range) {
  const uint64_t step = random.chance(3, 4) ? 1 : 1 + random.below(8);
  if (random.chance(1, 2)) return value - range.least >= step ? value - step : range.least;
  return range.greatest - value >= step ? value + step : range.greatest;
}

void turn_into_run(ProgramEditor& editor, Operation& operation) {
  operation = encode(PutRunOperands{.map = MapName(get_operand(operation, OperandKind::kMap)),
                                    .key = number(get_operand(operation, OperandKind::kKey, 1)),
                                    .count = number(editor.generator.burst()),
                                    .value = get_operand(operation, OperandKind::kValue)});
}

}  // namespace

std::optional<size_t> ProgramEditor::any_index_of(bool (*matches)(OpKind)) {
  if (empty()) return std::nullopt;
  const size_t start = any_index();  // the first match from a random place on: uniform enough, and one pass
  for (size_t i = 0; i < size(); ++i) {
    const size_t index = (start + i) % size();
    if (matches(at(index).kind)) return index;
  }
  return std::nullopt;
}

ProgramEditor::Block ProgramEditor::any_block(size_t length_max) {
  size_t length = 1;
  while (length < std::min(length_max, size()) && random.chance(2, 3)) ++length;
  return {random.below(size() - length + 1), length};
}

void ProgramEditor::insert(size_t gap, std::span<const Operation> operations) {
  operations = operations.subspan(0, std::min(operations.size(), operations_max_));
  if (size() + operations.size() > operations_max_) {
    const size_t excess = size() + operations.size() - operations_max_;
    const size_t begin = random.below(size() - excess + 1);
    erase({begin, excess});
    gap = gap <= begin ? gap : gap - std::min(excess, gap - begin);
  }
  program.operations.insert(program.operations.begin() + static_cast<ptrdiff_t>(gap), operations.begin(),
                            operations.end());
}

void ProgramEditor::erase(Block block) {
  const auto begin = program.operations.begin() + static_cast<ptrdiff_t>(block.begin);
  program.operations.erase(begin, begin + static_cast<ptrdiff_t>(block.length));
}

void mutate_insert(ProgramEditor& editor) {
  const size_t gap = editor.random.chance(1, 4) ? editor.size() : editor.any_gap();
  editor.insert(gap, {editor.generator.operation()});
}

void mutate_erase(ProgramEditor& editor) {
  if (!editor.empty()) editor.erase(editor.any_block(kBlockMax));
}

void mutate_replace(ProgramEditor& editor) {
  if (!editor.empty()) editor.at(editor.any_index()) = editor.generator.operation();
}

void mutate_rekey(ProgramEditor& editor) {
  const std::optional<size_t> index = editor.any_index_of(has_key);
  if (!index) return;
  const uint64_t old_key = get_operand(editor.at(*index), OperandKind::kKey);
  const uint64_t new_key = editor.generator.key();
  if (editor.random.chance(3, 4)) {
    set_operand(editor.at(*index), OperandKind::kKey, new_key);
    return;
  }
  for (Operation& operation : editor.program.operations) {
    if (has_key(operation.kind) && get_operand(operation, OperandKind::kKey) == old_key) {
      set_operand(operation, OperandKind::kKey, new_key);
    }
  }
}

void mutate_operand(ProgramEditor& editor) {
  const std::optional<size_t> index = editor.any_index_of(has_operands);
  if (!index) return;
  Operation& operation = editor.at(*index);
  const std::span<const OperandInfo> operands = info_of(operation.kind).operands;
  const OperandInfo& operand = operands[editor.random.below(operands.size())];
  const OperandKindInfo& range = info_of(operand.kind);
  const uint64_t old_value = operation.get(operand.field);
  uint64_t value = 0;
  switch (editor.random.below(4)) {
    case 0:
      value = std::max(range.least, boundary_number(editor.random, range.greatest));
      break;
    case 1:
      value = neighbour(editor.random, old_value, range);
      break;
    default:
      value = editor.generator.operand(operation.kind, operand.kind);
      break;
  }
  operation.set(operand.field, value);
}

void mutate_burst(ProgramEditor& editor) {
  const std::optional<size_t> write = editor.any_index_of(is_write);
  if (write && editor.random.chance(1, 4)) {
    turn_into_run(editor, editor.at(*write));
    return;
  }
  constexpr OpKind kRuns[] = {OpKind::kPutRun,    OpKind::kPutRun,       OpKind::kEraseRun, OpKind::kGetRun,
                              OpKind::kInsertRun, OpKind::kIncrementRun, OpKind::kStoreRun};
  const size_t gap = editor.any_gap();
  const Operation run = editor.generator.operation(kRuns[editor.random.below(std::size(kRuns))]);
  // An exact number of entries needs an empty map to start from.
  if (run.kind == OpKind::kPutRun && editor.random.chance(1, 4)) {
    editor.insert(gap, {encode(ClearOperands{.map = MapName(get_operand(run, OperandKind::kMap))}), run});
  } else {
    editor.insert(gap, {run});
  }
}

void mutate_copy_block(ProgramEditor& editor) {
  if (editor.empty()) return;
  const ProgramEditor::Block block = editor.any_block(kBlockMax);
  const auto begin = editor.program.operations.begin() + static_cast<ptrdiff_t>(block.begin);
  std::vector<Operation> copy(begin, begin + static_cast<ptrdiff_t>(block.length));
  if (editor.random.chance(1, 4)) {
    const uint64_t map = editor.random.below(greatest(OperandKind::kMap) + 1);
    for (Operation& operation : copy) {
      if (has_operand(operation.kind, OperandKind::kMap)) set_operand(operation, OperandKind::kMap, map);
    }
  }
  editor.insert(editor.any_gap(), copy);
}

void mutate_move_block(ProgramEditor& editor) {
  if (editor.size() < 2) return;
  const ProgramEditor::Block block = editor.any_block(kBlockMax);
  const auto begin = editor.program.operations.begin();
  const auto first = begin + static_cast<ptrdiff_t>(block.begin);
  const auto last = first + static_cast<ptrdiff_t>(block.length);
  const auto target = begin + static_cast<ptrdiff_t>(editor.any_gap());
  if (target < first) std::rotate(target, first, last);
  if (target > last) std::rotate(first, last, target);
}

void mutate_config(ProgramEditor& editor) {
  const Config other = generate_config(editor.random, {editor.profile});
  if (editor.random.chance(1, 4)) {
    editor.program.config = other;
    return;
  }
  // The one field drawn, and those that mean nothing without each other.
  const std::span<const ConfigField> fields = all_config_fields();
  const ConfigField& field = fields[editor.random.below(fields.size())];
  field.set(editor.program.config, field.get(other));
  if (field.name == "hash") editor.program.config.hash_bits = other.hash_bits;
  if (field.name == "pacing") editor.program.config.pacing_n = other.pacing_n;
}

void mutate_splice(ProgramEditor& editor) {
  const Program other = generate(editor.random, 16, {editor.profile, editor.kind_weight});
  Program joined = crossover(editor.program, other, editor.random, editor.size() + other.operations.size());
  editor.program.operations = std::move(joined.operations);
}

void mutate_meet(ProgramEditor& editor) {
  constexpr size_t kFew = 8;  // operations that another kind of map does not spoil
  const size_t gap = editor.random.chance(1, 2) ? editor.size() : editor.any_gap();
  const bool adapts = editor.size() < kFew || editor.random.chance(1, 8);
  Forecast forecast(editor.program.config);
  for (size_t i = 0; i < gap; ++i) forecast.step(editor.at(i));
  editor.insert(gap, make_meeting(editor.random, editor.generator, forecast, editor.program.config,
                                  {editor.profile, editor.kind_weight, adapts}));
}

void mutate_trim(ProgramEditor& editor) {
  if (editor.empty()) return;
  const size_t length = editor.random.chance(1, 2) ? editor.size() / 2 : editor.random.below(editor.size());
  editor.program.operations.resize(length);
}

void mutate_renew(ProgramEditor& editor) {
  editor.program = generate(editor.random, editor.operations_max(), {editor.profile, editor.kind_weight});
}

}  // namespace gcmap::harness
