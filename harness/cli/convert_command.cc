// gcmap convert: between the forms of a program.
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "harness/cli/command_line.h"
#include "harness/cli/commands.h"
#include "harness/program/codec_binary.h"
#include "harness/program/codec_text.h"
#include "harness/program/load.h"
#include "harness/program/output.h"

namespace gcmap::harness {
namespace {

constexpr char kUsage[] =
    R"(usage: gcmap convert IN OUT|- [--to text|binary] [--any-bytes]

Reads the program in IN, in any form, and writes it to OUT, or to the standard output if that is '-'.

  --to FORM    text or binary; default binary if OUT ends in .bin, text otherwise
  --any-bytes  take a file that is no program as a fuzzing engine would

Exit code: 0 written, 2 IN is no program or OUT cannot be written.

  gcmap convert corpus/seeds/a-set.txt -
  gcmap convert corpus/seeds/a-set.txt first.bin
)";

}  // namespace

int convert_command(std::span<char*> args) {
  std::string form;
  LoadOptions load;
  CommandLine line;
  line.command = "convert";
  line.usage = kUsage;
  line.flags = {{"--to", &form}, {"--any-bytes", &load.any_bytes}};
  line.files_least = line.files_most = 2;
  if (const std::optional<int> exit_code = line.parse(args)) return *exit_code;
  const std::string& out = line.files[1];
  if (form.empty()) form = out.ends_with(".bin") ? "binary" : "text";
  if (form != "text" && form != "binary") return line.fail("--to is text or binary, not '" + form + "'");
  if (const std::string problem = out == "-" ? "" : output_problem(out); !problem.empty())
    return line.fail(problem);
  const LoadResult loaded = load_program(line.files[0], load);
  if (!loaded.program) return line.fail(loaded.error);

  std::string contents;
  if (form == "text") {
    contents = print(*loaded.program);
  } else {
    const std::vector<uint8_t> bytes = encode(*loaded.program);
    contents.assign(bytes.begin(), bytes.end());
  }
  if (out == "-") {
    std::fwrite(contents.data(), 1, contents.size(), stdout);
    return kExitNothingFound;  // main() looks whether it got there
  }
  const std::string error = write_output(out, contents);
  return error.empty() ? kExitNothingFound : line.fail(error);
}

}  // namespace gcmap::harness
