// ProgramEditor: the program being mutated, with the cuts and insertions that keep it within its length.
//
// Internal to the mutator (harness/mutate/program_mutator.h).
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <vector>

#include "gcmap/internal/base/random.h"
#include "harness/mutate/generate.h"
#include "harness/program/op.h"
#include "harness/program/operands.h"
#include "harness/program/typed_operands.h"

namespace gcmap::harness {

class ProgramEditor {
 public:
  // Requires: 1 <= operations_max.
  ProgramEditor(Program& edited, Random& source, size_t operations_max, Profile wanted,
                const KindWeight* weight = nullptr)
      : program(edited),
        random(source),
        generator(source, edited, wanted),
        profile(wanted),
        kind_weight(weight),
        operations_max_(operations_max) {}

  Program& program;
  Random& random;
  Generator generator;
  Profile profile;
  const KindWeight* kind_weight;  // not owned; null: all alike

  size_t operations_max() const { return operations_max_; }
  size_t size() const { return program.operations.size(); }
  bool empty() const { return program.operations.empty(); }
  Operation& at(size_t index) { return program.operations[index]; }

  size_t any_index() { return random.below(size()); }           // Requires: !empty()
  size_t any_gap() { return random.below(size() + 1); }         // where something may be inserted
  std::optional<size_t> any_index_of(bool (*matches)(OpKind));  // nothing if no operation matches

  // A block of at most `length_max` operations.
  // Requires: !empty().
  struct Block {
    size_t begin;
    size_t length;
  };
  Block any_block(size_t length_max);

  // Inserts before `gap`. A program at its full length loses as many operations elsewhere.
  void insert(size_t gap, std::span<const Operation> operations);
  void insert(size_t gap, std::initializer_list<Operation> operations) {
    insert(gap, std::span(operations.begin(), operations.size()));
  }
  void erase(Block block);

 private:
  size_t operations_max_;
};

#define MUTATION(name, family, weight, heap_weight, doc) void mutate_##name(ProgramEditor& editor);
#include "harness/mutate/mutation.def"
#undef MUTATION

}  // namespace gcmap::harness
