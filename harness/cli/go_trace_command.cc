// gcmap go-trace: do recordings of the Go runtime's map come out the same on ours?
#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>

#include "harness/cli/commands.h"
#include "harness/go_replay.h"
#include "harness/go_trace.h"

namespace gcmap::harness {

namespace {

constexpr const char* kUsage =
    "usage: gcmap go-trace FILE...\n"
    "\n"
    "Replays recordings of the Go runtime's map (corpus/go-traces/*.trace.gz, format in FORMAT.md there) on\n"
    "this map and compares every answer, every entry produced and the whole structure after every "
    "operation.\n"
    "\n"
    "Prints a line per file, and for the first difference the recorded line, both states and the buckets\n"
    "concerned. Exit code: 0 no difference, 1 a difference, 2 a file cannot be read or replayed.\n";

constexpr int kOk = 0;
constexpr int kDifference = 1;
constexpr int kUnreadable = 2;

int replay_file(const char* path, int width) {
  try {
    const GoTrace trace = read_go_trace(path);
    if (const std::string problem = go_replay_problem(trace); !problem.empty()) {
      std::fprintf(stderr, "%s\n", problem.c_str());
      return kUnreadable;
    }
    const GoReplayResult result = replay_go_trace(trace);
    std::printf("%-*s  %6llu operations  ", width, path, static_cast<unsigned long long>(result.operations));
    if (!result.difference) {
      std::printf("ok\n");
      return kOk;
    }
    const GoDifference& difference = *result.difference;
    std::printf("differs at line %zu\n\n%s:%zu: %s\n%s\n", difference.line, path, difference.line,
                difference.summary.c_str(), difference.report.c_str());
    return kDifference;
  } catch (const GoTraceError& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return kUnreadable;
  }
}

}  // namespace

int go_trace_command(std::span<char*> args) {
  const bool asks = std::any_of(args.begin(), args.end(), [](const char* arg) {
    return std::string_view(arg) == "--help" || std::string_view(arg) == "-h";
  });
  if (asks) {
    std::fputs(kUsage, stdout);
    return kOk;
  }
  for (const char* arg : args) {
    if (arg[0] != '-') continue;
    std::fprintf(stderr, "gcmap go-trace: unknown option %s; see gcmap go-trace --help\n", arg);
    return kUnreadable;
  }
  if (args.empty()) {
    std::fprintf(stderr, "gcmap go-trace: name at least one recording\n\n%s", kUsage);
    return kUnreadable;
  }
  size_t width = 0;
  for (const char* arg : args) width = std::max(width, std::string_view(arg).size());
  bool difference = false;
  bool unreadable = false;
  for (const char* arg : args) {
    const int code = replay_file(arg, static_cast<int>(width));
    std::fflush(stdout);
    if (code == kDifference) difference = true;
    if (code == kUnreadable) unreadable = true;
  }
  // A difference is news about the map; it outweighs a file that could not be read.
  return difference ? kDifference : unreadable ? kUnreadable : kOk;
}

}  // namespace gcmap::harness
