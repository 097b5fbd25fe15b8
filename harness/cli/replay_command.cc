// gcmap replay: a program, step by step.
#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <optional>
#include <string>

#include "harness/cli/command_line.h"
#include "harness/cli/commands.h"
#include "harness/program/codec_text.h"
#include "harness/program/load.h"
#include "harness/program/repeat.h"
#include "harness/run/child.h"

namespace gcmap::harness {
namespace {

constexpr char kUsage[] =
    R"(usage: gcmap replay FILE [--until N] [--dump] [--quiet | --signature] [--any-bytes]

Runs the program in FILE (text, binary, or a write-ahead file) on the map and on the model, and prints
each operation with its answer, then how often the run stood at each decision point in each phase of the
collector, then the verdict. A crash is a verdict too; the sanitizer's report goes to stderr.

  --until N       run only the operations before number N, then the checks at the end
  --dump          after each operation print the structure of the maps
  --quiet         print the verdict only
  --signature     print nothing but the line by which the failure is known again: oracle@operation, kind of map,
                  and of a crash the function or file of the library it happened in; "ok" if there is none
  --any-bytes     run a file that is no program as a fuzzing engine would
  --cpu-ms N      processor time until an operation counts as a hang (default: ten times what any of the program can
                  take; 500 or more)

Exit code: 0 the program ran, 1 it failed, 2 FILE is no program or the system refuses what a run takes, 3 the
program was still going on after 100 seconds of processor time, or ten times --cpu-ms.

  gcmap replay corpus/seeds/a-set.txt
  gcmap replay corpus/seeds/a-set.txt --until 5 --dump
)";

// Prints each line when it is complete, so that it is there when the next operation crashes.
class StepPrinter : public RunObserver {
 public:
  void before(size_t index, const Operation& operation) override {
    std::printf("%6zu  %-36s", index, print(operation).c_str());
    std::fflush(stdout);
  }
  void after(size_t, const Operation&, const std::string& answer) override {
    std::printf(" -> %s\n", answer.c_str());
    std::fflush(stdout);
  }
  void finished(const RunStats& stats) override {
    std::printf("\n%s\n", table_of(stats.points).c_str());
    std::fflush(stdout);
  }
};

void print_verdict(const Program& program, const Verdict& verdict) {
  if (verdict.kind == VerdictKind::kOk) {
    std::printf("ok: %zu operations, digest %016" PRIx64 "\n", program.operations.size(), verdict.digest);
    return;
  }
  const std::string place = verdict.operation < program.operations.size()
                                ? "operation " + std::to_string(verdict.operation) + ", " +
                                      print(program.operations[verdict.operation])
                                : std::string("the checks at the end");
  const std::string signature = verdict.failed() ? " " + verdict.signature() : "";
  std::printf("%s%s at %s: %s\n", name_of(verdict.kind), signature.c_str(), place.c_str(),
              verdict.detail.c_str());
}

int exit_code_of(const Verdict& verdict) {
  if (verdict.kind == VerdictKind::kEnvironment) return kExitUsage;
  if (verdict.kind == VerdictKind::kUndecided) return kExitUndecided;
  return verdict.failed() ? kExitBugFound : kExitNothingFound;
}

}  // namespace

int replay_command(std::span<char*> args) {
  uint64_t until = UINT64_MAX;
  uint64_t cpu_ms_max = 0;
  bool dump = false;
  bool quiet = false;
  bool signature = false;
  LoadOptions load;
  CommandLine line;
  line.command = "replay";
  line.usage = kUsage;
  line.flags = {{"--until", &until},
                {"--dump", &dump},
                {"--quiet", &quiet},
                {"--signature", &signature},
                {"--any-bytes", &load.any_bytes},
                {"--cpu-ms", &cpu_ms_max}};
  line.files_least = line.files_most = 1;
  if (const std::optional<int> exit_code = line.parse(args)) return *exit_code;
  quiet = quiet || signature;
  const LoadResult loaded = load_program(line.files[0], load);
  if (!loaded.program) return line.fail(loaded.error);

  StepPrinter printer;
  ChildOptions options;
  options.run.until = until;
  options.run.dump = dump;
  options.run.observer = quiet ? nullptr : &printer;
  options.cpu_ms_max = std::min<uint64_t>(cpu_ms_max, 100'000'000);
  options.program_cpu_ms_max = std::max(options.program_cpu_ms_max, 10 * options.cpu_ms_max);
  if (!quiet) std::printf("%s\n", print(loaded.program->config).c_str());
  if (!quiet && loaded.stopped_at)
    std::printf("# the process was killed at operation %u\n", *loaded.stopped_at);
  std::string report;
  const Verdict verdict = run_in_child(*loaded.program, options, &report);
  if (verdict.kind == VerdictKind::kEnvironment) return line.fail(line.files[0] + ": " + verdict.detail);
  if (signature) {
    std::printf("%s\n", known_signature(verdict, loaded.program->config).c_str());
    return exit_code_of(verdict);
  }
  if (!quiet && (verdict.kind == VerdictKind::kCrash || verdict.kind == VerdictKind::kHang))
    std::printf("\n");
  std::fflush(stdout);
  std::fwrite(report.data(), 1, report.size(), stderr);
  print_verdict(*loaded.program, verdict);
  if (verdict.failed()) {
    const std::string flags = load.any_bytes ? "--any-bytes" : "";
    std::printf("%s\n", line_to_type("reduce", "reduce", line.files[0], flags).c_str());
  }
  return exit_code_of(verdict);
}

}  // namespace gcmap::harness
