#include "harness/program/output.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace gcmap::harness {
namespace {

constexpr int kLinksMax = 40;  // as the kernel's

// What a chain of symbolic links leads to, whether that exists or not.
std::filesystem::path target_of(const std::string& path) {
  std::filesystem::path target = path;
  std::error_code error;
  for (int links = 0; links < kLinksMax && std::filesystem::is_symlink(target, error); ++links) {
    const std::filesystem::path next = std::filesystem::read_symlink(target, error);
    if (error) break;
    target = target.parent_path() / next;  // an absolute path replaces it
  }
  return target;
}

std::string folder_of(const std::filesystem::path& target) {
  const std::string folder = target.parent_path().string();
  return folder.empty() ? "." : folder;
}

// Empty on success, else what failed.
std::string write_all(int file, std::span<const char> contents) {
  size_t written = 0;
  while (written < contents.size()) {
    const ssize_t got = ::write(file, contents.data() + written, contents.size() - written);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::string("cannot write: ") + std::strerror(errno);
    written += static_cast<size_t>(got);
  }
  return "";
}

std::string close_after(int file, std::string error) {
  if (::close(file) != 0 && error.empty()) return std::string("cannot write: ") + std::strerror(errno);
  return error;
}

// A reader that has gone is an error, not the end of the process.
std::string write_stream(const std::string& path, std::span<const char> contents) {
  struct sigaction ignore = {};
  struct sigaction old = {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &old);
  const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
  std::string error = file < 0 ? std::string("cannot open it: ") + std::strerror(errno)
                               : close_after(file, write_all(file, contents));
  ::sigaction(SIGPIPE, &old, nullptr);
  return error;
}

std::string replace(const std::string& target, std::span<const char> contents) {
  const std::string temporary = target + ".new-" + std::to_string(::getpid());
  struct stat old {};
  const bool exists = ::stat(target.c_str(), &old) == 0;
  const int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) return std::string("cannot create the file: ") + std::strerror(errno);
  if (exists) static_cast<void>(::fchmod(file, old.st_mode & 07777));  // as far as the file system has modes
  std::string error = close_after(file, write_all(file, contents));
  if (error.empty() && ::rename(temporary.c_str(), target.c_str()) != 0)
    error = std::string("cannot rename the new file: ") + std::strerror(errno);
  if (!error.empty()) ::unlink(temporary.c_str());
  return error;
}

// Which of standard output and error `path` is, be it /dev/stdout or the file they were redirected to; -1:
// neither. Replacing that file would lose what it holds and what is printed later.
int standard_stream(const std::string& path) {
  struct stat named {};
  if (::stat(path.c_str(), &named) != 0 || S_ISCHR(named.st_mode)) return -1;
  for (const int file : {STDOUT_FILENO, STDERR_FILENO}) {
    struct stat open {};
    if (::fstat(file, &open) == 0 && open.st_dev == named.st_dev && open.st_ino == named.st_ino) return file;
  }
  return -1;
}

std::string problem_of(const std::string& path) {
  if (path.empty()) return "an empty name is no file";
  struct stat status {};
  const bool exists = ::stat(path.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) return "is a folder; name a file in it";
  if (!exists && errno != ENOENT) return std::strerror(errno);
  if (exists && ::access(path.c_str(), W_OK) != 0)
    return std::string("cannot be written: ") + std::strerror(errno);
  if (exists && !S_ISREG(status.st_mode)) return "";
  const std::string folder = folder_of(target_of(path));
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    return "cannot create a file in " + folder + ": " + std::strerror(errno);
  if (path.back() == '/') return "names a folder that does not exist";
  return "";
}

}  // namespace

std::string output_problem(const std::string& path) {
  const std::string problem = problem_of(path);
  return problem.empty() ? "" : path + ": " + problem;
}

bool is_stream(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || S_ISDIR(status.st_mode)) return false;
  return !S_ISREG(status.st_mode) || standard_stream(path) >= 0;
}

std::string write_output(const std::string& path, std::span<const char> contents) {
  const std::string problem = problem_of(path);
  if (!problem.empty()) return path + ": " + problem;
  std::string error;
  if (const int file = standard_stream(path); file >= 0) {
    std::fflush(nullptr);
    error = write_all(file, contents);
  } else {
    error = is_stream(path) ? write_stream(path, contents) : replace(target_of(path).string(), contents);
  }
  return error.empty() ? "" : path + ": " + error;
}

}  // namespace gcmap::harness
