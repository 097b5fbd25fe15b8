// Mutations that arm the next operation: a collector step, a failure, a callback.
#include <algorithm>
#include <optional>

#include "harness/mutate/pieces.h"

namespace gcmap::harness {

void mutate_inside_write(ProgramEditor& editor) {
  const std::optional<size_t> write = editor.any_index_of(allocates);
  const size_t gap = write.value_or(editor.size());
  Operations before = arms(editor);
  if (!write) before.push_back(editor.generator.operation(OpKind::kPutRun));
  if (editor.random.chance(3, 4)) editor.insert(write ? gap + 1 : gap, closed_cycle());
  editor.insert(std::min(gap, editor.size()), before);
  if (editor.random.chance(1, 4)) {  // memory that was used before
    editor.insert(std::min(gap, editor.size()), {encode(CollectOperands{})});
    if (editor.random.chance(3, 4)) editor.program.config.clobber = 1;
  }
}

void mutate_fail_write(ProgramEditor& editor) {
  const std::optional<size_t> write = editor.any_index_of(allocates);
  const size_t gap = write.value_or(editor.size());
  const Operation failing = write ? editor.at(*write) : editor.generator.operation(OpKind::kPutRun);
  Operations operations;
  if (editor.random.chance(1, 4)) append(operations, arms(editor));
  operations.push_back(editor.generator.operation(OpKind::kFail));
  operations.push_back(failing);  // and again: the one that was there, with nothing armed
  if (editor.random.chance(1, 4)) operations.push_back(encode(CollectOperands{}));
  if (write && editor.random.chance(1, 2)) editor.erase({*write, 1});
  editor.insert(gap, operations);
}

void mutate_callback(ProgramEditor& editor) {
  const std::optional<size_t> at = editor.any_index_of([](OpKind kind) {
    return is_write(kind) || kind == OpKind::kGet || kind == OpKind::kAdvance || kind == OpKind::kClone;
  });
  const Operation callback = editor.generator.operation(OpKind::kCallback);
  if (at) {
    editor.insert(*at,
                  editor.random.chance(1, 2) ? Operations{callback, editor.at(*at)} : Operations{callback});
  } else {
    editor.insert(editor.any_gap(), {callback, editor.generator.operation(OpKind::kPut)});
  }
}

}  // namespace gcmap::harness
