// gcmap go-trace: do recordings of the Go runtime's map come out the same on ours?
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <optional>
#include <string>

#include "harness/cli/command_line.h"
#include "harness/cli/commands.h"
#include "harness/go/replay.h"
#include "harness/go/trace.h"
#include "harness/program/repeat.h"

namespace gcmap::harness {
namespace {

constexpr char kUsage[] =
    R"(usage: gcmap go-trace FILE...

Replays recordings of the Go runtime's map (corpus/go-traces/*.trace.gz, described in FORMAT.md there) and
compares every answer, every entry produced and the whole structure after every operation.

Prints a line per file; for the first difference also the recorded line, both states and the buckets concerned.

Exit code: 0 no difference, 1 a difference, 2 a file cannot be read, 128 + the signal's number if it was
interrupted before it found one.

  gcmap go-trace corpus/go-traces/*.trace.gz
)";

// An interrupted command has still found what it has found.
volatile std::sig_atomic_t difference_found = 0;

void end_by(int signal) {
  ::_exit(difference_found != 0 ? kExitBugFound : 128 + signal);
}

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
    std::printf("%s\n", repeat_line("go-trace", path).c_str());
    return kExitBugFound;
  } catch (const GoTraceError& error) {
    std::fprintf(stderr, "%s\n", printable(error.what()).c_str());
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
  bool unreadable = false;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    if (std::signal(signal, end_by) == SIG_IGN) std::signal(signal, SIG_IGN);
  }
  for (const std::string& path : line.files) {
    const int code = replay_file(path, static_cast<int>(width));
    std::fflush(stdout);
    if (code == kExitBugFound) difference_found = 1;
    if (code == kExitUsage) unreadable = true;
  }
  // A difference is news about the map; it outweighs a file that could not be read.
  return difference_found != 0 ? kExitBugFound : unreadable ? kExitUsage : kExitNothingFound;
}

}  // namespace gcmap::harness
