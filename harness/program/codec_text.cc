// Printing and parsing of the text form.
#include "harness/program/codec_text.h"

#include <algorithm>
#include <cstdio>
#include <utility>
#include <vector>

#include "harness/program/codec_binary.h"
#include "harness/program/operands.h"

namespace gcmap::harness {
namespace {

std::string hexadecimal(uint64_t value) {
  char buffer[24];
  std::snprintf(buffer, sizeof buffer, "0x%llx", static_cast<unsigned long long>(value));
  return buffer;
}

// What a program of version 1 means by leaving the field out.
constexpr uint32_t kCadenceV1 = 8;

std::string print_config_value(const ConfigField& field, uint64_t value) {
  if (value < field.values.size()) return std::string(field.values[value]);
  return field.name.starts_with("swarm") ? hexadecimal(value) : std::to_string(value);
}

std::string quoted(std::string_view text) {
  return "'" + std::string(text) + "'";
}

// Edit distance, for suggestions.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

// "; did you mean 'put'?" or nothing when no name is near.
std::string suggestion(std::string_view word, std::span<const std::string_view> candidates) {
  std::string_view best;
  size_t best_distance = std::max<size_t>(2, word.size() / 2) + 1;
  for (std::string_view candidate : candidates) {
    const size_t d = distance(word, candidate);
    if (d < best_distance) {
      best = candidate;
      best_distance = d;
    }
  }
  return best.empty() ? "" : "; did you mean " + quoted(best) + "?";
}

std::string joined(std::span<const std::string_view> names) {
  std::string result;
  for (std::string_view name : names) result += (result.empty() ? "" : ", ") + std::string(name);
  return result;
}

// A decimal number or one in 0x form. Nothing if it is neither or exceeds 64 bits.
std::optional<uint64_t> parse_number(std::string_view text) {
  uint64_t base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  }
  if (text.empty()) return std::nullopt;
  uint64_t value = 0;
  for (char c : text) {
    uint64_t digit = 16;
    if (c >= '0' && c <= '9') digit = static_cast<uint64_t>(c - '0');
    if (c >= 'a' && c <= 'f') digit = static_cast<uint64_t>(c - 'a') + 10;
    if (c >= 'A' && c <= 'F') digit = static_cast<uint64_t>(c - 'A') + 10;
    if (digit >= base || value > (UINT64_MAX - digit) / base) return std::nullopt;
    value = value * base + digit;
  }
  return value;
}

std::vector<std::string_view> split_words(std::string_view line) {
  std::vector<std::string_view> words;
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; };
  size_t at = 0;
  while (at < line.size() && line[at] != '#') {
    if (is_blank(line[at])) {
      ++at;
      continue;
    }
    const size_t begin = at;
    while (at < line.size() && line[at] != '#' && !is_blank(line[at])) ++at;
    words.push_back(line.substr(begin, at - begin));
  }
  return words;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {
    if (text_.starts_with("\xef\xbb\xbf")) text_.remove_prefix(3);  // the byte order mark of some editors
  }

  std::optional<Program> parse(ParseError* error) {
    if (read_lines()) return std::move(program_);
    if (error != nullptr) *error = std::move(error_);
    return std::nullopt;
  }

 private:
  bool read_lines() {
    while (!text_.empty()) {
      ++error_.line;
      const size_t end = std::min(text_.find('\n'), text_.size());
      const std::vector<std::string_view> words = split_words(text_.substr(0, end));
      text_.remove_prefix(std::min(end + 1, text_.size()));
      if (!words.empty() && !read_line(words)) return false;
    }
    if (configured_) return true;
    error_.line = std::max<size_t>(error_.line, 1);
    return fail(
        "the program is empty; its first line must be 'config version=2', then one operation per line");
  }

  bool read_line(std::span<const std::string_view> words) {
    if (words[0] == "config") {
      if (configured_) return fail("a second 'config' line; a program has one, before its first operation");
      configured_ = true;
      return read_config(words.subspan(1));
    }
    if (!configured_) {
      return fail("found " + quoted(words[0]) +
                  " before the configuration; put a line 'config version=2' first");
    }
    return read_operation(words);
  }

  bool read_config(std::span<const std::string_view> words) {
    bool version_given = false;
    std::vector<std::string_view> seen;
    for (std::string_view word : words) {
      const size_t equals = word.find('=');
      if (equals == std::string_view::npos) return fail("'config' takes name=value, found " + quoted(word));
      const std::string_view name = word.substr(0, equals);
      if (std::find(seen.begin(), seen.end(), name) != seen.end())
        return fail(quoted(name) + " is given twice");
      seen.push_back(name);
      version_given = version_given || name == "version";
      if (!read_config_value(name, word.substr(equals + 1))) return false;
    }
    if (first_version_ && std::find(seen.begin(), seen.end(), "cadence") == seen.end())
      program_.config.cadence = kCadenceV1;
    return version_given || fail("'config' names no version; write 'config version=2 ...'");
  }

  bool read_config_value(std::string_view name, std::string_view text) {
    const ConfigField* field = find_config_field(name);
    if (field == nullptr) {
      std::vector<std::string_view> known;
      for (const ConfigField& each : all_config_fields()) known.push_back(each.name);
      return fail("unknown configuration field " + quoted(name) + suggestion(name, known) +
                  " (known: " + joined(known) + ")");
    }
    const std::optional<uint64_t> value = read_value(text, field->values);
    if (!value && !field->values.empty()) {
      return fail(std::string(name) + "=" + std::string(text) + ": write one of " + joined(field->values) +
                  suggestion(text, field->values));
    }
    if (!value) return fail(std::string(name) + "=" + std::string(text) + " is not a number");
    if (name == "version") return read_version(text, *value);
    if (*value < field->least || *value > field->greatest) {
      return fail(out_of_range(name, text, field->least, field->greatest));
    }
    field->set(program_.config, *value);
    return true;
  }

