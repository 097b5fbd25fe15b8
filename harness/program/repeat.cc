#include "harness/program/repeat.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace gcmap::harness {
namespace {

constexpr std::string_view kPlace = "{command}";

const char* program_called = nullptr;

std::string form() {
  const char* const given = std::getenv("GCMAP_COMMAND");
  if (given != nullptr && std::string_view(given).find(kPlace) != std::string_view::npos) return given;
  return shell_quoted(program_as_called()) + " " + std::string(kPlace);
}

std::string escaped(char c) {
  char text[8];
  std::snprintf(text, sizeof text, "\\x%02x", static_cast<unsigned char>(c));
  return text;
}

// Bytes of the character that begins the text if it may be printed, else 0. The characters below U+00A0
// beyond ASCII are controls too.
size_t printable_prefix(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return first >= ' ' && first != 0x7f ? 1 : 0;
  const size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  if (bytes == 0 || first > 0xf4 || bytes > text.size()) return 0;
  uint32_t code = first & (0x7fu >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0) != 0x80) return 0;
    code = code << 6 | (next & 0x3f);
  }
  return code >= 0xa0 ? bytes : 0;
}

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_-./:,+@%=").find(c) != std::string_view::npos;
}

}  // namespace

void called_as(const char* program) {
  program_called = program;
}

const char* program_as_called() {
  return program_called == nullptr ? "./dev" : program_called;
}

std::string words_of_command(std::string_view command) {
  std::string words = form();
  return words.replace(words.find(kPlace), kPlace.size(), command);
}

std::string name_of_command(std::string_view command) {
  if (std::getenv("GCMAP_COMMAND") == nullptr) return "gcmap " + std::string(command);
  const std::string words = form();
  return words.substr(0, words.find(kPlace)) + std::string(command);
}

std::string line_to_type(std::string_view label, std::string_view command, std::string_view file,
                         std::string_view flags) {
  // A name that looks like a flag is none with its folder in front.
  const std::string name = file.starts_with('-') ? "./" + std::string(file) : std::string(file);
  std::string line = std::string(label) + ": " + words_of_command(command) + " " + shell_quoted(name);
  if (!flags.empty()) line += " " + std::string(flags);
  return line;
}

std::string repeat_line(std::string_view command, std::string_view file, std::string_view flags) {
  return line_to_type("repeat", command, file, flags);
}

std::string shell_quoted(std::string_view word) {
  if (!word.empty() && std::all_of(word.begin(), word.end(), is_plain)) return std::string(word);
  if (printable(word) != word) {  // $'...': a shell's own escapes
    std::string quoted = "$'";
    for (const char c : word) {
      const bool plain = c >= ' ' && c < 0x7f && c != '\'' && c != '\\';
      quoted += plain ? std::string(1, c) : escaped(c);
    }
    return quoted + "'";
  }
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const size_t bytes = printable_prefix(text);
    result += bytes == 0 ? escaped(text[0]) : std::string(text.substr(0, bytes));
    text.remove_prefix(std::max<size_t>(bytes, 1));
  }
  return result;
}

}  // namespace gcmap::harness
