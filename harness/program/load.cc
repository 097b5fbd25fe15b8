// Reading and recognising program files.
#include "harness/program/load.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "harness/program/codec_binary.h"
#include "harness/program/codec_text.h"
#include "harness/program/write_ahead_file.h"

namespace gcmap::harness {
namespace {

constexpr const char* kAllTheSame = "; --any-bytes runs it all the same";
constexpr size_t kFileBytesMax = size_t{64} << 20;

// Empty on success.
std::string read_whole(const std::string& path, std::vector<uint8_t>& bytes) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::strerror(errno);
  struct stat status {};
  if (::fstat(file, &status) == 0 && S_ISDIR(status.st_mode)) {
    ::close(file);
    return "is a directory; name a program file";
  }
  std::string error;
  uint8_t buffer[size_t{64} << 10];
  for (;;) {
    const ssize_t got = ::read(file, buffer, sizeof buffer);
    if (got == 0) break;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) error = std::strerror(errno);
    if (bytes.size() > kFileBytesMax) error = "is over 64 MiB; that is no program";
    if (!error.empty()) break;
    bytes.insert(bytes.end(), buffer, buffer + got);
  }
  ::close(file);
  return error;
}

bool is_white(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
bool is_control(char c) {
  return static_cast<unsigned char>(c) < ' ' && !is_white(c);
}

bool looks_like_text(std::string_view file) {
  const std::string_view begin = file.substr(0, 4096);
  return std::none_of(begin.begin(), begin.end(), is_control);
}

// What is wrong with a binary file as a program; empty if nothing is.
std::string binary_problem(std::span<const uint8_t> bytes) {
  const size_t begin = config_bytes_of(bytes);
  const uint32_t version_max = Config().version;
  if (bytes.size() < begin || bytes[0] < 1 || bytes[0] > version_max) {
    return "is no program: neither text, nor does it begin with a configuration of version 1 to " +
           std::to_string(version_max);
  }
  const size_t records = (bytes.size() - begin + kRecordBytes - 1) / kRecordBytes;
  size_t named = 0;
  for (size_t at = begin; at < bytes.size(); at += kRecordBytes)
    named += info_of(static_cast<OpKind>(bytes[at])).kind != OpKind::kNop;
  if (named * 2 >= records) return "";
  return "is no program: " + std::to_string(named) + " of its " + std::to_string(records) +
         " records name an operation";
}

LoadResult failed(const std::string& path, const std::string& what) {
  LoadResult result;
  result.error = path + ": " + what;
  return result;
}

LoadResult load_text(const std::string& path, std::string_view text) {
  ParseError error;
  LoadResult result;
  result.form = FileForm::kText;
  result.program = parse(text, &error);
  if (!result.program) result.error = path + ":" + std::to_string(error.line) + ": " + error.message;
  return result;
}

LoadResult load_write_ahead(const std::string& path, std::span<const uint8_t> bytes) {
  std::string error;
  std::optional<WriteAheadContents> contents = read_write_ahead(bytes, error);
  if (!contents) return failed(path, error);
  LoadResult result;
  result.form = FileForm::kWriteAhead;
  result.program = std::move(contents->program);
  if (contents->state == WriteAheadState::kRunning) result.stopped_at = contents->operation;
  return result;
}

}  // namespace

LoadResult load_program(const std::string& path, const LoadOptions& options) {
  std::vector<uint8_t> bytes;
  const std::string error = read_whole(path, bytes);
  if (!error.empty()) return failed(path, error);
  if (bytes.empty() && !options.any_bytes)
    return failed(path, "the file is empty; a program has at least the line 'config version=2'");
  if (is_write_ahead(bytes)) return load_write_ahead(path, bytes);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const bool named_text = path.ends_with(".txt");
  if (named_text || looks_like_text(text)) {
    LoadResult result = load_text(path, text);
    if (result.program || named_text) return result;
    if (!options.any_bytes) {
      if (text.find("config ") == std::string_view::npos) result.error += kAllTheSame;
      return result;
    }
  } else if (!options.any_bytes) {
    const std::string problem = binary_problem(bytes);
    if (!problem.empty()) return failed(path, problem + kAllTheSame);
  }
  LoadResult result;
  result.form = FileForm::kBinary;
  result.program = decode(bytes);
  return result;
}

}  // namespace gcmap::harness
