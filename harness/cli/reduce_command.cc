// gcmap reduce: the simplest program that fails in the same way.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "harness/cli/command_line.h"
#include "harness/cli/commands.h"
#include "harness/program/codec_binary.h"
#include "harness/program/codec_text.h"
#include "harness/program/load.h"
#include "harness/program/order.h"
#include "harness/program/output.h"
#include "harness/program/repeat.h"
#include "harness/reduce/reducer.h"
#include "harness/run/child.h"
#include "harness/run/interruption.h"

namespace gcmap::harness {
namespace {

constexpr char kUsage[] =
    R"(usage: gcmap reduce FILE [-o OUT] [--strictness WHICH] [--executions N] [--cpu-ms N] [--clean PROGRAM] [--any-bytes]

Reduces the failing program in FILE to the simplest one that fails in the same way. The best so far is always
in OUT, unless OUT is a device or a FIFO: those get the result.

  -o OUT              default FILE.reduced.txt; binary if OUT ends in .bin
  --strictness WHICH  what "the same way" means: bug (oracle and operation kind, the default), oracle, any
  --executions N      give up after N runs (default 20000); a simpler program that OUT holds already then stays
  --cpu-ms N          processor time until an operation counts as a hang (default: ten times what any of the
                      program can take; 500 or more)
  --clean PROGRAM     a gcmap without the fault under test: says whether it passes the result
  --any-bytes         take a file that is no program as a fuzzing engine would

Exit code: 0 OUT holds the reduced program, 2 FILE is no program or does not fail, OUT cannot be written, or the
system refuses what a run takes, 3 --executions ended it and OUT holds the best so far, or FILE came to no verdict,
128 + the signal's number if it was interrupted, and OUT holds the best so far.

  gcmap reduce CRASH
  gcmap reduce CRASH -o smaller.txt --strictness oracle
)";

constexpr uint64_t kProgramCpuMsMax = 20'000;  // there are hundreds to run

struct Settings {
  std::string out;
  std::string strictness = "bug";
  std::string clean;
  uint64_t executions_max = 20'000;
  uint64_t cpu_ms_max = 0;
  LoadOptions load;
};

// Turning addresses into names costs a crash a tenth of a second, and a reduction has hundreds. The
// sanitizers read their options when the process begins, so this begins it again; replaying the result names
// the addresses.
void restart_without_symbolizer(std::span<char*> args) {
  const char* old_options = std::getenv("ASAN_OPTIONS");
  const std::string options = old_options == nullptr ? "" : old_options;
  if (options.find("symbolize=") != std::string::npos) return;
  ::setenv("ASAN_OPTIONS", (options + (options.empty() ? "" : ":") + "symbolize=0").c_str(), 1);
  std::string name = program_as_called();
  std::string command = "reduce";
  std::vector<char*> argv = {name.data(), command.data()};
  argv.insert(argv.end(), args.begin(), args.end());
  argv.push_back(nullptr);
  ::execv("/proc/self/exe", argv.data());
}

std::optional<Strictness> strictness_of(const std::string& name) {
  if (name == "bug") return Strictness::kSameBug;
  if (name == "oracle") return Strictness::kSameOracle;
  if (name == "any") return Strictness::kAnyFailure;
  return std::nullopt;
}

std::string contents_of(const std::string& path, const Program& program, const Verdict& verdict) {
  if (path.ends_with(".bin")) {
    const std::vector<uint8_t> bytes = encode(program);
    return {bytes.begin(), bytes.end()};
  }
  return "# " + verdict.signature() + ": " + printable(verdict.detail) + "\n" + print(program);
}

// The file a reduction keeps its best in, and what was in it before: a simpler program that fails in the same
// way is not lost to a reduction that was cut short.
class Keeper {
 public:
  Keeper(const Settings& settings, const std::string& source)
      : path_(settings.out), stream_(is_stream(path_)) {
    std::error_code error;
    if (stream_ || !std::filesystem::exists(path_, error)) return;
    if (std::filesystem::equivalent(path_, source, error)) return;
    held_ = load_program(path_).program;
  }

