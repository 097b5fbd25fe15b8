// gcmap states: what a program goes through, for reports.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

#include "harness/cli/command_line.h"
#include "harness/cli/commands.h"
#include "harness/program/load.h"
#include "harness/program/output.h"
#include "harness/report/states.h"

namespace gcmap::harness {
namespace {

constexpr char kUsage[] =
    R"(usage: gcmap states FILE [-o OUT] [--last N] [--any-bytes]

Runs the program in FILE (text, binary, or a write-ahead file) and writes, a line of JSON each, what is being
run, the state after every operation as the difference from the one before - maps, buckets, iterators, roots,
spans, objects - and the verdict. A crash is a verdict too: the states before it are there. docs/REPORT.md
explains the lines; './dev report' makes a page of them.

  -o OUT          default: the standard output
  --last N        states at the end that are told, if there are more (default 1000)
  --any-bytes     run a file that is no program as a fuzzing engine would
  --cpu-ms N      processor time until an operation counts as a hang (default 10000)

Exit code: 0 written, whatever the verdict, 2 FILE is no program, OUT cannot be written or the system refuses
what a run takes.

  gcmap states corpus/seeds/a-set.txt -o states.jsonl
)";

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

// The whole of a file that was written to, from its beginning.
std::string contents_of(std::FILE* file) {
  std::string contents;
  char buffer[1 << 16];
  std::rewind(file);
  for (size_t got; (got = std::fread(buffer, 1, sizeof buffer, file)) > 0;) contents.append(buffer, got);
  return contents;
}

}  // namespace

int states_command(std::span<char*> args) {
  std::string out = "-";
  uint64_t last = 1'000;
  uint64_t cpu_ms_max = 10'000;
  LoadOptions load;
  CommandLine line;
  line.command = "states";
  line.usage = kUsage;
  line.flags = {{"-o", &out}, {"--last", &last}, {"--any-bytes", &load.any_bytes}, {"--cpu-ms", &cpu_ms_max}};
  line.files_least = line.files_most = 1;
  if (const std::optional<int> exit_code = line.parse(args)) return *exit_code;
  if (last == 0) return line.fail("--last must be at least 1");
  if (const std::string problem = out == "-" ? "" : output_problem(out); !problem.empty())
    return line.fail(problem);
  const LoadResult loaded = load_program(line.files[0], load);
  if (!loaded.program) return line.fail(loaded.error);

  const std::unique_ptr<std::FILE, CloseFile> file(std::tmpfile());
  if (file == nullptr)
    return line.fail(std::string("cannot create a temporary file: ") + std::strerror(errno));
  StatesOptions options;
  options.states_max = last;
  options.cpu_ms_max = static_cast<uint32_t>(std::min<uint64_t>(cpu_ms_max, 100'000'000));
  const Verdict verdict = write_states(*loaded.program, options, file.get());
  if (verdict.kind == VerdictKind::kEnvironment) return line.fail(line.files[0] + ": " + verdict.detail);
  const std::string states = contents_of(file.get());
  if (out == "-") {
    std::fwrite(states.data(), 1, states.size(), stdout);
    return kExitNothingFound;  // main() looks whether it got there
  }
  const std::string error = write_output(out, states);
  return error.empty() ? kExitNothingFound : line.fail(error);
}

}  // namespace gcmap::harness
