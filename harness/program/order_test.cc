// Which of two programs is simpler.
#include "harness/program/order.h"

#include <gtest/gtest.h>

#include <optional>
#include <string_view>
#include <vector>

#include "harness/program/codec_text.h"

namespace gcmap::harness {
namespace {

TEST(ProgramOrder, PutsFewerOperationsBeforeEverythingElse) {
  const auto program = [](std::string_view text) {
    ParseError error;
    const std::optional<Program> parsed = parse(text, &error);
    EXPECT_TRUE(parsed) << error.to_string();
    return parsed.value_or(Program{});
  };
  // Each is simpler than the next.
  const std::vector<Program> ladder = {
      program("config version=2\n"),
      program("config version=2 gogc=9\n"),
      program("config version=2\nput m0 1 0\n"),
      program("config version=2 seed=9\nput m0 1 0\n"),
      program("config version=2\nput m0 2 0\n"),
      program("config version=2\nput m1 1 0\n"),
      program("config version=2\ninsert m0 1 0\n"),
      program("config version=2 gogc=99\nput m0 1 0\n"),
      program("config version=2 gogc=98\nput m0 1 0\n"),
      program("config version=2\nput_run m0 1 2 0\n"),
      program("config version=2\nput_run m0 1 3 0\n"),
      program("config version=2\nput m0 1 0\nput m0 1 0\n"),
  };
  for (size_t i = 0; i < ladder.size(); ++i) {
    for (size_t j = 0; j < ladder.size(); ++j)
      EXPECT_EQ(is_simpler(ladder[i], ladder[j]), i < j) << i << " " << j;
  }
}

}  // namespace
}  // namespace gcmap::harness
