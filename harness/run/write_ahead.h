// The program about to run, on disk before it runs: what remains when the process is killed outright.
//
// Its form: harness/program/write_ahead_file.h. load_program() reads it like any program.
//
// Protocol: begin(program) copies it into a shared mapping; the interpreter counts through progress();
// finish() marks the program as survived. The kernel owns the pages, so the file is whole after kill -9
// (not after a power cut: nothing is synced). One execution costs a memcpy; the file only grows, in
// doubling steps.
//
// Relied on by: fuzz targets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "harness/program/write_ahead_file.h"

namespace gcmap::harness {

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

}  // namespace gcmap::harness
