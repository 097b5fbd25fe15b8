// The mapped file behind WriteAhead.
#include "harness/run/write_ahead.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace gcmap::harness {
namespace {

constexpr size_t kCapacityMin = size_t{64} << 10;

// Stores on both sides stay on their side. A killed process stops between two instructions, so the compiler
// is the only one that could reorder them.
void keep_order() {
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

}  // namespace

WriteAhead::WriteAhead(const std::string& path) {
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file_ < 0) {
    close_with("open " + path);
    return;
  }
  struct stat status {};
  const bool regular = ::fstat(file_, &status) == 0 && S_ISREG(status.st_mode);
  if (!grow(kCapacityMin)) {
    if (regular) ::unlink(path.c_str());  // an empty file would be taken for what a crash left
    return;
  }
  header_->version = kWriteAheadVersion;
  for (size_t i = 0; i < sizeof kWriteAheadMagic; ++i) header_->magic[i] = kWriteAheadMagic[i];
}

WriteAhead::~WriteAhead() {
  if (header_ != nullptr) ::munmap(const_cast<WriteAheadHeader*>(header_), capacity_);
  if (file_ >= 0) ::close(file_);
}

bool WriteAhead::grow(size_t capacity) {
  // The blocks are reserved now: a store to a page the disk has no room for would be a SIGBUS.
  int error = EINTR;
  while (error == EINTR) error = ::posix_fallocate(file_, 0, static_cast<off_t>(capacity));
  if (error != 0) {
    errno = error;
    close_with("grow the file to " + std::to_string(capacity >> 10) + " KiB");
    return false;
  }
  // The new mapping shares its pages with the old one, which goes only after the new one stands.
  void* mapping = ::mmap(nullptr, capacity, PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
  if (mapping == MAP_FAILED) {
    close_with("map the file");
    return false;
  }
  if (header_ != nullptr) ::munmap(const_cast<WriteAheadHeader*>(header_), capacity_);
  header_ = static_cast<volatile WriteAheadHeader*>(mapping);
  capacity_ = capacity;
  return true;
}

void WriteAhead::close_with(const std::string& what) {
  error_ = "write-ahead file: cannot " + what + ": " + std::strerror(errno);
  if (header_ != nullptr) ::munmap(const_cast<WriteAheadHeader*>(header_), capacity_);
  if (file_ >= 0) ::close(file_);
  header_ = nullptr;
  file_ = -1;
  capacity_ = 0;
}

void WriteAhead::begin(std::span<const uint8_t> program) {
  if (header_ == nullptr || program.size() > UINT32_MAX) return;
  const size_t needed = sizeof(WriteAheadHeader) + program.size();
  if (needed > capacity_ && !grow(std::bit_ceil(needed))) {
    std::fprintf(stderr, "%s; going on without\n", error_.c_str());  // once: from now on there is no file
    return;
  }
  header_->state = static_cast<uint32_t>(WriteAheadState::kWriting);
  keep_order();
  header_->bytes = static_cast<uint32_t>(program.size());
  header_->operation = 0;
  auto* bytes = reinterpret_cast<uint8_t*>(const_cast<WriteAheadHeader*>(header_)) + sizeof(WriteAheadHeader);
  if (!program.empty()) std::memcpy(bytes, program.data(), program.size());
  keep_order();
  header_->state = static_cast<uint32_t>(WriteAheadState::kRunning);
}

void WriteAhead::finish() {
  if (header_ != nullptr) header_->state = static_cast<uint32_t>(WriteAheadState::kFinished);
}

}  // namespace gcmap::harness
