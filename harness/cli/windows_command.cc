// gcmap windows: cuts a recording of the Go runtime's map into programs.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "harness/cli/commands.h"
#include "harness/go_window.h"
#include "harness/load.h"

namespace gcmap::harness {

namespace {

constexpr const char* kUsage =
    "usage: gcmap windows FILE OUTDIR [--select n]\n"
    "\n"
    "Cuts a recording of the Go runtime's map (corpus/go-traces/*.trace.gz) into programs of at most 300\n"
    "recorded operations, each behind a prefix that builds the map as it was, and writes them to OUTDIR as\n"
    "go-PROFILE-SEED-LINE.txt. A comment in each says what digest Go's own map had at the end.\n"
    "\n"
    "  --select n   only n of them, spread over the recording, those with short prefixes\n"
    "\n"
    "Exit code: 0, or 2 if something cannot be read, cut or written.\n";

constexpr int kOk = 0;
constexpr int kFailed = 2;

struct Arguments {
  std::string file;
  std::string folder;
  std::optional<size_t> select;
};

std::optional<size_t> number(std::string_view text) {
  size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value == 0) return std::nullopt;
  return value;
}

// Returns an empty string, or what is wrong.
std::string read_arguments(std::span<char*> args, Arguments& arguments) {
  std::vector<std::string> names;
  for (size_t i = 0; i < args.size(); ++i) {
    const std::string_view arg = args[i];
    if (arg == "--select") {
      arguments.select = i + 1 < args.size() ? number(args[++i]) : std::nullopt;
      if (!arguments.select) return "--select needs a number from 1";
    } else if (arg.starts_with("-")) {
      return "unknown option " + std::string(arg);
    } else {
      names.emplace_back(arg);
    }
  }
  if (names.size() != 2) return "a recording and a folder are expected";
  arguments.file = names[0];
  arguments.folder = names[1];
  return "";
}

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

int write_windows(const Arguments& arguments) {
  const GoTrace trace = read_go_trace(arguments.file);
  std::vector<GoWindow> windows;
  for_each_go_window(trace, {}, [&](const GoWindow& window) { windows.push_back(window); });
  if (arguments.select) windows = select(windows, *arguments.select);
  std::error_code error;
  std::filesystem::create_directories(arguments.folder, error);
  if (error) {
    std::fprintf(stderr, "gcmap windows: %s: %s\n", arguments.folder.c_str(), error.message().c_str());
    return kFailed;
  }
  for (const GoWindow& window : windows) {
    const std::string path = arguments.folder + "/" + file_name(trace, window);
    const std::string text = go_window_text(trace, window);
    if (const std::string problem = write_file_atomically(path, text); !problem.empty()) {
      std::fprintf(stderr, "gcmap windows: %s\n", problem.c_str());
      return kFailed;
    }
    std::printf("%s  lines %zu-%zu, %zu operations, %zu of them prefix\n", path.c_str(), window.first_line,
                window.last_line, window.program.operations.size(), window.prefix);
  }
  return kOk;
}

}  // namespace

int windows_command(std::span<char*> args) {
  for (const std::string_view arg : args) {
    if (arg != "--help" && arg != "-h") continue;
    std::fputs(kUsage, stdout);
    return kOk;
  }
  Arguments arguments;
  if (const std::string problem = read_arguments(args, arguments); !problem.empty()) {
    std::fprintf(stderr, "gcmap windows: %s; see gcmap windows --help\n", problem.c_str());
    return kFailed;
  }
  try {
    return write_windows(arguments);
  } catch (const GoTraceError& error) {
    std::fprintf(stderr, "%s\n", error.what());
  } catch (const GoWindowError& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
  return kFailed;
}

}  // namespace gcmap::harness