  bool read_version(std::string_view text, uint64_t version) {
    first_version_ = version == 1;
    if (first_version_ || version == program_.config.version) return true;
    return fail("version " + std::string(text) +
                " of the format is unknown; this gcmap reads versions 1 to " +
                std::to_string(program_.config.version));
  }

  bool read_operation(std::span<const std::string_view> words) {
    const OpInfo* info = find_op(words[0]);
    if (info == nullptr) {
      std::vector<std::string_view> known;
      for (const OpInfo& each : all_ops()) known.push_back(each.text);
      return fail("unknown operation " + quoted(words[0]) + suggestion(words[0], known) +
                  " ('gcmap ops' lists them all)");
    }
    const std::span<const std::string_view> operands = words.subspan(1);
    if (operands.size() != info->operands.size()) return fail(wrong_number(*info, operands.size()));
    Operation operation;
    operation.kind = info->kind;
    for (size_t i = 0; i < operands.size(); ++i) {
      const std::optional<uint64_t> value = read_operand(info->operands[i], operands[i]);
      if (!value) return false;
      operation.set(info->operands[i].field, *value);
    }
    if (program_.operations.size() == kOperationsMax) {
      return fail("a program has at most " + std::to_string(kOperationsMax) + " operations; cut it here");
    }
    program_.operations.push_back(operation);
    return true;
  }

  std::optional<uint64_t> read_operand(const OperandInfo& operand, std::string_view text) {
    const OperandKindInfo& range = info_of(operand.kind);
    std::string_view digits = text;
    const bool letter = !range.prefix.empty() && range.prefix != "0x";
    if (letter && digits.starts_with(range.prefix)) {
      digits.remove_prefix(range.prefix.size());
    } else if (letter) {
      fail(std::string(operand.name) + " " + quoted(text) + ": write " +
           print_operand(operand.kind, range.least) + " to " + print_operand(operand.kind, range.greatest));
      return std::nullopt;
    }
    const std::optional<uint64_t> value = read_value(digits, range.names);
    if (!value && !range.names.empty()) {
      fail(std::string(operand.name) + " " + quoted(text) + ": write one of " + joined(range.names) +
           suggestion(text, range.names));
      return std::nullopt;
    }
    if (!value) {
      fail(std::string(operand.name) + " " + quoted(text) +
           " is not a number (decimal or 0x..., at most 64 bits)");
      return std::nullopt;
    }
    if (*value < range.least || *value > range.greatest) {
      fail(out_of_range(operand.name, text, range.least, range.greatest));
      return std::nullopt;
    }
    return value;
  }

  // A name as its place among the names, otherwise a number; where there are names, only one that has a name.
  static std::optional<uint64_t> read_value(std::string_view text, std::span<const std::string_view> names) {
    const auto named = std::find(names.begin(), names.end(), text);
    if (named != names.end()) return static_cast<uint64_t>(named - names.begin());
    const std::optional<uint64_t> value = parse_number(text);
    return value && !names.empty() && *value >= names.size() ? std::nullopt : value;
  }

  static std::string out_of_range(std::string_view name, std::string_view text, uint64_t least,
                                  uint64_t greatest) {
    return std::string(name) + " " + std::string(text) + " is out of range; it goes from " +
           std::to_string(least) + " to " + std::to_string(greatest);
  }

  static std::string wrong_number(const OpInfo& info, size_t found) {
    std::string usage = std::string(info.text);
    for (const OperandInfo& operand : info.operands) usage += " <" + std::string(operand.name) + ">";
    return quoted(info.text) + " takes " + std::to_string(info.operands.size()) + " operand" +
           (info.operands.size() == 1 ? "" : "s") + ", found " + std::to_string(found) + "; write " +
           quoted(usage);
  }

  bool fail(std::string message) {
    error_.message = std::move(message);
    return false;
  }

  std::string_view text_;
  Program program_;
  bool configured_ = false;
  bool first_version_ = false;
  ParseError error_;
};

}  // namespace

std::optional<Program> parse(std::string_view text, ParseError* error) {
  return Parser(text).parse(error);
}

std::string print_operand(OperandKind kind, uint64_t value) {
  const OperandKindInfo& info = info_of(kind);
  if (value < info.names.size()) return std::string(info.names[value]);
  const std::string_view prefix = info.prefix;
  return prefix == "0x" ? hexadecimal(value) : std::string(prefix) + std::to_string(value);
}

std::string print(const Operation& operation) {
  const OpInfo& info = info_of(operation.kind);
  std::string result(info.text);
  for (const OperandInfo& operand : info.operands) {
    result += ' ';
    result += print_operand(operand.kind, operation.get(operand.field));
  }
  return result;
}

std::string print(const Config& config) {
  std::string result = "config";
  for (const ConfigField& field : all_config_fields()) {
    const uint64_t value = field.get(config);
    if (value == field.simplest && field.name != "version") continue;
    result += ' ';
    result += field.name;
    result += '=';
    result += print_config_value(field, value);
  }
  return result;
}

std::string print(const Program& program) {
  std::string result = print(program.config) + "\n";
  for (const Operation& operation : program.operations) result += print(operation) + "\n";
  return result;
}

}  // namespace gcmap::harness
