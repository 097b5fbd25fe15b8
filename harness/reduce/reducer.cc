// The order of passes, and the fixpoint.
#include "harness/reduce/reducer.h"

#include "harness/reduce/passes.h"

namespace gcmap::harness {
namespace {

struct Pass {
  std::string_view name;
  int stage;
  void (*function)(Reduction&);
};

constexpr Pass kPasses[] = {
#define PASS(name, stage, doc) Pass{#name, stage, reduce_##name},
#include "harness/reduce/passes.def"
#undef PASS
};

constexpr int kStages = 3;

// Runs the passes of a stage once.
// Returns true if the program got simpler.
bool run_stage(Reduction& reduction, int stage) {
  const uint64_t accepted = reduction.stats().accepted;
  for (const Pass& pass : kPasses) {
    if (pass.stage != stage || reduction.exhausted()) continue;
    reduction.stats().pass = pass.name;
    pass.function(reduction);
  }
  return reduction.stats().accepted != accepted;
}

}  // namespace

ReduceResult reduce(const Program& program, const ReduceOptions& options) {
  Reduction reduction(options);
  if (!reduction.begin(program)) return reduction.result();
  for (int stage = 1; stage <= kStages;) {
    if (stage == 1) ++reduction.stats().rounds;
    stage = run_stage(reduction, stage) ? 1 : stage + 1;
  }
  return reduction.result();
}

}  // namespace gcmap::harness
