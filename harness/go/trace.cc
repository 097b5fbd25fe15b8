// The parser of recordings: one pass over the lines, one handler per tag.
#include "harness/go/trace.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>
#include <span>
#include <sstream>
#include <system_error>
#include <utility>

#include "harness/go/gunzip.h"

namespace gcmap::harness {

namespace {

// Far above any recording; keeps a file that is something else from filling the memory.
constexpr size_t kRecordingBytesMax = size_t{1} << 30;

// Beyond it a map has 2^16 buckets, from where on noverflow is counted by chance.
constexpr uint64_t kHintMax = 13 << 14;

constexpr const char* kHeaderFields[] = {"go",         "arch",        "key",       "keysize",   "elemsize",
                                         "bucketsize", "indirectkey", "bucketptr", "reflexive", "keyupdate",
                                         "api",        "profile",     "seed"};
constexpr const char* kKeyKinds[] = {"u64", "k24", "str", "f64", "ind"};

constexpr const char* kCopyAgain = "copy the file again from where it was recorded";

std::string quoted(std::string_view field) {
  constexpr size_t kShown = 40;
  std::string text = "'";
  for (const char c : field.substr(0, kShown)) text += c >= ' ' && c <= '~' ? c : '?';
  return text + (field.size() > kShown ? "...'" : "'");
}

using Fields = std::span<const std::string_view>;

class Parser {
 public:
  Parser(std::string name, std::string text) {
    trace_.name = std::move(name);
    trace_.text = std::move(text);
  }

  GoTrace parse();

 private:
  [[noreturn]] void fail(const std::string& what, const std::string& advice = kCopyAgain) const;
  bool next_line();
  void split(std::string_view line);
  void expect_fields(Fields fields, size_t count, const char* shape) const;

  uint64_t number(std::string_view field, const char* meaning, uint64_t greatest = UINT64_MAX) const;
  uint64_t hexadecimal(std::string_view field, const char* meaning) const;
  std::optional<uint64_t> number_or_none(std::string_view field, const char* meaning) const;
  GoYield yield(std::string_view field) const;
  std::vector<uint64_t> hashes(std::string_view field) const;

  void parse_header();
  void parse_preallocated();
  void parse_line();
  void parse_operation();
  void parse_operands(GoRecord& record, Fields operands);
  void parse_key_operation(GoRecord& record, Fields operands);
  void parse_start(GoRecord& record, Fields operands);
  void parse_advance(GoRecord& record, Fields operands);
  void parse_state(GoRecord& record, Fields fields);
  void parse_end();
  void note_iteration(const GoRecord& record);
  void check_dump() const;

  enum class Iteration { kRunning, kEnded };

