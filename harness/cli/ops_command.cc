// gcmap ops: the operation table as documentation.
#include <cstdio>
#include <optional>
#include <string>

#include "harness/cli/command_line.h"
#include "harness/cli/commands.h"
#include "harness/program/codec_text.h"
#include "harness/program/operands.h"

namespace gcmap::harness {
namespace {

constexpr char kUsage[] =
    R"(usage: gcmap ops

Prints the operations a program may contain, their operands with ranges, and the configuration, as Markdown.

  gcmap ops > operations.md
)";

void print_text(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

std::string text_of(std::string_view view) {
  return std::string(view);
}

void print_operations() {
  print_text(
      "| operation | number | weight in map programs | in heap programs | what it does "
      "|\n|---|---|---|---|---|\n");
  for (const OpInfo& op : all_ops()) {
    std::string usage = text_of(op.text);
    for (const OperandInfo& operand : op.operands) usage += " " + text_of(operand.name);
    print_text("| `" + usage + "` | " + std::to_string(static_cast<int>(op.kind)) + " | " +
               std::to_string(op.weight) + " | " + std::to_string(op.heap_weight) + " | " + text_of(op.doc) +
               " |\n");
  }
}

// One row per operand name: the operations agree on what a name means, but not every name has a kind of
// its own.
void print_operands() {
  print_text("\n| operand | of | from | to | simplest |\n|---|---|---|---|---|\n");
  for (const OpInfo& op : all_ops()) {
    for (const OperandInfo& operand : op.operands) {
      std::string users;
      bool first_user = true;
      for (const OpInfo& other : all_ops()) {
        const OperandInfo* same = find_operand(other.kind, operand.kind);
        if (same == nullptr || same->name != operand.name) continue;
        if (users.empty()) first_user = &other == &op;
        users += (users.empty() ? "" : ", ") + text_of(other.text);
      }
      if (!first_user) continue;
      const OperandKindInfo& range = info_of(operand.kind);
      print_text("| " + text_of(operand.name) + " | " + users + " | `" +
                 print_operand(operand.kind, range.least) + "` | `" +
                 print_operand(operand.kind, range.greatest) + "` | `" +
                 print_operand(operand.kind, range.simplest) + "` |\n");
    }
  }
}

// What may stand for the operands that have names.
void print_names() {
  std::string seen;
  print_text("\n| operand | its values |\n|---|---|\n");
  for (const OpInfo& op : all_ops()) {
    for (const OperandInfo& operand : op.operands) {
      const std::string name = text_of(operand.name);
      if (info_of(operand.kind).names.empty() || seen.find("," + name + ",") != std::string::npos) continue;
      seen += "," + name + ",";
      std::string values;
      for (std::string_view value : info_of(operand.kind).names)
        values += (values.empty() ? "`" : ", `") + text_of(value) + "`";
      print_text("| " + name + " | " + values + " |\n");
    }
  }
}

void print_config() {
  print_text("\n| configuration | from | to | default | meaning |\n|---|---|---|---|---|\n");
  for (const ConfigField& field : all_config_fields()) {
    const auto value = [&](uint64_t number) {
      return field.values.empty() ? std::to_string(number) : text_of(field.values[number]);
    };
    print_text("| `" + text_of(field.name) + "` | " + value(field.least) + " | " + value(field.greatest) +
               " | " + value(field.simplest) + " | " + text_of(field.doc) + " |\n");
  }
}

}  // namespace

int ops_command(std::span<char*> args) {
  CommandLine line;
  line.command = "ops";
  line.usage = kUsage;
  if (const std::optional<int> exit_code = line.parse(args)) return *exit_code;
  print_operations();
  print_operands();
  print_names();
  print_config();
  return kExitNothingFound;
}

}  // namespace gcmap::harness
