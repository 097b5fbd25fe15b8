// Every program of the corpus runs clean, without a fuzzing engine: seeds, and regressions of bugs mended.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "harness/interpreter.h"
#include "harness/load.h"

namespace gcmap::harness {
namespace {

std::vector<std::string> programs(const std::string& folder) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(GCMAP_CORPUS_DIR) + "/" + folder)) {
    if (entry.path().extension() == ".txt") paths.push_back(entry.path());
  }
  return paths;
}

class CorpusFolder : public testing::TestWithParam<const char*> {};

TEST_P(CorpusFolder, HoldsProgramsAndAllRunClean) {
  const std::vector<std::string> paths = programs(GetParam());
  EXPECT_FALSE(paths.empty()) << "an empty corpus tests nothing";
  for (const std::string& path : paths) {
    const LoadResult loaded = load_program(path);
    ASSERT_TRUE(loaded.program) << loaded.error;
    EXPECT_FALSE(loaded.program->operations.empty()) << path;
    const Verdict verdict = run(*loaded.program);
    EXPECT_EQ(verdict.kind, VerdictKind::kOk)
        << verdict.signature() << ": " << verdict.detail << "\nrepeat: ./dev replay " << path;
  }
}

INSTANTIATE_TEST_SUITE_P(Folders, CorpusFolder, testing::Values("seeds", "regressions"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gcmap::harness
