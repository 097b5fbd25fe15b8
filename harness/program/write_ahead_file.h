// The form of a write-ahead file, and reading one: the program a process was running when it died.
//
// Layout: WriteAheadHeader (64 bytes), then the program in binary form. The file may go on behind it.
//
// Relied on by: WriteAhead (harness/run/write_ahead.h), which writes it; load_program; tools/dev/engine.py.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "harness/program/op.h"

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

struct WriteAheadContents {
  Program program;
  WriteAheadState state = WriteAheadState::kEmpty;
  uint32_t operation = 0;
};

bool is_write_ahead(std::span<const uint8_t> file);
// Requires: is_write_ahead(file). Nothing, and a reason in `error`, if no whole program is inside.
std::optional<WriteAheadContents> read_write_ahead(std::span<const uint8_t> file, std::string& error);

}  // namespace gcmap::harness
