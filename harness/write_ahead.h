// The program about to run, on disk before it runs: what remains when the process is killed outright.
//
// Layout of the file: WriteAheadHeader (64 bytes), then the bytes of the program in binary form.
//
// Protocol: begin(program) copies it into a shared mapping; the interpreter counts through progress();
// finish() marks the program as survived. The kernel owns the pages, so the file is whole after kill -9 (not
// after a power cut: nothing is synced). One execution costs a memcpy; the file only grows, in doubling
// steps.
//
// Relied on by: fuzz targets; load_program (harness/load.h) reads the file like any program.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "harness/op.h"

namespace gcmap::harness {

enum class WriteAheadState : uint32_t {
  kEmpty = 0,     // no program yet
  kWriting = 1,   // killed inside begin(): the bytes may be torn
  kRunning = 2,   // the program did not come back
  kFinished = 3,  // it did
};

struct WriteAheadHeader {
  char magic[8];  // kWriteAheadMagic
  uint32_t version;
  uint32_t state;      // WriteAheadState
  uint32_t bytes;      // of the program
  uint32_t operation;  // index of the operation last begun
  uint8_t reserved[40];
};
static_assert(sizeof(WriteAheadHeader) == 64);

inline constexpr char kWriteAheadMagic[8] = {'g', 'c', 'm', 'a', 'p', 'W', 'A', '\n'};
inline constexpr uint32_t kWriteAheadVersion = 1;

class WriteAhead {
 public:
  // Creates or overwrites the file. On failure ok() is false, error() says why, and everything else does
  // nothing: a fuzzer without its write-ahead file still fuzzes. The blocks are reserved, so that a full disk
  // is such a failure; if it shows when the file must grow, one line on stderr says so.
  explicit WriteAhead(const std::string& path);
  ~WriteAhead();
  WriteAhead(const WriteAhead&) = delete;
  WriteAhead& operator=(const WriteAhead&) = delete;

  bool ok() const { return header_ != nullptr; }
  const std::string& error() const { return error_; }

  void begin(std::span<const uint8_t> program);
  void finish();

  // For RunOptions::progress. Null unless ok(). Valid until the next begin().
  volatile uint32_t* progress() { return header_ == nullptr ? nullptr : &header_->operation; }

 private:
  bool grow(size_t capacity);
  void close_with(const std::string& what);

  int file_ = -1;
  size_t capacity_ = 0;  // of file and mapping
  volatile WriteAheadHeader* header_ = nullptr;
  std::string error_;
};

struct WriteAheadContents {
  Program program;
  WriteAheadState state = WriteAheadState::kEmpty;
  uint32_t operation = 0;
};

bool is_write_ahead(std::span<const uint8_t> file);
// Requires: is_write_ahead(file). Nothing, and a reason in `error`, if no whole program is inside.
std::optional<WriteAheadContents> read_write_ahead(std::span<const uint8_t> file, std::string& error);

}  // namespace gcmap::harness
