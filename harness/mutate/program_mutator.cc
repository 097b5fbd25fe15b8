// Choosing mutations, and crossover.
#include "harness/mutate/program_mutator.h"

#include <algorithm>
#include <vector>

#include "harness/mutate/program_editor.h"
#include "harness/program/codec_binary.h"
#include "harness/program/cost.h"

namespace gcmap::harness {
namespace {

constexpr MutationInfo kMutations[] = {
#define MUTATION(name, family, weight, heap_weight, doc) \
  MutationInfo{MutationKind::name, #name, #family, weight, heap_weight, doc},
#include "harness/mutate/mutation.def"
#undef MUTATION
};
static_assert(std::size(kMutations) <= 32, "a MutationMask has 32 bits");

constexpr void (*kFunctions[])(ProgramEditor&) = {
#define MUTATION(name, family, weight, heap_weight, doc) mutate_##name,
#include "harness/mutate/mutation.def"
#undef MUTATION
};

constexpr size_t kTriesMax = 16;  // until a mutation changes something

uint32_t weight_of(const MutationInfo& mutation, const MutateOptions& options) {
  if ((options.without >> static_cast<uint32_t>(mutation.kind) & 1) != 0) return 0;
  return options.profile == Profile::kHeap ? mutation.heap_weight : mutation.weight;
}

MutationKind pick_mutation(Random& random, const MutateOptions& options) {
  uint32_t total = 0;
  for (const MutationInfo& mutation : kMutations) total += weight_of(mutation, options);
  if (total == 0) return MutationKind::insert;  // a mask that leaves out everything
  uint32_t left = random.below(total);
  for (const MutationInfo& mutation : kMutations) {
    const uint32_t weight = weight_of(mutation, options);
    if (left < weight) return mutation.kind;
    left -= weight;
  }
  return MutationKind::insert;
}

void finish(Program& program, size_t operations_max) {
  canonicalize(program);
  if (program.operations.size() > operations_max) program.operations.resize(operations_max);
  bound_cost(program);
}

void apply(MutationKind kind, Program& program, Random& random, size_t operations_max, Profile profile,
           const KindWeight* kind_weight = nullptr) {
  ProgramEditor editor(program, random, operations_max, profile, kind_weight);
  kFunctions[static_cast<size_t>(kind)](editor);
}

using Operations = std::vector<Operation>;

void append(Operations& to, const Operations& from, size_t begin, size_t end) {
  to.insert(to.end(), from.begin() + static_cast<ptrdiff_t>(begin),
            from.begin() + static_cast<ptrdiff_t>(end));
}

// The beginning of one, the end of the other.
Operations join(const Operations& first, const Operations& second, Random& random) {
  Operations result;
  append(result, first, 0, random.below(first.size() + 1));
  append(result, second, random.below(second.size() + 1), second.size());
  return result;
}

// One with a block of the other inside.
Operations implant(const Operations& first, const Operations& second, Random& random) {
  const size_t gap = random.below(first.size() + 1);
  const size_t begin = random.below(second.size() + 1);
  const size_t end = begin + random.below(second.size() - begin + 1);
  Operations result;
  append(result, first, 0, gap);
  append(result, second, begin, end);
  append(result, first, gap, first.size());
  return result;
}

// Blocks of both in turn, each in its own order: what two users of one heap do.
Operations interleave(const Operations& first, const Operations& second, Random& random) {
  Operations result;
  size_t at[2] = {0, 0};
  const Operations* sources[2] = {&first, &second};
  for (size_t turn = random.below(2); at[0] < first.size() || at[1] < second.size(); turn = 1 - turn) {
    const size_t end = std::min(at[turn] + 1 + random.below(4), sources[turn]->size());
    append(result, *sources[turn], std::min(at[turn], end), end);
    at[turn] = end;
  }
  return result;
}

Config mix(const Config& first, const Config& second, Random& random) {
  if (random.chance(3, 4)) return random.chance(1, 2) ? first : second;
  Config result;
  for (const ConfigField& field : all_config_fields()) {
    field.set(result, field.get(random.chance(1, 2) ? first : second));
  }
  return result;
}

}  // namespace

std::span<const MutationInfo> all_mutations() {
  return kMutations;
}

bool mutate_once(MutationKind kind, Program& program, Random& random, size_t operations_max,
                 Profile profile) {
  const Program before = program;
  apply(kind, program, random, operations_max, profile);
  finish(program, operations_max);
  return program != before;
}

void mutate(Program& program, Random& random, size_t operations_max, const MutateOptions& options) {
  size_t changes = 1;
  while (changes < 6 && random.chance(1, 2)) ++changes;
  for (size_t tries = 0; changes > 0 && tries < kTriesMax; ++tries) {
    const Program before = program;
    apply(pick_mutation(random, options), program, random, operations_max, options.profile,
          options.kind_weight);
    changes -= program != before ? 1 : 0;
  }
  finish(program, operations_max);
}

Program crossover(const Program& first, const Program& second, Random& random, size_t operations_max) {
  Program result;
  result.config = mix(first.config, second.config, random);
  switch (random.below(3)) {
    case 0:
      result.operations = join(first.operations, second.operations, random);
      break;
    case 1:
      result.operations = implant(first.operations, second.operations, random);
      break;
    default:
      result.operations = interleave(first.operations, second.operations, random);
      break;
  }
  finish(result, operations_max);
  return result;
}

}  // namespace gcmap::harness
