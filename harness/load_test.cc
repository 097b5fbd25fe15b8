// Which form a file has, and errors that name the file.
#include "harness/load.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "harness/codec_binary.h"
#include "harness/operands.h"

namespace gcmap::harness {
namespace {

class LoadTest : public testing::Test {
 protected:
  LoadResult load(const std::string& contents, const std::string& suffix = "") {
    path_ = testing::TempDir() + "load_test." + std::to_string(getpid()) + suffix;
    EXPECT_EQ(write_file_atomically(path_, contents), "");
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

TEST_F(LoadTest, EverythingElseIsBinary) {
  Program program;
  program.operations.push_back(simplest_operation(OpKind::kCollect));
  const std::vector<uint8_t> bytes = encode(program);
  const LoadResult result = load(std::string(bytes.begin(), bytes.end()));
  ASSERT_TRUE(result.program) << result.error;
  EXPECT_EQ(*result.program, program);
  EXPECT_EQ(result.form, FileForm::kBinary);
  EXPECT_EQ(load(std::string("#\0\0", 3)).form, FileForm::kBinary);
  EXPECT_EQ(load("AAAAAAAA").form, FileForm::kBinary);
}

TEST_F(LoadTest, TheSuffixDecidesDoubtfulCases) {
  EXPECT_EQ(load("# comment", ".bin").form, FileForm::kBinary);
  ::unlink(path_.c_str());
  EXPECT_NE(load("AAAAAAAA", ".txt").error.find("before the configuration"), std::string::npos);
}

TEST_F(LoadTest, UnreadableFilesSayWhy) {
  EXPECT_EQ(load_program("/nonexistent").error, "/nonexistent: No such file or directory");
  EXPECT_NE(load_program("/tmp").error.find("directory"), std::string::npos);
  EXPECT_NE(load("").error.find("is empty"), std::string::npos);
}

TEST_F(LoadTest, WritingNamesThePathWhenItFails) {
  EXPECT_EQ(write_file_atomically("/nonexistent/file", std::string("x")),
            "/nonexistent/file: cannot create the file: No such file or directory");
}

}  // namespace
}  // namespace gcmap::harness