  GoTrace trace_;
  size_t position_ = 0;
  size_t line_ = 0;
  std::vector<std::string_view> fields_;
  std::map<uint64_t, Iteration> iterations_;
  bool wide_ = false;
  bool floats_ = false;
  bool done_ = false;
};

void Parser::fail(const std::string& what, const std::string& advice) const {
  throw GoTraceError(trace_.name, line_, what + "; " + advice);
}

// Moves on to the next line and splits it.
// Returns false at the end of the text.
bool Parser::next_line() {
  const std::string_view text = trace_.text;
  ++line_;
  if (position_ == text.size()) return false;
  const size_t end = text.find('\n', position_);
  if (end == std::string_view::npos) fail("the last line is cut off");
  trace_.line_starts.push_back(position_);
  split(text.substr(position_, end - position_));
  position_ = end + 1;
  return true;
}

void Parser::split(std::string_view line) {
  fields_.clear();
  for (;;) {
    const size_t space = line.find(' ');
    fields_.push_back(line.substr(0, space));
    if (fields_.back().empty()) {
      fail(line_ == 1 ? "not a recording: it does not begin with 'T maptrace 1 '"
                      : "an empty line or field: fields are separated by single spaces");
    }
    if (space == std::string_view::npos) return;
    line.remove_prefix(space + 1);
  }
}

void Parser::expect_fields(Fields fields, size_t count, const char* shape) const {
  if (fields.size() == count) return;
  fail("wrong number of fields: " + std::to_string(fields.size()) + " where '" + shape + "' has " +
       std::to_string(count));
}

uint64_t Parser::number(std::string_view field, const char* meaning, uint64_t greatest) const {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  const bool whole = error == std::errc{} && end == field.data() + field.size();
  const bool padded = field.size() > 1 && field[0] == '0';
  if (!whole || padded)
    fail("bad number " + quoted(field) + " for " + meaning + ": a decimal number is expected");
  if (value > greatest) {
    fail("number " + quoted(field) + " out of range for " + meaning + ": at most " +
         std::to_string(greatest));
  }
  return value;
}

uint64_t Parser::hexadecimal(std::string_view field, const char* meaning) const {
  uint64_t value = 0;
  const bool digits =
      field.size() == 16 && field.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  if (!digits)
    fail("bad number " + quoted(field) + " for " + meaning + ": 16 hexadecimal digits are expected");
  std::from_chars(field.data(), field.data() + field.size(), value, 16);
  return value;
}

std::optional<uint64_t> Parser::number_or_none(std::string_view field, const char* meaning) const {
  if (field == "-") return std::nullopt;
  return number(field, meaning);
}

GoYield Parser::yield(std::string_view field) const {
  if (field == "-") return {.end = true};
  const size_t colon = field.find(':');
  if (colon == std::string_view::npos) fail("bad entry " + quoted(field) + ": 'id:value' or '-' is expected");
  return {.end = false,
          .id = number(field.substr(0, colon), "the id of an entry"),
          .value = number(field.substr(colon + 1), "the value of an entry")};
}

std::vector<uint64_t> Parser::hashes(std::string_view field) const {
  std::vector<uint64_t> result;
  for (std::string_view rest = field.substr(2);; rest.remove_prefix(17)) {
    result.push_back(hexadecimal(rest.substr(0, rest.find(',')), "a hash in h:"));
    if (rest.size() == 16) return result;
  }
}

void Parser::parse_header() {
  const auto not_a_recording = [this](const std::string& what) {
    line_ = 1;
    fail("not a recording: " + what, "pass a KEY-PROFILE-SEED.trace.gz file");
  };
  if (trace_.text.empty()) not_a_recording("the file is empty");
  if (!trace_.text.starts_with("T maptrace ")) not_a_recording("it does not begin with 'T maptrace 1 '");
  next_line();
  if (fields_[2] != "1") fail("format " + quoted(fields_[2]) + " is not known", "this build reads format 1");
  for (const std::string_view field : Fields(fields_).subspan(3)) {
    const size_t equals = field.find('=');
    if (equals == 0 || equals == std::string_view::npos || equals + 1 == field.size()) {
      fail("bad header field " + quoted(field) + ": 'name=value' is expected");
    }
    const std::string name(field.substr(0, equals));
    if (std::find(std::begin(kHeaderFields), std::end(kHeaderFields), name) == std::end(kHeaderFields)) {
      fail("header field " + quoted(name) + " is not known");
    }
    if (!trace_.header.emplace(name, field.substr(equals + 1)).second)
      fail("header field " + quoted(name) + " twice");
  }
  for (const char* name : kHeaderFields) {
    if (!trace_.header.contains(name)) fail("header field " + quoted(name) + " is missing");
  }
  const std::string& key = trace_.header["key"];
  if (std::find(std::begin(kKeyKinds), std::end(kKeyKinds), key) == std::end(kKeyKinds)) {
    fail("key kind " + quoted(key) + " is not known");
  }
  for (const char* name : {"keysize", "elemsize", "bucketsize", "seed"}) number(trace_.header[name], name);
  for (const char* name : {"indirectkey", "bucketptr", "reflexive", "keyupdate"})
    number(trace_.header[name], name, 1);
  wide_ = trace_.header["profile"] == "wide";
  floats_ = key == "f64";
}

void Parser::parse_preallocated() {
  if (!next_line()) fail("the recording ends after its header");
  if (fields_[0] != "P") fail("a P line is expected after the header, found tag " + quoted(fields_[0]));
  expect_fields(fields_, 17, "P n0 n1 ... n15");
  for (size_t b = 0; b < 16; ++b) trace_.preallocated[b] = number(fields_[b + 1], "preallocated buckets");
}

void Parser::parse_state(GoRecord& record, Fields fields) {
  const std::optional<GoState>* previous = trace_.records.empty() ? nullptr : &trace_.records.back().state;
  if (fields.size() == 1 && fields[0] == "=") {
    if (previous == nullptr) fail("'=' on the first operation: there is no previous state");
    if (!previous->has_value()) fail("'=' after '-': the previous state was not recorded");
    record.state = *previous;
    return;
  }
  if (fields.size() == 1 && fields[0] == "-") {
    if (!wide_) fail("'-' for the state: only recordings of profile wide leave states out");
    return;
  }
  expect_fields(fields, 12,
                "count B flags noverflow grow nevacuate newovf oldovf oldovflean prealloc digest lean");
  GoState state;
  state.count = number(fields[0], "count");
  state.b = number(fields[1], "B", 15);
  state.flags = number(fields[2], "flags", 11);
  if ((state.flags & 4) != 0)
    fail("flags " + quoted(fields[2]) + " have 4, which no line between operations has");
  state.noverflow = number(fields[3], "noverflow");
  state.grow = number(fields[4], "grow", 2);
  state.nevacuate = number(fields[5], "nevacuate");
  state.newovf = number(fields[6], "newovf");
  state.oldovf = number(fields[7], "oldovf");
  state.oldovflean = number(fields[8], "oldovflean");
  state.prealloc = number(fields[9], "prealloc");
  state.digest = hexadecimal(fields[10], "digest");
  state.lean = fields[11] == "=" ? state.digest : hexadecimal(fields[11], "lean");
  record.state = state;
}

void Parser::parse_key_operation(GoRecord& record, Fields operands) {
  const bool drawn = floats_ && record.tag != GoTag::kLookUp && operands.back().starts_with("h:");
  if (drawn) {
    record.nan_hashes = hashes(operands.back());
    operands = operands.first(operands.size() - 1);
  }
  switch (record.tag) {
    case GoTag::kInsert:
      expect_fields(operands, 5, "I id hash value old");
      record.value = number(operands[3], "value");
      record.answer = number_or_none(operands[4], "the previous value");
      break;
    case GoTag::kErase:
      expect_fields(operands, 4, "E id hash found");
      record.found = number(operands[3], "found", 1) == 1;
      break;
    default:
      expect_fields(operands, 4, "L id hash value");
      record.answer = number_or_none(operands[3], "value");
      break;
  }
  record.id = number(operands[1], "id");
  record.hash = hexadecimal(operands[2], "hash");
}

void Parser::parse_start(GoRecord& record, Fields operands) {
  expect_fields(operands, 5, "S it start offset yield");
  record.iteration.id = number(operands[1], "the iteration");
  record.iteration.yields.push_back(yield(operands[4]));
  record.iteration.on_empty_map = operands[2] == "-";
  if (record.iteration.on_empty_map) {
    if (operands[3] != "-" || operands[4] != "-") fail("an iteration without a start has '- - -'");
    return;
  }
  record.iteration.start = number(operands[2], "start", 0x7fff);
  record.iteration.offset = static_cast<uint32_t>(number(operands[3], "offset", 7));
}

void Parser::parse_advance(GoRecord& record, Fields operands) {
  if (operands.size() < 4) expect_fields(operands, 4, "X it gen yield");
  record.iteration.id = number(operands[1], "the iteration");
  record.iteration.generation = static_cast<int>(number(operands[2], "gen", 2));
  for (const std::string_view field : operands.subspan(3)) {
    if (!record.iteration.yields.empty() && record.iteration.yields.back().end)
      fail("entries after the end of the iteration");
    record.iteration.yields.push_back(yield(field));
  }
}

void Parser::parse_operands(GoRecord& record, Fields operands) {
  switch (record.tag) {
    case GoTag::kNew:
      expect_fields(operands, 2, "N hint");
      record.hint = number(operands[1], "hint", kHintMax);
      return;
    case GoTag::kInsert:
    case GoTag::kErase:
    case GoTag::kLookUp:
      return parse_key_operation(record, operands);
    case GoTag::kClear:
      return expect_fields(operands, 1, "C");
    case GoTag::kStart:
      return parse_start(record, operands);
    case GoTag::kAdvance:
      return parse_advance(record, operands);
    case GoTag::kDrop:
      expect_fields(operands, 2, "D it");
      record.iteration.id = number(operands[1], "the iteration");
      return;
  }
}

// Iterations are started, advanced until their end at most, and dropped.
void Parser::note_iteration(const GoRecord& record) {
  const std::string name = "iteration " + std::to_string(record.iteration.id);
  const auto it = iterations_.find(record.iteration.id);
  switch (record.tag) {
    case GoTag::kNew:
      iterations_.clear();
      return;
    case GoTag::kStart:
      if (it != iterations_.end()) fail(name + " is begun again without having been dropped");
      break;
    case GoTag::kAdvance:
      if (it == iterations_.end()) fail(name + " is advanced but was never begun");
      if (it->second == Iteration::kEnded) fail(name + " is advanced beyond its end");
      break;
    case GoTag::kDrop:
      if (it == iterations_.end()) fail(name + " is dropped but was never begun");
      iterations_.erase(it);
      return;
    default:
      return;
  }
  iterations_[record.iteration.id] =
      record.iteration.yields.back().end ? Iteration::kEnded : Iteration::kRunning;
}

void Parser::parse_operation() {
  const Fields fields = fields_;
  const auto bar = static_cast<size_t>(std::find(fields_.begin(), fields_.end(), "|") - fields_.begin());
  if (bar == fields.size()) fail("no '|' between operation and state");
  GoRecord record;
  record.line = line_;
  record.tag = static_cast<GoTag>(fields[0][0]);
  parse_operands(record, fields.first(bar));
  if (trace_.records.empty() && record.tag != GoTag::kNew) fail("the first operation is not N");
  note_iteration(record);
  parse_state(record, fields.subspan(bar + 1));
  if (record.tag == GoTag::kStart && record.state && record.iteration.start >> record.state->b != 0) {
    fail("start " + std::to_string(record.iteration.start) + " is not one of the 2^" +
         std::to_string(record.state->b) + " buckets");
  }
  trace_.records.push_back(std::move(record));
}

void Parser::parse_end() {
  expect_fields(fields_, 2, "Z n");
  const uint64_t count = number(fields_[1], "the number of operations");
  if (count != trace_.records.size()) {
    fail("Z says " + std::to_string(count) + " operations, the recording has " +
         std::to_string(trace_.records.size()));
  }
  done_ = true;
}

// Chains are read where they are compared (harness/go/replay.h); here only their form is looked at.
void Parser::check_dump() const {
  bool old_array = false;
  for (const std::string_view field : Fields(fields_).subspan(1)) {
    if (field == "/") {
      if (old_array) fail("a second '/' in a dump");
      old_array = true;
      continue;
    }
    for (std::string_view rest = field;;) {
      const size_t plus = rest.find('+');
      const std::string_view bucket = rest.substr(0, plus);
      if (bucket != ".") {
        hexadecimal(bucket.substr(0, bucket.find('=')), "the marks of a bucket");
        if (bucket.size() > 16 &&
            bucket.substr(17).find_first_not_of("0123456789,") != std::string_view::npos) {
          fail("bad bucket " + quoted(bucket) + ": ids joined by commas are expected after '='");
        }
      }
      if (plus == std::string_view::npos) break;
      rest.remove_prefix(plus + 1);
    }
  }
}

void Parser::parse_line() {
  if (done_) fail("a line after Z, which ends a recording");
  const std::string_view tag = fields_[0];
  if (tag.size() == 1 && std::string_view("NIELCSXD").find(tag[0]) != std::string_view::npos)
    return parse_operation();
  if (tag == "Z") return parse_end();
  if (tag != "R" && tag != "F") fail("unknown tag " + quoted(tag));
  if (trace_.records.empty()) fail("an " + std::string(tag) + " line before the first operation");
  GoRecord& record = trace_.records.back();
  if (tag == "F") {
    check_dump();
    // Recordings end with a dump, even if the last operation has one already.
    if (record.dump_line != 0 && trace_.line(record.dump_line) != trace_.line(line_)) {
      fail("a second F line for one operation, and another structure");
    }
    record.dump_line = line_;
    return;
  }
  expect_fields(fields_, 1, "R");
  if (record.reseeded || record.dump_line != 0) {
    fail("an R line out of place: it follows its operation at once, and only once");
  }
  record.reseeded = true;
}

GoTrace Parser::parse() {
  parse_header();
  parse_preallocated();
  while (next_line()) parse_line();
  if (!done_) fail("the recording ends without its Z line: it was cut off");
  return std::move(trace_);
}

std::string read_file(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  if (file && file.peek() != std::ifstream::traits_type::eof()) bytes << file.rdbuf();
  if (errno != 0) {
    throw GoTraceError(path, 0, std::string("cannot be read (") + std::strerror(errno) + "); check the name");
  }
  return std::move(bytes).str();
}

}  // namespace

std::string_view GoTrace::line(size_t number) const {
  const size_t start = line_starts.at(number - 1);
  return std::string_view(text).substr(start, text.find('\n', start) - start);
}

GoTraceError::GoTraceError(const std::string& file, size_t line, const std::string& message)
    : std::runtime_error(file + (line == 0 ? "" : ":" + std::to_string(line)) + ": " + message),
      line_(line) {}

GoTrace parse_go_trace(std::string name, std::string text) {
  return Parser(std::move(name), std::move(text)).parse();
}

GoTrace read_go_trace(const std::string& path) {
  std::string bytes = read_file(path);
  if (!is_gzip(bytes)) return parse_go_trace(path, std::move(bytes));
  Gunzipped plain = gunzip(bytes, kRecordingBytesMax);
  if (!plain.error.empty()) {
    const auto lines = static_cast<size_t>(std::count(plain.bytes.begin(), plain.bytes.end(), '\n'));
    throw GoTraceError(path, lines + 1, plain.error + "; " + kCopyAgain);
  }
  return parse_go_trace(path, std::move(plain.bytes));
}

}  // namespace gcmap::harness
