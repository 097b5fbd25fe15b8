#include "harness/report/states.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "harness/program/codec_text.h"

namespace gcmap::harness {
namespace {

std::vector<std::string> states_of(const std::string& text, const StatesOptions& options = {}) {
  const std::optional<Program> program = parse(text, nullptr);
  EXPECT_TRUE(program) << text;
  std::FILE* const file = std::tmpfile();
  write_states(program.value_or(Program()), options, file);
  std::rewind(file);
  std::vector<std::string> lines(1);
  for (int c; (c = std::fgetc(file)) != EOF;) {
    if (c == '\n') {
      lines.emplace_back();
    } else {
      lines.back() += static_cast<char>(c);
    }
  }
  std::fclose(file);
  EXPECT_EQ(lines.back(), "") << "the last line has no end";
  lines.pop_back();
  return lines;
}

constexpr char kHanging[] =
    "config version=2 hash=constant kind=box_box\nput m0 1 0\nput_run m0 1 4096 0\ncollect\n";
const StatesOptions kShort = {.states_max = 1000, .cpu_ms_max = 50};

TEST(States, BeginWithTheProgramAndEndWithTheVerdict) {
  const std::vector<std::string> lines = states_of("config version=2\nput m0 1 5\nget m0 1\n");
  EXPECT_TRUE(lines.front().starts_with(
      R"({"format":"gcmap states","version":1,"config":"config version=2","kind":0,)"))
      << lines.front();
  EXPECT_TRUE(lines.front().ends_with(R"("operations":["put m0 1 5","get m0 1"],"from":0})"))
      << lines.front();
  EXPECT_EQ(lines.size(), 7u);
  EXPECT_EQ(lines.back(), R"({"verdict":"ok","operation":2,"mentions":[]})");
}

TEST(States, BeforeAnOperationThatNeverComesBackAreThere) {
  const std::vector<std::string> lines = states_of(kHanging, kShort);
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_TRUE(lines[3].starts_with(R"({"state":1,)")) << lines[3];
  EXPECT_TRUE(lines[4].starts_with(R"({"before":1,"about":[[)")) << lines[4];
  EXPECT_TRUE(
      lines[5].starts_with(R"({"verdict":"hang","operation":1,"signature":"HANG@put_run","oracle":"HANG",)"))
      << lines[5];
}

TEST(States, OfALongProgramAreItsLast) {
  std::string text = "config version=2\n";
  for (int i = 0; i < 20; ++i) text += "put m0 " + std::to_string(i) + " 0\n";
  const std::vector<std::string> lines = states_of(text, {.states_max = 3, .cpu_ms_max = 10'000});
  EXPECT_TRUE(lines.front().ends_with(R"("from":17})")) << lines.front();
  EXPECT_TRUE(lines[1].starts_with(R"({"state":17,)")) << lines[1];
  EXPECT_EQ(lines.size(), 9u);
}

// The last ones until it fails, not until the program ends.
TEST(States, OfALongProgramThatFailsEndWithTheFailure) {
  std::string text(kHanging);
  for (int i = 0; i < 20; ++i) text += "get m0 1\n";
  const std::vector<std::string> lines = states_of(text, {.states_max = 2, .cpu_ms_max = 50});
  EXPECT_TRUE(lines.front().ends_with(R"("from":0})")) << lines.front();
  EXPECT_TRUE(lines.back().starts_with(R"({"verdict":"hang","operation":1,)")) << lines.back();
}

}  // namespace
}  // namespace gcmap::harness
