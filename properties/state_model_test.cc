// The state model: long sequences of operations on library and model side by side.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>

#include "properties/op_command.h"
#include "properties/property.h"

namespace gcmap::properties {
namespace {

// RapidCheck's sizes end at 100; three times that many operations cross three growths and more.
rc::Gen<rc::state::Commands<Command>> gen_commands(harness::Profile profile, harness::MapKind kind) {
  return rc::gen::scale(3.0, rc::state::gen::commands(Model(kind), [=](const Model& model) {
                          return gen_command(model, profile);
                        }));
}

harness::Program program_of(const harness::Config& config, const rc::state::Commands<Command>& commands) {
  harness::Program program{.config = config, .operations = {}};
  for (const auto& command : commands) {
    program.operations.push_back(static_cast<const OpCommand&>(*command).operation());
  }
  return program;
}

void library_and_model_agree(harness::Profile profile) {
  const harness::Config config = *gen_config();
  const auto kind = static_cast<harness::MapKind>(config.kind);
  const auto commands = *gen_commands(profile, kind);
  about_to_run(program_of(config, commands));
  Trial trial(config);
  rc::state::runAll(commands, Model(kind), trial);
  const harness::Verdict verdict = trial.runner.finish();
  if (verdict.failed()) fail(trial.program, verdict);
  RC_CLASSIFY(trial.runner.stats().growths >= 3, "three growths or more");
  RC_CLASSIFY(trial.runner.stats().cycles >= 3, "three collection cycles or more");
}

GCMAP_PROPERTY(StateModel, LibraryAndModelAgreeOnMaps) {
  library_and_model_agree(harness::Profile::kMap);
}

GCMAP_PROPERTY(StateModel, LibraryAndModelAgreeOnTheHeap) {
  library_and_model_agree(harness::Profile::kHeap);
}

TEST(StateModelGenerator, SequencesCrossThreeGrowths) {
  const auto generator = gen_commands(harness::Profile::kMap, harness::MapKind::kU64);
  rc::Random random(1);
  int crossed = 0;
  constexpr int kSequences = 60;
  for (int i = 0; i < kSequences; ++i) {
    const auto commands = generator(random.split(), 100).value();
    Trial trial{harness::Config{}};
    rc::state::runAll(commands, Model(harness::MapKind::kU64), trial);
    if (trial.runner.stats().growths >= 3) ++crossed;
  }
  EXPECT_GE(crossed, kSequences / 2) << "of " << kSequences << " sequences";
}

TEST(StateModelGenerator, EveryOperationTheModelKnowsIsGenerated) {
  rc::Random random(2);
  std::set<harness::OpKind> seen;
  for (const harness::Profile profile : {harness::Profile::kMap, harness::Profile::kHeap}) {
    const auto generator = gen_commands(profile, harness::MapKind::kU64Object);
    for (int i = 0; i < 40; ++i) {
      for (const auto& command : generator(random.split(), 100).value()) {
        seen.insert(static_cast<const OpCommand&>(*command).operation().kind);
      }
    }
  }
  for (const harness::OpInfo& op : harness::all_ops())
    EXPECT_EQ(seen.contains(op.kind), Model::knows(op.kind)) << op.text;
}

}  // namespace
}  // namespace gcmap::properties
