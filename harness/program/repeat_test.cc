// Lines a user can paste: the right command, quoted, and no control character.
#include "harness/program/repeat.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace gcmap::harness {
namespace {

class RepeatTest : public testing::Test {
 protected:
  ~RepeatTest() override { ::unsetenv("GCMAP_COMMAND"); }
};

TEST_F(RepeatTest, TheCallersFormAndFlagsAreKept) {
  ::setenv("GCMAP_COMMAND", "./dev {command} --fault map-11 --fast", 1);
  EXPECT_EQ(repeat_line("replay", "a b.txt"), "repeat: ./dev replay --fault map-11 --fast 'a b.txt'");
  EXPECT_EQ(name_of_command("replay"), "./dev replay");
  EXPECT_EQ(repeat_line("replay", "-x", "--quiet"),
            "repeat: ./dev replay --fault map-11 --fast ./-x --quiet");
}

TEST_F(RepeatTest, WithoutAFormItIsTheProgramAsItWasCalled) {
  ::unsetenv("GCMAP_COMMAND");
  EXPECT_EQ(repeat_line("replay", "x"), "repeat: ./dev replay x");
  ::setenv("GCMAP_COMMAND", "no place", 1);
  EXPECT_EQ(repeat_line("replay", "x"), "repeat: ./dev replay x");
}

TEST_F(RepeatTest, AShellReadsAQuotedWordAsItWas) {
  EXPECT_EQ(shell_quoted("corpus/a-b_1.txt"), "corpus/a-b_1.txt");
  for (const std::string& word : {std::string("a b"), std::string("it's"), std::string("$HOME `x` \"y\" *"),
                                  std::string(""), std::string("na\xc3\xafve"), std::string("a\\b")}) {
    std::FILE* const pipe = ::popen(("printf %s " + shell_quoted(word)).c_str(), "r");
    ASSERT_NE(pipe, nullptr);
    std::array<char, 64> read{};
    const size_t bytes = std::fread(read.data(), 1, read.size(), pipe);
    ::pclose(pipe);
    EXPECT_EQ(std::string(read.data(), bytes), word);
  }
  EXPECT_EQ(shell_quoted("a\nb'"), "$'a\\x0ab\\x27'");
}

TEST_F(RepeatTest, ControlCharactersAreNotPrinted) {
  EXPECT_EQ(printable("plain na\xc3\xafve \xe2\x82\xac \xf0\x9f\x98\x80"),
            "plain na\xc3\xafve \xe2\x82\xac \xf0\x9f\x98\x80");
  EXPECT_EQ(printable("\x1b[31m\r\n\x7f"), "\\x1b[31m\\x0d\\x0a\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"), "\\xc2\\x9b") << "a control of 8-bit terminals";
  EXPECT_EQ(printable("\x9b\xff"), "\\x9b\\xff");
  EXPECT_EQ(printable("\xe2\x82"), "\\xe2\\x82") << "cut short";
}

}  // namespace
}  // namespace gcmap::harness
