// gcmap windows: cuts a recording of the Go runtime's map into programs.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "harness/cli/command_line.h"
#include "harness/cli/commands.h"
#include "harness/go/window.h"
#include "harness/program/output.h"

namespace gcmap::harness {
namespace {

constexpr char kUsage[] =
    R"(usage: gcmap windows FILE FOLDER [--select N]

Cuts a recording of the Go runtime's map (corpus/go-traces/*.trace.gz) into programs of at most 300 recorded
operations, each behind a prefix that builds the map as it was, and writes them to FOLDER as
go-PROFILE-SEED-LINE.txt. A comment in each says what digest Go's own map had at the end.

  --select N   only N of them, spread over the recording, those with the shortest prefixes

Exit code: 0 written, 2 something cannot be read, cut or written.

  gcmap windows corpus/go-traces/u64-mixed-101.trace.gz windows --select 3
)";

// From each of n stretches of the recording the window with the shortest prefix, shortest first.
std::vector<GoWindow> select(const std::vector<GoWindow>& windows, size_t n) {
  n = std::min(n, windows.size());
  const auto shorter = [](const GoWindow& left, const GoWindow& right) { return left.prefix < right.prefix; };
  std::vector<GoWindow> chosen;
  for (size_t i = 0; i < n; ++i) {
    const auto begin = windows.begin() + static_cast<ptrdiff_t>(i * windows.size() / n);
    const auto end = windows.begin() + static_cast<ptrdiff_t>((i + 1) * windows.size() / n);
    chosen.push_back(*std::min_element(begin, end, shorter));
  }
  std::stable_sort(chosen.begin(), chosen.end(), shorter);
  return chosen;
}

std::string file_name(const GoTrace& trace, const GoWindow& window) {
  return "go-" + trace.header.at("profile") + "-" + trace.header.at("seed") + "-" +
         std::to_string(window.first_line) + ".txt";
}

// Returns an empty string, or what went wrong.
std::string write_windows(const GoTrace& trace, const std::vector<GoWindow>& windows,
                          const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return folder + ": " + error.message();
  for (const GoWindow& window : windows) {
    const std::string path = folder + "/" + file_name(trace, window);
    if (std::string problem = write_output(path, go_window_text(trace, window)); !problem.empty()) {
      return problem;
    }
    std::printf("%s  lines %zu-%zu, %zu operations, %zu of them prefix\n", path.c_str(), window.first_line,
                window.last_line, window.program.operations.size(), window.prefix);
  }
  return "";
}

}  // namespace

int windows_command(std::span<char*> args) {
  uint64_t count = 0;
  CommandLine line;
  line.command = "windows";
  line.usage = kUsage;
  line.flags = {{"--select", &count}};
  line.files_least = line.files_most = 2;
  if (const std::optional<int> exit_code = line.parse(args)) return *exit_code;
  try {
    const GoTrace trace = read_go_trace(line.files[0]);
    std::vector<GoWindow> windows;
    for_each_go_window(trace, {}, [&](const GoWindow& window) { windows.push_back(window); });
    if (count != 0) windows = select(windows, count);
    const std::string problem = write_windows(trace, windows, line.files[1]);
    return problem.empty() ? kExitNothingFound : line.fail(problem);
  } catch (const GoTraceError& error) {
    return line.fail(error.what());
  } catch (const GoWindowError& error) {
    return line.fail(error.what());
  }
}

}  // namespace gcmap::harness
