// Every failure in this program ends with the line that repeats it: a listener prints one behind each
// failed test.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include "harness/program/repeat.h"

namespace gcmap::harness {
namespace {

std::string line_of_test(const testing::TestInfo& test) {
  std::error_code error;
  const std::string program = std::filesystem::read_symlink("/proc/self/exe", error).string();
  const std::string name = std::string(test.test_suite_name()) + "." + test.name();
  return "repeat: " + shell_quoted(program) + " " + shell_quoted("--gtest_filter=" + name);
}

class RepeatLine : public testing::EmptyTestEventListener {
  void OnTestEnd(const testing::TestInfo& test) override {
    if (!test.result()->Failed()) return;
    std::printf("%s\n", line_of_test(test).c_str());
    std::fflush(stdout);
  }
};

// Appended before main(); gtest owns it.
[[maybe_unused]] const bool appended = [] {
  testing::UnitTest::GetInstance()->listeners().Append(new RepeatLine);
  return true;
}();

TEST(EveryFailure, EndsWithALineThatRuns) {
  const std::string line = line_of_test(*testing::UnitTest::GetInstance()->current_test_info());
  EXPECT_TRUE(line.ends_with(" --gtest_filter=EveryFailure.EndsWithALineThatRuns")) << line;
  const std::string command = line.substr(line.find(' ') + 1);
  // Itself, on a test that does not exist, so that this does not go on for ever.
  EXPECT_EQ(std::system((command + "None > /dev/null").c_str()), 0) << line;
}

}  // namespace
}  // namespace gcmap::harness
