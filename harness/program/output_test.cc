// Results go where -o says, and nothing that is no regular file is replaced by one.
#include "harness/program/output.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace gcmap::harness {
namespace {

namespace fs = std::filesystem;

class OutputTest : public testing::Test {
 protected:
  OutputTest() { fs::create_directory(home_); }
  ~OutputTest() override { fs::remove_all(home_); }

  static std::string read(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static std::string write(const fs::path& path, const std::string& contents) {
    return write_output(path.string(), contents);
  }

  fs::path home_ = testing::TempDir() + "output_test." + std::to_string(getpid());
};

TEST_F(OutputTest, AFileIsReplacedAndKeepsItsMode) {
  EXPECT_EQ(write(home_ / "new", "one"), "");
  fs::permissions(home_ / "new", fs::perms(0600));
  EXPECT_EQ(write(home_ / "new", "two"), "");
  EXPECT_EQ(read(home_ / "new"), "two");
  EXPECT_EQ(fs::status(home_ / "new").permissions(), fs::perms(0600));
  EXPECT_EQ(std::distance(fs::directory_iterator(home_), {}), 1) << "nothing is left beside it";
}

TEST_F(OutputTest, ALinkStaysAndItsTargetIsWritten) {
  fs::create_directory(home_ / "folder");
  std::ofstream(home_ / "folder/target") << "old";
  fs::create_symlink("folder/target", home_ / "link");
  fs::create_symlink("link", home_ / "second");
  fs::create_symlink("folder/later", home_ / "dangling");
  EXPECT_EQ(write(home_ / "second", "new"), "");
  EXPECT_EQ(write(home_ / "dangling", "made"), "");
  EXPECT_TRUE(fs::is_symlink(home_ / "second"));
  EXPECT_TRUE(fs::is_symlink(home_ / "link"));
  EXPECT_TRUE(fs::is_symlink(home_ / "dangling"));
  EXPECT_EQ(read(home_ / "folder/target"), "new");
  EXPECT_EQ(read(home_ / "folder/later"), "made");
}

TEST_F(OutputTest, DevicesAreWrittenThrough) {
  EXPECT_TRUE(is_stream("/dev/null"));
  EXPECT_EQ(output_problem("/dev/full"), "");
  EXPECT_EQ(write("/dev/null", "x"), "");
  EXPECT_EQ(write("/dev/full", "x"), "/dev/full: cannot write: No space left on device");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
}

TEST_F(OutputTest, AFifoIsWrittenThrough) {
  const std::string fifo = (home_ / "fifo").string();
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const int reader = ::open(fifo.c_str(), O_RDONLY | O_NONBLOCK);
  EXPECT_EQ(write_output(fifo, std::string("hello")), "");
  char got[16] = {};
  EXPECT_EQ(::read(reader, got, sizeof got), 5);
  EXPECT_STREQ(got, "hello");
  EXPECT_TRUE(fs::is_fifo(fifo));
  ::close(reader);
}

TEST_F(OutputTest, WhatCannotBeWrittenIsToldBeforeTheWork) {
  EXPECT_EQ(output_problem("/nonexistent/file"),
            "/nonexistent/file: cannot create a file in /nonexistent: No such file or directory");
  EXPECT_EQ(write("/nonexistent/file", "x"), output_problem("/nonexistent/file"));
  EXPECT_NE(output_problem(home_.string()).find("is a folder"), std::string::npos);
  EXPECT_NE(output_problem((home_ / "none/").string()), "");
  EXPECT_NE(output_problem(""), "");
  fs::create_symlink("missing/file", home_ / "link");
  EXPECT_NE(output_problem((home_ / "link").string()).find("missing"), std::string::npos);
  EXPECT_EQ(output_problem((home_ / "new").string()), "");
}

}  // namespace
}  // namespace gcmap::harness
