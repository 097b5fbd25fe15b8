// gcmap reduce: the simplest program that fails in the same way.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "harness/child.h"
#include "harness/cli/command_line.h"
#include "harness/cli/commands.h"
#include "harness/codec_binary.h"
#include "harness/codec_text.h"
#include "harness/load.h"
#include "harness/reducer.h"

namespace gcmap::harness {
namespace {

constexpr char kUsage[] =
    R"(usage: gcmap reduce FILE [-o OUT] [--strictness WHICH] [--executions N] [--cpu-ms N]

Reduces the failing program in FILE to the simplest one that fails in the same way. The best so far is always
in OUT.

  -o OUT              default FILE.reduced.txt; binary if OUT ends in .bin
  --strictness WHICH  what "the same way" means: bug (oracle and operation kind, the default), oracle, any
  --executions N      give up after N runs (default 20000)
  --cpu-ms N          processor time until a run counts as a hang (default 2000)

Exit code: 0 OUT holds the reduced program, 2 FILE is no program or does not fail.

  gcmap reduce crash-1f2e3d
  gcmap reduce crash-1f2e3d -o smaller.txt --strictness oracle
)";

struct Settings {
  std::string out;
  std::string strictness = "bug";
  uint64_t executions_max = 20'000;
  uint64_t cpu_ms_max = 2'000;
};

// Turning addresses into names costs a crash a tenth of a second, and a reduction has hundreds. The
// sanitizers read their options when the process begins, so this begins it again; replaying the result names
// the addresses.
void restart_without_symbolizer(std::span<char*> args) {
  const char* old_options = std::getenv("ASAN_OPTIONS");
  const std::string options = old_options == nullptr ? "" : old_options;
  if (options.find("symbolize=") != std::string::npos) return;
  ::setenv("ASAN_OPTIONS", (options + (options.empty() ? "" : ":") + "symbolize=0").c_str(), 1);
  std::string name = "gcmap";
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

std::string write_program(const std::string& path, const Program& program, const Verdict& verdict) {
  if (path.ends_with(".bin")) {
    const std::vector<uint8_t> bytes = encode(program);
    return write_file_atomically(path, std::span(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  }
  std::string detail = verdict.detail;
  std::replace(detail.begin(), detail.end(), '\n', ' ');
  return write_file_atomically(path, "# " + verdict.signature() + ": " + detail + "\n" + print(program));
}

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

int reduce_file(const CommandLine& line, const Program& program, const Settings& settings,
                Strictness strictness) {
  Progress progress;
  std::string write_error;
  ReduceOptions options;
  options.strictness = strictness;
  options.executions_max = settings.executions_max;
  options.run = [&](const Program& candidate) {
    ChildOptions child;
    child.cpu_ms_max = static_cast<uint32_t>(std::min<uint64_t>(settings.cpu_ms_max, 100'000'000));
    return run_in_child(candidate, child);
  };
  options.on_better = [&](const Program& best, const Verdict& verdict, const ReduceStats& stats) {
    progress.report(best, stats);
    if (write_error.empty()) write_error = write_program(settings.out, best, verdict);
  };
  const ReduceResult result = reduce(program, options);
  if (!result.original.failed()) {
    return line.fail(line.files[0] +
                     " does not fail; there is nothing to reduce ('gcmap replay' shows what it does)");
  }
  if (!write_error.empty()) return line.fail(write_error);
  std::printf("%s: %s\n", result.verdict.signature().c_str(), result.verdict.detail.c_str());
  if (result.verdict.signature() != result.original.signature()) {
    std::printf("before reduction it was seen as %s\n", result.original.signature().c_str());
  }
  std::printf("%zu operations became %zu in %llu runs%s\n%s", program.operations.size(),
              result.program.operations.size(), static_cast<unsigned long long>(result.stats.executions),
              result.complete ? "" : ", when --executions ended it", print(result.program).c_str());
  std::printf("repeat: gcmap replay %s\n", settings.out.c_str());
  return kExitNothingFound;
}

}  // namespace

int reduce_command(std::span<char*> args) {
  Settings settings;
  CommandLine line;
  line.command = "reduce";
  line.usage = kUsage;
  line.flags = {{"-o", &settings.out},
                {"--strictness", &settings.strictness},
                {"--executions", &settings.executions_max},
                {"--cpu-ms", &settings.cpu_ms_max}};
  line.files_least = line.files_most = 1;
  if (const std::optional<int> exit_code = line.parse(args)) return *exit_code;
  const std::optional<Strictness> strictness = strictness_of(settings.strictness);
  if (!strictness)
    return line.fail("--strictness is one of bug, oracle, any; not '" + settings.strictness + "'");
  restart_without_symbolizer(args);
  if (settings.out.empty()) settings.out = line.files[0] + ".reduced.txt";
  const LoadResult loaded = load_program(line.files[0]);
  if (!loaded.program) return line.fail(loaded.error);
  return reduce_file(line, *loaded.program, settings, *strictness);
}

}  // namespace gcmap::harness