  // The program OUT held, if it may be worth keeping. To be asked once.
  std::optional<Program> take_held() { return std::exchange(held_, std::nullopt); }
  void hold(Program simpler) { kept_ = std::move(simpler); }

  // Does OUT still hold a simpler program than this one?
  bool keeps(const Program& than) const { return kept_ && is_simpler(*kept_, than); }

  void save_best(const Program& best, const Verdict& verdict) {
    if (!stream_ && !keeps(best)) save(best, verdict);
  }
  void save_result(const ReduceResult& result) {
    const bool stays = !result.complete && keeps(result.program);
    if (!stays && (stream_ || kept_ || !problem_.empty())) save(result.program, result.verdict);
  }
  const std::string& problem() const { return problem_; }

 private:
  void save(const Program& program, const Verdict& verdict) {
    problem_ = write_output(path_, contents_of(path_, program, verdict));
  }

  std::string path_;
  bool stream_;
  std::optional<Program> held_;
  std::optional<Program> kept_;
  std::string problem_;  // of the last attempt to write
};

// Prints a line whenever the program has fewer operations than in the line before.
class Progress {
 public:
  void report(const Program& best, const ReduceStats& stats) {
    if (best.operations.size() >= shown_) return;
    shown_ = best.operations.size();
    std::fprintf(stderr, "%8llu runs  %6zu operations  %.*s\n",
                 static_cast<unsigned long long>(stats.executions), shown_,
                 static_cast<int>(stats.pass.size()), stats.pass.data());
  }

 private:
  size_t shown_ = SIZE_MAX;
};

// What another build of gcmap says of the program in `path`: a line for people.
std::string word_of_clean(const std::string& clean, const std::string& path) {
  const std::string command = shell_quoted(clean) + " replay --signature " + shell_quoted(path) + " 2>&1";
  std::FILE* const pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return "clean: " + clean + " could not be started: " + std::strerror(errno);
  char line[4096] = "";
  const bool said = std::fgets(line, sizeof line, pipe) != nullptr;
  const int status = ::pclose(pipe);
  const std::string words = printable(std::string(line, std::strcspn(line, "\n")));
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  if (code == kExitNothingFound) return "clean: " + clean + " passes it";
  if (code == kExitBugFound)
    return "clean: " + clean + " FAILS IT TOO: " + words + "; what fails is not the fault";
  return "clean: " + clean + " came to no verdict" + (said ? ": " + words : "");
}

// One reduction of one file: runs, keeps, reports.
class Session {
 public:
  Session(const CommandLine& line, const Settings& settings, Strictness strictness)
      : line_(line), settings_(settings), strictness_(strictness), keeper_(settings, line.files[0]) {}

  int reduce_program(const Program& program) {
    Progress progress;
    ReduceOptions options;
    options.strictness = strictness_;
    options.executions_max = settings_.executions_max;
    options.run = [&](const Program& candidate) { return run(candidate); };
    options.stop = [&] { return interruption_.signal() != 0 || !refused_.empty(); };
    options.on_better = [&](const Program& best, const Verdict& verdict, const ReduceStats& stats) {
      if (const auto held = keeper_.take_held()) look_at(*held, verdict);
      progress.report(best, stats);
      keeper_.save_best(best, verdict);
    };
    const ReduceResult result = reduce(program, options);
    if (!result.original.failed()) return without_failure(result.original);
    keeper_.save_result(result);
    print_result(program, result);
    return exit_code_of(result);
  }

 private:
  Verdict run(const Program& candidate) {
    ChildOptions child;
    child.cpu_ms_max = std::min<uint64_t>(settings_.cpu_ms_max, 100'000'000);
    child.program_cpu_ms_max = std::max(kProgramCpuMsMax, 10 * child.cpu_ms_max);
    Verdict verdict = run_in_child(candidate, child);
    if (verdict.kind == VerdictKind::kEnvironment) refused_ = verdict.detail;
    return verdict;
  }

