// Flags of subcommands: a table of what there is, and one way to say what is wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gcmap::harness {

// `--name`, `--name VALUE` or `--name=VALUE`; the kind of target decides. Short names ("-o") are names too.
struct Flag {
  std::string_view name;
  std::variant<bool*, uint64_t*, std::string*> target;
};

struct CommandLine {
  std::string_view command;
  std::string_view usage;  // the whole help text, ending in a newline
  std::vector<Flag> flags;
  size_t files_least = 0;
  size_t files_most = 0;
  std::vector<std::string> files;  // result: the arguments that are no flags, in order

  // Returns an exit code if the command ends here: --help was printed, or one line about a mistake.
  std::optional<int> parse(std::span<char*> args);
  // Prints "gcmap COMMAND: MESSAGE" to stderr, without control characters, and returns kExitUsage.
  int fail(const std::string& message) const;
};

}  // namespace gcmap::harness
