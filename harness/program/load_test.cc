// Which form a file has, and errors that name the file.
#include "harness/program/load.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "harness/program/codec_binary.h"
#include "harness/program/operands.h"
#include "harness/program/output.h"

namespace gcmap::harness {
namespace {

class LoadTest : public testing::Test {
 protected:
  LoadResult load(const std::string& contents, const std::string& suffix = "") {
    path_ = testing::TempDir() + "load_test." + std::to_string(getpid()) + suffix;
    EXPECT_EQ(write_output(path_, contents), "");
    return load_program(path_);
  }
  ~LoadTest() override { ::unlink(path_.c_str()); }

  std::string path_;
};

TEST_F(LoadTest, TextIsRecognisedByItsBeginning) {
  for (const char* text : {"config version=1\n", "# hello\nconfig version=1\n", "\n config version=1",
                           "\xef\xbb\xbf# x\nconfig version=1"}) {
    const LoadResult result = load(text);
    EXPECT_TRUE(result.program) << result.error;
    EXPECT_EQ(result.form, FileForm::kText);
  }
}

TEST_F(LoadTest, AForgottenConfigurationIsATextErrorWithPathAndLine) {
  const LoadResult result = load("put m0 1 2\n");
  EXPECT_FALSE(result.program);
  EXPECT_TRUE(result.error.starts_with(path_ + ":1: ")) << result.error;
}

TEST_F(LoadTest, BinaryProgramsAreRecognised) {
  Program program;
  program.operations.push_back(simplest_operation(OpKind::kCollect));
  const std::vector<uint8_t> bytes = encode(program);
  const LoadResult result = load(std::string(bytes.begin(), bytes.end()));
  ASSERT_TRUE(result.program) << result.error;
  EXPECT_EQ(*result.program, program);
  EXPECT_EQ(result.form, FileForm::kBinary);
  EXPECT_TRUE(load(std::string("\1", 1) + std::string(15, '\0')).program) << "version 1 had 16 bytes";
}

TEST_F(LoadTest, WhatIsNoProgramIsRefusedUnlessAnyBytesWillDo) {
  std::string half(32 + 4 * 16, '\0');
  half[0] = 2;
  half[32] = half[48] = static_cast<char>(OpKind::kCollect);
  std::string less = half;
  less[48] = '\0';
  EXPECT_TRUE(load(half).program);
  for (const std::string& bytes : {less, half.substr(0, 31),
                                   std::string("\x7f"
                                               "ELF\2\1\1\0",
                                               8) +
                                       half,
                                   std::string("\3") + half.substr(1), std::string("#\0\0", 3),
                                   std::string("{\n  \"name\": 1\n}\n"), std::string("AAAAAAAA")}) {
    const LoadResult refused = load(bytes);
    EXPECT_FALSE(refused.program) << bytes;
    EXPECT_NE(refused.error.find("--any-bytes"), std::string::npos) << refused.error;
    const LoadResult taken = load_program(path_, {.any_bytes = true});
    ASSERT_TRUE(taken.program) << taken.error;
    EXPECT_EQ(*taken.program, decode({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}));
  }
  load("");
  EXPECT_TRUE(load_program(path_, {.any_bytes = true}).program);
}

TEST_F(LoadTest, ContentsCountMoreThanTheName) {
  EXPECT_EQ(load("config version=2\n", ".bin").form, FileForm::kText);
  ::unlink(path_.c_str());
  EXPECT_NE(load("AAAAAAAA", ".txt").error.find("before the configuration"), std::string::npos);
  EXPECT_FALSE(load_program(path_, {.any_bytes = true}).program) << "a .txt with a mistake is no crash file";
}

TEST_F(LoadTest, UnreadableFilesSayWhy) {
  EXPECT_EQ(load_program("/nonexistent").error, "/nonexistent: No such file or directory");
  EXPECT_NE(load_program("/tmp").error.find("directory"), std::string::npos);
  EXPECT_NE(load("").error.find("is empty"), std::string::npos);
}

}  // namespace
}  // namespace gcmap::harness
