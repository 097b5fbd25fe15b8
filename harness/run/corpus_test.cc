// Every program of the corpus runs clean, without a fuzzing engine: seeds, and regressions of bugs mended.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "harness/program/load.h"
#include "harness/program/repeat.h"
#include "harness/program/test_corpus.h"
#include "harness/run/interpreter.h"

namespace gcmap::harness {
namespace {

class CorpusFolder : public testing::TestWithParam<const char*> {};

TEST_P(CorpusFolder, HoldsProgramsAndAllRunClean) {
  const std::vector<std::string> files = corpus_files(GetParam(), ".txt");
  EXPECT_FALSE(files.empty()) << "an empty corpus tests nothing";
  for (const std::string& file : files) {
    const LoadResult loaded = load_program(file);
    ASSERT_TRUE(loaded.program) << loaded.error;
    EXPECT_FALSE(loaded.program->operations.empty()) << file;
    const Verdict verdict = run(*loaded.program);
    EXPECT_EQ(verdict.kind, VerdictKind::kOk) << verdict.signature() << ": " << verdict.detail << "\n"
                                              << repeat_line("replay", file);
  }
}

INSTANTIATE_TEST_SUITE_P(Folders, CorpusFolder, testing::Values("seeds", "regressions"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace gcmap::harness
