// gcmap go-trace: do recordings of the Go runtime's map come out the same on ours?
#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>

#include "harness/cli/command_line.h"
#include "harness/cli/commands.h"
#include "harness/go_replay.h"
#include "harness/go_trace.h"

namespace gcmap::harness {
namespace {

constexpr char kUsage[] =
    R"(usage: gcmap go-trace FILE...

Replays recordings of the Go runtime's map (corpus/go-traces/*.trace.gz, described in FORMAT.md there) and
compares every answer, every entry produced and the whole structure after every operation.

Prints a line per file; for the first difference also the recorded line, both states and the buckets concerned.

Exit code: 0 no difference, 1 a difference, 2 a file cannot be read.

  gcmap go-trace corpus/go-traces/*.trace.gz
)";

int replay_file(const std::string& path, int width) {
  try {
    const GoTrace trace = read_go_trace(path);
    const GoReplayResult result = replay_go_trace(trace);
    std::printf("%-*s  %6llu operations  ", width, path.c_str(),
                static_cast<unsigned long long>(result.operations));
    if (!result.difference) {
      std::printf("ok\n");
      return kExitNothingFound;
    }
    const GoDifference& difference = *result.difference;
    std::printf("differs at line %zu\n\n%s:%zu: %s\n%s\n", difference.line, path.c_str(), difference.line,
                difference.summary.c_str(), difference.report.c_str());
    return kExitBugFound;
  } catch (const GoTraceError& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return kExitUsage;
  }
}

}  // namespace

int go_trace_command(std::span<char*> args) {
  CommandLine line;
  line.command = "go-trace";
  line.usage = kUsage;
  line.files_least = 1;
  line.files_most = args.size();
  if (const std::optional<int> exit_code = line.parse(args)) return *exit_code;
  size_t width = 0;
  for (const std::string& path : line.files) width = std::max(width, path.size());
  bool difference = false;
  bool unreadable = false;
  for (const std::string& path : line.files) {
    const int code = replay_file(path, static_cast<int>(width));
    std::fflush(stdout);
    if (code == kExitBugFound) difference = true;
    if (code == kExitUsage) unreadable = true;
  }
  // A difference is news about the map; it outweighs a file that could not be read.
  return difference ? kExitBugFound : unreadable ? kExitUsage : kExitNothingFound;
}

}  // namespace gcmap::harness
