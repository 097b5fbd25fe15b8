// The program survives kill -9, and damaged files are told apart.
#include "harness/run/write_ahead.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "harness/program/codec_binary.h"
#include "harness/program/load.h"
#include "harness/program/operands.h"

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

constexpr int kNoMount = 77;
constexpr rlim_t kRoomBytes = 256 << 10;

// Mounts a disk of kRoomBytes at `path`, in a name space of the process's own.
// Returns false where that is not allowed, as in many containers.
bool mount_small_disk(const std::string& path) {
  const std::string user = "0 " + std::to_string(::getuid()) + " 1";
  const std::string group = "0 " + std::to_string(::getgid()) + " 1";
  if (::unshare(CLONE_NEWNS) != 0) {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    std::ofstream("/proc/self/uid_map") << user;
    std::ofstream("/proc/self/setgroups") << "deny";  // or the next line is refused
    std::ofstream("/proc/self/gid_map") << group;
  }
  ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr);  // nobody else sees what follows
  return ::mount("none", path.c_str(), "tmpfs", 0, "size=256k") == 0;
}

void limit_files(rlim_t bytes) {
  ::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit = {bytes, bytes};
  ::setrlimit(RLIMIT_FSIZE, &limit);
}

// In a child, where there is little room: on a disk of its own, or under a limit on files. What there is room
// for is written, and what there is not is given up without a signal.
// Returns the exit code.
int run_out_of_room(const std::string& path, bool on_disk) {
  if (on_disk && !mount_small_disk(path)) return kNoMount;
  if (!on_disk) limit_files(kRoomBytes);
  const std::string name = path + "/write-ahead";
  WriteAhead file(name);
  file.begin(encode(program_of(100)));
  if (!file.ok()) return 2;
  file.begin(encode(program_of(60'000)));
  if (file.ok() || file.error().find(on_disk ? "No space left" : "File too large") == std::string::npos)
    return 3;
  file.begin(encode(program_of(100)));
  file.finish();
  if (file.progress() != nullptr) return 4;
  ::unlink(name.c_str());
  if (on_disk)
    std::ofstream(path + "/rest") << std::string(300'000, 'x');
  else
    limit_files(0);
  const WriteAhead none(name);
  if (none.ok()) return 5;
  return ::access(name.c_str(), F_OK) == 0 ? 6 : 0;
}

TEST_F(WriteAheadTest, NoRoomIsAnErrorAndNoSignal) {
  ASSERT_EQ(::mkdir(path_.c_str(), 0700), 0);
  for (const bool on_disk : {true, false}) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) ::_exit(run_out_of_room(path_, on_disk));
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
    if (on_disk && WEXITSTATUS(status) == kNoMount) continue;  // the limit is left to look at
    EXPECT_EQ(WEXITSTATUS(status), 0) << (on_disk ? "on a full disk" : "at a limit on files");
  }
  ::rmdir(path_.c_str());
}

TEST_F(WriteAheadTest, WhatIsNoFileIsLeftAlone) {
  const WriteAhead null("/dev/null");
  EXPECT_FALSE(null.ok());
  EXPECT_EQ(::access("/dev/null", W_OK), 0);
}

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
