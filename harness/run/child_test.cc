// Whatever ends the child, the parent gets a verdict that says what and where.
#include "harness/run/child.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include "gcmap/gcmap.h"
#include "gcmap/internal/base/check.h"
#include "harness/program/operands.h"
#include "harness/run/interruption.h"

namespace gcmap::harness {
namespace {

Program three_operations() {
  Program program;
  program.operations = {simplest_operation(OpKind::kPut), simplest_operation(OpKind::kErase),
                        simplest_operation(OpKind::kCollect)};
  return program;
}

// Runs a target that dies or ends at operation 1, an erase.
Verdict run_target(const std::function<Verdict()>& at_operation_one, std::string* report = nullptr,
                   uint64_t cpu_ms_max = 10'000, uint64_t wall_ms_max = 100'000) {
  ChildOptions options;
  options.cpu_ms_max = cpu_ms_max;
  options.wall_ms_max = wall_ms_max;
  options.runner = [&](const Program&, const RunOptions& run_options) {
    *run_options.progress = 1;
    return at_operation_one();
  };
  return run_in_child(three_operations(), options, report);
}

TEST(Child, VerdictsComeBackWhole) {
  const Verdict sent = {VerdictKind::kBug, "M10", 1, OpKind::kErase, "expected 8, found 9", 77};
  const Verdict got = run_target([&] { return sent; });
  EXPECT_EQ(got.kind, sent.kind);
  EXPECT_EQ(got.oracle, sent.oracle);
  EXPECT_EQ(got.operation, sent.operation);
  EXPECT_EQ(got.op, sent.op);
  EXPECT_EQ(got.detail, sent.detail);
  EXPECT_EQ(got.digest, sent.digest);
}

TEST(Child, LongDetailsAreCutAndNotLost) {
  const Verdict got = run_target([] {
    return Verdict{VerdictKind::kBug, std::string(1000, 'O'),    1,
                   OpKind::kErase,    std::string(100'000, 'x'), 0};
  });
  EXPECT_EQ(got.kind, VerdictKind::kBug);
  EXPECT_GT(got.detail.size(), 1000u);
}

TEST(Child, AFailedCheckNamesItsCondition) {
  std::string report;
  const Verdict got = run_target(
      []() -> Verdict {
        const int found = 2;
        GCMAP_CHECK(found == 3, "found %d", found);
        return {};
      },
      &report);
  EXPECT_EQ(got.kind, VerdictKind::kCrash);
  EXPECT_EQ(got.signature(), "CHECK@erase");
  EXPECT_EQ(got.detail, "found == 3");
  EXPECT_EQ(got.operation, 1u);
  EXPECT_NE(report.find("found 2"), std::string::npos);
}

TEST(Child, SignalsAreNamed) {
  const Verdict aborted = run_target([]() -> Verdict { std::abort(); });
  EXPECT_EQ(aborted.signature(), "SIGABRT@erase");
  const Verdict killed = run_target([]() -> Verdict {
    ::raise(SIGKILL);
    return {};
  });
  EXPECT_EQ(killed.kind, VerdictKind::kEnvironment) << "somebody else did it; the library cannot";
  EXPECT_FALSE(killed.failed());
  EXPECT_NE(killed.detail.find("killed by SIGKILL"), std::string::npos) << killed.detail;
}

TEST(Child, TheFirstWordsOnStderrExplainASignal) {
  const Verdict got = run_target([]() -> Verdict {
    std::fputs("fatal error: concurrent map writes\nmore\n", stderr);
    std::abort();
  });
  EXPECT_EQ(got.oracle, "SIGABRT");
  EXPECT_EQ(got.detail, "fatal error: concurrent map writes");
}

TEST(Child, AnExitIsACrash) {
  const Verdict got = run_target([]() -> Verdict { ::_exit(3); });
  EXPECT_EQ(got.kind, VerdictKind::kCrash);
  EXPECT_EQ(got.signature(), "EXIT@erase");
  EXPECT_EQ(got.detail, "the process ended with status 3");
}

TEST(Child, AnEndlessLoopIsAHang) {
  const Verdict got = run_target(
      []() -> Verdict {
        volatile bool forever = true;
        while (forever) {
        }
        return {};
      },
      nullptr, 50);
  EXPECT_EQ(got.kind, VerdictKind::kHang);
  EXPECT_EQ(got.signature(), "HANG@erase");
  EXPECT_EQ(got.detail, "it came to no end within 50 ms of processor time");
}

TEST(Child, AHangInUnitsOfWorkIsSentByTheChild) {
  ChildOptions options;
  options.runner = [](const Program&, const RunOptions& run_options) -> Verdict {
    run_options.hung({VerdictKind::kHang, "HANG", 1, OpKind::kErase, "too much work"});
    std::abort();
  };
  const Verdict got = run_in_child(three_operations(), options);
  EXPECT_EQ(got.kind, VerdictKind::kHang);
  EXPECT_EQ(got.signature(), "HANG@erase");
  EXPECT_EQ(got.detail, "too much work");
}

TEST(Child, WaitingForeverIsAHangToo) {
  const Verdict got = run_target(
      []() -> Verdict {
        for (;;) ::pause();
      },
      nullptr, 20, 200);
  EXPECT_EQ(got.kind, VerdictKind::kHang);
  EXPECT_EQ(got.detail, "the operation never came back");
}

// Uses up processor time, on one operation after the other if `moving`.
Verdict spin(bool moving) {
  ChildOptions options;
  options.cpu_ms_max = 20;
  options.program_cpu_ms_max = 200;
  options.runner = [=](const Program&, const RunOptions& run_options) {
    for (volatile uint32_t turn = 0;; turn = turn + 1) *run_options.progress = moving ? turn : 1;
    return Verdict();
  };
  return run_in_child(three_operations(), options);
}

TEST(Child, WhoGoesOnForLongIsUndecidedAndNoHang) {
  EXPECT_EQ(spin(false).kind, VerdictKind::kHang);
  const Verdict moving = spin(true);
  EXPECT_EQ(moving.kind, VerdictKind::kUndecided) << moving.detail;
  EXPECT_FALSE(moving.failed());
}

TEST(Child, NoChildIsNoVerdictOnTheLibrary) {
  rlimit files = {};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
  const rlimit none = {0, files.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const Verdict got = run_in_child(three_operations());
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);
  EXPECT_EQ(got.kind, VerdictKind::kEnvironment);
  EXPECT_NE(got.detail.find("memory file: Too many open files"), std::string::npos) << got.detail;
}

// A process that can reserve no further heap: it takes all address space, and whatever was kept for reuse.
Verdict run_without_address_space(const Program& program, const RunOptions& options) {
  constexpr size_t kReservedBytes = size_t{1} << 36;
  while (::mmap(nullptr, kReservedBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) !=
         MAP_FAILED) {
  }
  std::vector<std::unique_ptr<Heap>> heaps;
  try {
    for (;;) heaps.push_back(std::make_unique<Heap>());
  } catch (const std::system_error&) {
    return run(program, options);
  }
}

TEST(Child, NoAddressSpaceIsNoVerdictOnTheLibrary) {
  ChildOptions options;
  options.runner = run_without_address_space;
  const Verdict got = run_in_child(three_operations(), options);
  EXPECT_EQ(got.kind, VerdictKind::kEnvironment) << got.signature();
  EXPECT_NE(got.detail.find("address space"), std::string::npos) << got.detail;
}

// Reads until the other side of the pipe has no writer left; false after ten seconds.
bool ends_before_long(int pipe) {
  pollfd wanted = {pipe, POLLIN, 0};
  char byte = 0;
  return ::poll(&wanted, 1, 10'000) == 1 && ::read(pipe, &byte, 1) == 0;
}

TEST(Child, ItDoesNotOutliveItsParent) {
  int alive[2];  // the children hold its writing end
  int ready[2];
  ASSERT_EQ(::pipe(alive), 0);
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    ChildOptions options;
    options.runner = [&](const Program&, const RunOptions&) -> Verdict {
      static_cast<void>(::write(ready[1], "x", 1));
      for (;;) ::pause();
    };
    run_in_child(three_operations(), options);
    ::_exit(0);
  }
  ::close(alive[1]);
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  EXPECT_TRUE(ends_before_long(alive[0])) << "the child goes on, and nobody waits for it";
  for (const int file : {alive[0], ready[0], ready[1]}) ::close(file);
}

TEST(Interruption, EndsTheChildAndIsRemembered) {
  Interruption interruption;
  EXPECT_EQ(interruption.signal(), 0);
  ChildOptions options;
  options.runner = [](const Program&, const RunOptions&) -> Verdict {
    ::kill(::getppid(), SIGINT);
    for (;;) ::pause();
  };
  const Verdict got = run_in_child(three_operations(), options);
  EXPECT_EQ(interruption.signal(), SIGINT);
  EXPECT_EQ(got.kind, VerdictKind::kEnvironment);
}

TEST(Child, ALargeReportDoesNotBlock) {
  std::string report;
  const Verdict got = run_target(
      []() -> Verdict {
        for (int i = 0; i < 100'000; ++i) std::fputs("0123456789\n", stderr);
        return {};
      },
      &report);
  EXPECT_EQ(got.kind, VerdictKind::kOk);
  EXPECT_EQ(report.size(), 1'100'000u);
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GCMAP_TEST_UNDER_ASAN
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define GCMAP_TEST_UNDER_ASAN
#endif

#ifdef GCMAP_TEST_UNDER_ASAN
TEST(Child, AddressSanitizerIsAnOracle) {
  const Verdict got = run_target([]() -> Verdict {
    char* volatile freed = static_cast<char*>(std::malloc(8));
    std::free(freed);
    Verdict verdict;
    verdict.operation = static_cast<size_t>(freed[1]);
    return verdict;
  });
  EXPECT_EQ(got.kind, VerdictKind::kCrash);
  EXPECT_EQ(got.signature(), "AS@erase");
  EXPECT_TRUE(got.detail.starts_with("heap-use-after-free")) << got.detail;
}
#endif

TEST(DeathReport, AddressSanitizer) {
  const DeathReport death = read_death_report(
      "=================================================================\n"
      "==123==ERROR: AddressSanitizer: use-after-poison on address 0x7f00 at pc 0x55 bp 0x7f sp 0x7f\n"
      "READ of size 8 at 0x7f00 thread T0\n"
      "    #0 0x55 in __asan_memcpy (/lib/x86_64-linux-gnu/libasan.so+0x55)\n"
      "    #1 0x55 in std::copy(int*) "
      "/usr/bin/../lib/gcc/x86_64-linux-gnu/12/../../../../include/c++/12/bits/stl.h:1:1\n"
      "    #1 0x56 in gcmap::(anonymous namespace)::Walk::find(unsigned long) const "
      "/home/me/gcmap/lib/map/access.cc:12:3\n"
      "    #2 0x57 in main /home/me/gcmap/harness/cli/main.cc:1:1\n");
  EXPECT_EQ(death.oracle, "AS");
  EXPECT_EQ(death.detail, "use-after-poison in gcmap::Walk::find at lib/map/access.cc:12:3");
  EXPECT_EQ(death.frame, "gcmap::Walk::find");
  EXPECT_EQ(read_death_report("==1==ERROR: AddressSanitizer: SEGV on unknown address\n"
                              "    #0 0x56 in gcmap::grow(int) ../../lib/map/grow.cc:12:3\n")
                .frame,
            "gcmap::grow");
}

// Or a crash in a folder nobody thought of has no frame, and all of its bugs one signature.
TEST(DeathReport, FramesInEveryFolderOfTheLibraryHaveAPlace) {
  const std::filesystem::path lib(GCMAP_LIB_DIR);
  std::set<std::string> folders;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(lib)) {
    const std::string type = entry.path().extension();
    if (type == ".h" || type == ".cc")
      folders.insert(entry.path().parent_path().lexically_relative(lib.parent_path()));
  }
  EXPECT_GE(folders.size(), 10u);
  for (const std::string& folder : folders) {
    const std::string place = folder + "/some.cc:12:3";
    const DeathReport death = read_death_report(
        "==123==ERROR: AddressSanitizer: use-after-poison on address 0x7f00\n"
        "    #0 0x56 in gcmap::grow(int) /home/me/gcmap/" +
        place + "\n");
    EXPECT_EQ(death.frame, "gcmap::grow") << folder;
    EXPECT_EQ(death.detail, "use-after-poison in gcmap::grow at " + place);
  }
}

TEST(DeathReport, UndefinedBehaviour) {
  const DeathReport death = read_death_report(
      "/x/lib/include/gcmap/internal/map/hash.h:9:3: runtime error: shift exponent 64 is too large\n");
  EXPECT_EQ(death.oracle, "UB");
  EXPECT_EQ(death.detail,
            "lib/include/gcmap/internal/map/hash.h:9:3: runtime error: shift exponent 64 is too large");
  EXPECT_EQ(death.frame, "lib/include/gcmap/internal/map/hash.h");
}

TEST(DeathReport, AFailedCheck) {
  const DeathReport death =
      read_death_report("gcmap: check failed: b < 5\n  at /home/me/gcmap/lib/map/layout.cc:12\n  b is 7\n");
  EXPECT_EQ(death.oracle, "CHECK");
  EXPECT_EQ(death.detail, "b < 5");
  EXPECT_EQ(death.frame, "lib/map/layout.cc");
}

TEST(DeathReport, OtherWordsAreNoReport) {
  EXPECT_EQ(read_death_report("").oracle, "");
  EXPECT_EQ(read_death_report("hello\nworld").oracle, "");
}

}  // namespace
}  // namespace gcmap::harness
