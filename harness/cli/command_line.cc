// Parsing of subcommands' arguments.
#include "harness/cli/command_line.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <system_error>

#include "harness/cli/commands.h"
#include "harness/program/repeat.h"

namespace gcmap::harness {
namespace {

std::string quoted(std::string_view text) {
  return "'" + std::string(text) + "'";
}

// Stores the value; returns what is wrong with it, or nothing.
std::string store(const Flag& flag, std::string_view value) {
  if (auto* const* text = std::get_if<std::string*>(&flag.target)) {
    **text = std::string(value);
    return "";
  }
  uint64_t* number = std::get<uint64_t*>(flag.target);
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), *number);
  if (error != std::errc() || end != value.data() + value.size()) {
    return std::string(flag.name) + " takes a number, not " + quoted(value);
  }
  return "";
}

// The help text as it is true for who called: "./dev replay" where it says "gcmap replay".
std::string as_called(std::string_view usage, std::string_view command) {
  std::string text(usage);
  const std::string written = "gcmap " + std::string(command);
  const std::string called = name_of_command(command);
  for (size_t at = 0; (at = text.find(written, at)) != std::string::npos; at += called.size())
    text.replace(at, written.size(), called);
  return text;
}

}  // namespace

int CommandLine::fail(const std::string& message) const {
  std::fprintf(stderr, "%s: %s\n", name_of_command(command).c_str(), printable(message).c_str());
  return kExitUsage;
}

std::optional<int> CommandLine::parse(std::span<char*> args) {
  const std::string see_help = "; see '" + name_of_command(command) + " --help'";
  bool flags_ended = false;
  for (size_t i = 0; i < args.size(); ++i) {
    const std::string_view argument = args[i];
    if (flags_ended || argument.size() < 2 || argument[0] != '-') {
      files.emplace_back(argument);
      continue;
    }
    if (argument == "--") {
      flags_ended = true;
      continue;
    }
    if (argument == "--help" || argument == "-h") {
      const std::string text = as_called(usage, command);
      std::fwrite(text.data(), 1, text.size(), stdout);
      return kExitNothingFound;
    }
    const size_t equals = std::min(argument.find('='), argument.size());
    const std::string_view name = argument.substr(0, equals);
    const auto flag =
        std::find_if(flags.begin(), flags.end(), [&](const Flag& each) { return each.name == name; });
    if (flag == flags.end()) return fail("unknown flag " + quoted(name) + see_help);
    if (auto* const* set = std::get_if<bool*>(&flag->target)) {
      if (equals < argument.size()) return fail(std::string(name) + " takes no value" + see_help);
      **set = true;
      continue;
    }
    if (equals == argument.size() && i + 1 == args.size())
      return fail(std::string(name) + " needs a value" + see_help);
    const std::string wrong =
        store(*flag, equals < argument.size() ? argument.substr(equals + 1) : args[++i]);
    if (!wrong.empty()) return fail(wrong + see_help);
  }
  if (files.size() < files_least) return fail("a file is missing" + see_help);
  if (files.size() > files_most)
    return fail(quoted(files[files_most]) + " is one argument too many" + see_help);
  return std::nullopt;
}

}  // namespace gcmap::harness
