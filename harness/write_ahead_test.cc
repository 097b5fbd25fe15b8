// The program survives kill -9, and damaged files are told apart.
#include "harness/write_ahead.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "harness/codec_binary.h"
#include "harness/load.h"
#include "harness/operands.h"

namespace gcmap::harness {
namespace {

Program program_of(size_t operations) {
  Program program;
  program.config.cadence = 1;
  for (size_t i = 0; i < operations; ++i) {
    Operation put = simplest_operation(OpKind::kPut);
    put.c = static_cast<uint32_t>(i);
    program.operations.push_back(put);
  }
  return program;
}

class WriteAheadTest : public testing::Test {
 protected:
  std::string path_ = testing::TempDir() + "write_ahead_test." + std::to_string(getpid());
  ~WriteAheadTest() override { ::unlink(path_.c_str()); }
};

TEST_F(WriteAheadTest, TheProgramSurvivesKillNine) {
  const Program program = program_of(6000);  // beyond the file's first size
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    WriteAhead file(path_);
    file.begin(encode(program_of(3)));
    file.finish();
    file.begin(encode(program));
    *file.progress() = 4321;
    const bool told = ::write(ready[1], "x", 1) == 1;
    for (;;) {
      if (!told) ::_exit(1);
      ::pause();
    }
  }
  char byte = 0;
  EXPECT_EQ(::read(ready[0], &byte, 1), 1);
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status));
  ::close(ready[0]);
  ::close(ready[1]);
  const LoadResult loaded = load_program(path_);
  ASSERT_TRUE(loaded.program) << loaded.error;
  EXPECT_EQ(*loaded.program, program);
  EXPECT_EQ(loaded.form, FileForm::kWriteAhead);
  EXPECT_EQ(loaded.stopped_at, 4321u);
}

TEST_F(WriteAheadTest, AFinishedProgramIsStillThereButStoppedNowhere) {
  WriteAhead file(path_);
  ASSERT_TRUE(file.ok()) << file.error();
  const Program program = program_of(5);
  file.begin(encode(program));
  file.finish();
  const LoadResult loaded = load_program(path_);
  ASSERT_TRUE(loaded.program) << loaded.error;
  EXPECT_EQ(*loaded.program, program);
  EXPECT_FALSE(loaded.stopped_at);
}

TEST_F(WriteAheadTest, AShorterProgramReplacesALongerOne) {
  WriteAhead file(path_);
  file.begin(encode(program_of(100)));
  file.begin(encode(program_of(1)));
  const LoadResult loaded = load_program(path_);
  ASSERT_TRUE(loaded.program) << loaded.error;
  EXPECT_EQ(*loaded.program, program_of(1));
}

TEST_F(WriteAheadTest, DamagedFilesSayHow) {
  {
    WriteAhead file(path_);
    EXPECT_NE(load_program(path_).error.find("holds no program"), std::string::npos);
    file.begin(encode(program_of(10000)));
  }
  EXPECT_EQ(::truncate(path_.c_str(), 1000), 0);
  EXPECT_NE(load_program(path_).error.find("cut short"), std::string::npos);
  EXPECT_EQ(::truncate(path_.c_str(), 20), 0);
  EXPECT_NE(load_program(path_).error.find("shorter than its header"), std::string::npos);
}

TEST_F(WriteAheadTest, WithoutAFileNothingHappens) {
  WriteAhead file("/nonexistent/folder/file");
  EXPECT_FALSE(file.ok());
  EXPECT_NE(file.error().find("/nonexistent/folder/file"), std::string::npos);
  file.begin(encode(program_of(1)));
  EXPECT_EQ(file.progress(), nullptr);
  file.finish();
}

}  // namespace
}  // namespace gcmap::harness
