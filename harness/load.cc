// Reading and recognising program files.
#include "harness/load.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include "harness/codec_binary.h"
#include "harness/codec_text.h"
#include "harness/write_ahead.h"

namespace gcmap::harness {
namespace {

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

// Requires: not empty.
bool looks_like_text(std::string_view file) {
  const std::string_view begin = file.substr(0, 4096);
  if (std::any_of(begin.begin(), begin.end(), is_control)) return false;
  if (begin[0] == '#' || is_white(begin[0]) || begin.starts_with("\xef\xbb\xbf")) return true;
  const auto word_end = std::find_if(begin.begin(), begin.end(), is_white);
  const std::string_view word = begin.substr(0, static_cast<size_t>(word_end - begin.begin()));
  return word == "config" || find_op(word) != nullptr;
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

LoadResult load_program(const std::string& path) {
  std::vector<uint8_t> bytes;
  const std::string error = read_whole(path, bytes);
  if (!error.empty()) return failed(path, error);
  if (bytes.empty())
    return failed(path, "the file is empty; a program has at least the line 'config version=2'");
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (is_write_ahead(bytes)) return load_write_ahead(path, bytes);
  if (path.ends_with(".txt") || (!path.ends_with(".bin") && looks_like_text(text)))
    return load_text(path, text);
  LoadResult result;
  result.form = FileForm::kBinary;
  result.program = decode(bytes);
  return result;
}

std::string write_file_atomically(const std::string& path, std::span<const char> contents) {
  const std::string temporary = path + ".new";
  const auto failure = [&](const char* what) {
    const std::string reason = std::strerror(errno);
    ::unlink(temporary.c_str());
    return path + ": cannot " + what + ": " + reason;
  };
  const int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return failure("create the file");
  size_t written = 0;
  while (written < contents.size()) {
    const ssize_t got = ::write(file, contents.data() + written, contents.size() - written);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const std::string message = failure("write");
      ::close(file);
      return message;
    }
    written += static_cast<size_t>(got);
  }
  if (::close(file) != 0) return failure("write");
  if (::rename(temporary.c_str(), path.c_str()) != 0) return failure("rename the new file");
  return "";
}

}  // namespace gcmap::harness
