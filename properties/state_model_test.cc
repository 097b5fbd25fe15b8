// The state model: long sequences of operations on library and reference side by side.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "harness/codec_text.h"
#include "harness/load.h"
#include "properties/op_command.h"

namespace gcmap::properties {
namespace {

// RapidCheck's sizes end at 100; three times that many operations cross three growths and more.
rc::Gen<rc::state::Commands<Command>> gen_commands(harness::Profile profile, harness::MapKind kind) {
  return rc::gen::scale(3.0, rc::state::gen::commands(Model(kind), [=](const Model& model) {
                          return gen_command(model, profile);
                        }));
}

void library_and_reference_agree(harness::Profile profile) {
  const harness::Config config = *gen_config();
  const auto kind = static_cast<harness::MapKind>(config.kind);
  Trial trial(config);
  const auto commands = *gen_commands(profile, kind);
  rc::state::runAll(commands, Model(kind), trial);
  const harness::Verdict verdict = trial.execution.finish();
  if (verdict.failed()) RC_FAIL(report_failure(trial.program, verdict, reproducer_folder()));
  RC_CLASSIFY(trial.execution.stats().growths >= 3, "three growths or more");
  RC_CLASSIFY(trial.execution.stats().cycles >= 3, "three collection cycles or more");
}

RC_GTEST_PROP(StateModel, LibraryAndReferenceAgreeOnMaps, ()) {
  library_and_reference_agree(harness::Profile::kMap);
}

RC_GTEST_PROP(StateModel, LibraryAndReferenceAgreeOnTheHeap, ()) {
  library_and_reference_agree(harness::Profile::kHeap);
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
    if (trial.execution.stats().growths >= 3) ++crossed;
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

TEST(StateModelReport, AFailureIsWrittenAsAProgramThatLoads) {
  harness::Program program;
  program.operations = {{.kind = harness::OpKind::kPut, .c = 3, .d = 4}, {.kind = harness::OpKind::kCollect}};
  harness::Verdict verdict;
  verdict.kind = harness::VerdictKind::kBug;
  verdict.oracle = "MD";
  verdict.op = harness::OpKind::kPut;
  const std::string folder = testing::TempDir() + "gcmap-report-" + std::to_string(getpid()) + "/deep";
  const std::string report = report_failure(program, verdict, folder);
  const std::string path = folder + "/property-MD-put.txt";
  EXPECT_NE(report.find("./dev replay " + path), std::string::npos) << report;
  const harness::LoadResult loaded = harness::load_program(path);
  ASSERT_TRUE(loaded.program) << loaded.error;
  EXPECT_EQ(*loaded.program, program);
  std::filesystem::remove_all(std::filesystem::path(folder).parent_path());
}

}  // namespace
}  // namespace gcmap::properties
