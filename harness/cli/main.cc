// gcmap: the tool that replays, reduces and converts programs.
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <span>
#include <string_view>

#include "harness/cli/commands.h"
#include "harness/program/repeat.h"

namespace {

struct Command {
  const char* name;
  int (*function)(std::span<char*>);
  const char* summary;
};

constexpr Command kCommands[] = {
#define GCMAP_ROW(name, function, summary) Command{name, gcmap::harness::function, summary},
    GCMAP_COMMANDS(GCMAP_ROW)
#undef GCMAP_ROW
};

void print_help(FILE* out) {
  std::fputs("usage: gcmap COMMAND [ARGUMENTS]\n\n", out);
  for (const Command& command : kCommands) std::fprintf(out, "  %-9s %s\n", command.name, command.summary);
  std::fputs(
      "\n'gcmap COMMAND --help' explains a command. Exit code: 0 nothing found, 1 a bug of the library, 2 "
      "usage or "
      "environment,\n3 undecided, 128 + the signal's number if it was interrupted.\n",
      out);
}

int run_command(int argc, char** argv) {
  if (argc < 2) {
    print_help(stderr);
    return gcmap::harness::kExitUsage;
  }
  const std::string_view name = argv[1];
  if (name == "--help" || name == "-h" || name == "help") {
    print_help(stdout);
    return gcmap::harness::kExitNothingFound;
  }
  for (const Command& command : kCommands) {
    if (name == command.name) return command.function(std::span(argv + 2, static_cast<size_t>(argc - 2)));
  }
  std::fprintf(stderr, "gcmap: unknown command '%s'; 'gcmap --help' lists them\n",
               gcmap::harness::printable(name).c_str());
  return gcmap::harness::kExitUsage;
}

}  // namespace

int main(int argc, char** argv) {
  gcmap::harness::called_as(argc > 0 ? argv[0] : "gcmap");
  std::signal(SIGXFSZ, SIG_IGN);  // a limit on file sizes is an error of the write that meets it
  const int code = run_command(argc, argv);
  errno = 0;
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
  std::fprintf(stderr, "gcmap: cannot write to the standard output: %s\n", std::strerror(errno));
  return code == gcmap::harness::kExitNothingFound ? gcmap::harness::kExitUsage : code;
}
