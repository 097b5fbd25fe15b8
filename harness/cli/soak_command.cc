// gcmap soak: long random programs one after the other in one process, whose memory must not grow.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cinttypes>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>

#include "gcmap/internal/alloc/poison.h"
#include "harness/cli/command_line.h"
#include "harness/cli/commands.h"
#include "harness/mutate/soak.h"
#include "harness/program/codec_text.h"
#include "harness/program/output.h"
#include "harness/program/repeat.h"
#include "harness/run/interpreter.h"
#include "harness/run/interruption.h"

namespace gcmap::harness {
namespace {

constexpr char kUsage[] =
    R"(usage: gcmap soak [--operations N] [--seed N] [-o OUT]

Runs long random programs, about maps and about the heap, one after the other in one process, until N operations
are done or one fails: every oracle, collections, limits and failed allocations at random points. Memory must not
grow: what is resident in the end is compared with the first tenth.

  --operations N  default 1000000
  --seed N        of the programs (default 1)
  -o OUT          where a program that fails goes (default soak-failure.txt)

Exit code: 0 nothing found, 1 a program failed or memory grew, 2 the system refuses what a run takes.

  gcmap soak --operations 100000000
)";

constexpr uint64_t kTenths = 10;
// Of resident memory after the first tenth. AddressSanitizer keeps what was freed, up to 256 MiB of it.
constexpr uint64_t kGrowthBytesMax = uint64_t{kPoisoning ? 512 : 64} << 20;

struct Settings {
  uint64_t operations = 1'000'000;
  uint64_t seed = 1;
  std::string out = "soak-failure.txt";
};

uint64_t resident_bytes() {
  unsigned long long pages = 0;
  std::FILE* const file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr) return 0;
  if (std::fscanf(file, "%*u %llu", &pages) != 1) pages = 0;
  std::fclose(file);
  return pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

// What has been done so far; in memory the parent shares, which outlives a crash.
struct Tally {
  uint64_t programs;
  RunStats stats;
  uint64_t early_bytes;  // resident after the first tenth
  uint64_t late_bytes;   // at the last look
};

class Soak {
 public:
  Soak(const Settings& settings, Tally& tally) : settings_(settings), tally_(tally) {}

  // Runs in the child.
  // Returns the exit code.
  int run_all() {
    for (uint64_t tenth = 1; tenth <= kTenths; ++tenth) {
      while (tally_.stats.operations < settings_.operations / kTenths * tenth) {
        const VerdictKind kind = run_next();
        if (kind == VerdictKind::kEnvironment) return kExitUsage;
        if (kind != VerdictKind::kOk && kind != VerdictKind::kMisuse) return kExitBugFound;
      }
      tally_.late_bytes = resident_bytes();
      if (tenth == 1) tally_.early_bytes = tally_.late_bytes;
      print_line(tenth);
    }
    return kExitNothingFound;
  }

 private:
  VerdictKind run_next() {
    RunStats stats;
    const Verdict verdict = run(soak_program(settings_.seed, tally_.programs), {}, &stats);
    if (verdict.kind == VerdictKind::kEnvironment) {
      std::fprintf(stderr, "%s: %s\n", name_of_command("soak").c_str(), printable(verdict.detail).c_str());
      return verdict.kind;
    }
    if (verdict.failed()) {
      std::printf("%s: %s\n", verdict.signature().c_str(), verdict.detail.c_str());
      std::fflush(stdout);
      return verdict.kind;
    }
    ++tally_.programs;
    tally_.stats.operations += stats.operations;
    tally_.stats.growths += stats.growths;
    tally_.stats.cycles += stats.cycles;
    tally_.stats.failed_allocations += stats.failed_allocations;
    tally_.stats.callbacks += stats.callbacks;
    return verdict.kind;
  }

  void print_line(uint64_t tenth) const {
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - started_;
    std::printf("%3" PRIu64 " %%  %12" PRIu64 " operations  %10" PRIu64 " cycles  %9" PRIu64
                " growths  %9" PRIu64 " failed allocations  %5" PRIu64 " MiB  %6.0f s\n",
                tenth * 10, tally_.stats.operations, tally_.stats.cycles, tally_.stats.growths,
                tally_.stats.failed_allocations, tally_.late_bytes >> 20, elapsed.count());
    std::fflush(stdout);
  }

  const Settings& settings_;
  Tally& tally_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

void print_repeat(const Settings& settings) {
  std::printf("repeat: %s --operations %" PRIu64 " --seed %" PRIu64 "\n", words_of_command("soak").c_str(),
              settings.operations, settings.seed);
}

// The program that failed or crashed is made again from its number.
int report_failure(const CommandLine& line, const Settings& settings, const Tally& tally) {
  const std::string program = print(soak_program(settings.seed, tally.programs));
  const std::string error = write_output(settings.out, program);
  if (!error.empty()) std::fputs(program.c_str(), stdout);  // it is all there is
  std::printf("program %" PRIu64 " of seed %" PRIu64 " failed after %" PRIu64 " operations\n", tally.programs,
              settings.seed, tally.stats.operations);
  if (error.empty()) {
    std::printf("%s\n", repeat_line("replay", settings.out, "--quiet").c_str());
  } else {
    line.fail(error);
    print_repeat(settings);
  }
  return kExitBugFound;
}

int judge(const CommandLine& line, const Settings& settings, const Tally& tally, int status) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == kExitUsage) return kExitUsage;  // it said why
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
    return line.fail("the child was killed: the system ran out of memory, or somebody did it");
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
    return line.fail("the child used up the processor time it was allowed: ulimit -t");
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE)
    return 128 + SIGPIPE;  // nobody reads what it prints
  if (!WIFEXITED(status) || WEXITSTATUS(status) != kExitNothingFound)
    return report_failure(line, settings, tally);
  if (tally.late_bytes > tally.early_bytes + kGrowthBytesMax) {
    std::printf("memory grew from %" PRIu64 " to %" PRIu64 " MiB after the first tenth\n",
                tally.early_bytes >> 20, tally.late_bytes >> 20);
    print_repeat(settings);
    return kExitBugFound;
  }
  std::printf("nothing found in %" PRIu64 " programs; memory %" PRIu64 " MiB after the first tenth, %" PRIu64
              " MiB in the end\n",
              tally.programs, tally.early_bytes >> 20, tally.late_bytes >> 20);
  return kExitNothingFound;
}

}  // namespace

int soak_command(std::span<char*> args) {
  Settings settings;
  CommandLine line;
  line.command = "soak";
  line.usage = kUsage;
  line.flags = {{"--operations", &settings.operations}, {"--seed", &settings.seed}, {"-o", &settings.out}};
  if (const std::optional<int> exit_code = line.parse(args)) return *exit_code;
  if (settings.operations < kTenths) return line.fail("--operations must be at least 10");
  if (const std::string problem = output_problem(settings.out); !problem.empty()) return line.fail(problem);
  void* const shared =
      mmap(nullptr, sizeof(Tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED)
    return line.fail(std::string("no memory to share with a child: ") + std::strerror(errno));
  auto* const tally = new (shared) Tally{};
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) return line.fail(std::string("no child could be started: ") + std::strerror(errno));
  if (child == 0) {
    die_with(parent);
    _exit(Soak(settings, *tally).run_all());
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return judge(line, settings, *tally, status);
}

}  // namespace gcmap::harness