  // Does what OUT held before fail as the program to reduce does?
  void look_at(const Program& held, const Verdict& wanted) {
    if (is_same_failure(wanted, run(held), strictness_)) keeper_.hold(held);
  }

  int without_failure(const Verdict& verdict) const {
    const std::string& file = line_.files[0];
    if (interruption_.signal() != 0) return 128 + interruption_.signal();
    if (verdict.kind == VerdictKind::kEnvironment) return line_.fail(file + ": " + verdict.detail);
    if (verdict.kind == VerdictKind::kUndecided) {
      line_.fail(file + ": " + verdict.detail + "; --cpu-ms raises it");
      return kExitUndecided;
    }
    return line_.fail(file + " does not fail; there is nothing to reduce ('" + name_of_command("replay") +
                      "' shows what it does)");
  }

  void print_result(const Program& program, const ReduceResult& result) const {
    const char* const cut = result.complete               ? ""
                            : interruption_.signal() != 0 ? ", when it was interrupted"
                            : !refused_.empty()           ? ", when the system refused a run"
                                                          : ", when --executions ended it";
    std::printf("%s: %s\n", result.verdict.signature().c_str(), printable(result.verdict.detail).c_str());
    if (result.verdict.signature() != result.original.signature())
      std::printf("before reduction it was seen as %s\n", result.original.signature().c_str());
    std::printf("%zu operations became %zu in %llu runs%s\n%s", program.operations.size(),
                result.program.operations.size(), static_cast<unsigned long long>(result.stats.executions),
                cut, print(result.program).c_str());
    if (!result.complete && keeper_.keeps(result.program))
      std::printf("%s held a simpler program that fails in the same way, and still does\n",
                  printable(settings_.out).c_str());
    const bool readable = keeper_.problem().empty() && !is_stream(settings_.out);
    if (readable && !settings_.clean.empty() && interruption_.signal() == 0 && refused_.empty())
      std::printf("%s\n", word_of_clean(settings_.clean, settings_.out).c_str());
    const bool any_bytes = !readable && settings_.load.any_bytes;
    std::printf("%s\n", repeat_line("replay", readable ? settings_.out : line_.files[0],
                                    any_bytes ? "--any-bytes" : "")
                            .c_str());
  }

  int exit_code_of(const ReduceResult& result) const {
    if (!keeper_.problem().empty()) return line_.fail(keeper_.problem());
    if (interruption_.signal() != 0) return 128 + interruption_.signal();
    if (!refused_.empty()) return line_.fail("ended early: " + refused_);
    return result.complete ? kExitNothingFound : kExitUndecided;
  }

  const CommandLine& line_;
  const Settings& settings_;
  Strictness strictness_;
  Keeper keeper_;
  Interruption interruption_;
  std::string refused_;  // what the system refused
};

}  // namespace

int reduce_command(std::span<char*> args) {
  Settings settings;
  CommandLine line;
  line.command = "reduce";
  line.usage = kUsage;
  line.flags = {{"-o", &settings.out},
                {"--strictness", &settings.strictness},
                {"--executions", &settings.executions_max},
                {"--cpu-ms", &settings.cpu_ms_max},
                {"--clean", &settings.clean},
                {"--any-bytes", &settings.load.any_bytes}};
  line.files_least = line.files_most = 1;
  if (const std::optional<int> exit_code = line.parse(args)) return *exit_code;
  const std::optional<Strictness> strictness = strictness_of(settings.strictness);
  if (!strictness)
    return line.fail("--strictness is one of bug, oracle, any; not '" + settings.strictness + "'");
  if (settings.out.empty()) settings.out = line.files[0] + ".reduced.txt";
  restart_without_symbolizer(args);
  const LoadResult loaded = load_program(line.files[0], settings.load);
  if (!loaded.program) return line.fail(loaded.error);
  if (const std::string problem = output_problem(settings.out); !problem.empty()) return line.fail(problem);
  return Session(line, settings, *strictness).reduce_program(*loaded.program);
}

}  // namespace gcmap::harness
