// Programs from files, whatever their form: text, binary, or a write-ahead file.
//
// A file that begins with the write-ahead mark is one. A file is text if it is named .txt, or if it holds no
// control characters and begins with '#', white space, 'config' or an operation's name, unless it is named
// .bin. Everything else is binary. A canonical binary program begins with its version, byte 1: it is never
// taken for text.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "harness/op.h"

namespace gcmap::harness {

enum class FileForm : uint8_t { kText, kBinary, kWriteAhead };

struct LoadResult {
  std::optional<Program> program;
  std::string error;  // one line with the path, if there is no program
  FileForm form = FileForm::kText;
  std::optional<uint32_t>
      stopped_at;  // write-ahead file of a program that did not come back: operation index
};

LoadResult load_program(const std::string& path);

// Writes through a temporary file and a rename, so that a reader or a crash finds the old contents or the
// new. Returns an empty string, or one line that says what failed.
std::string write_file_atomically(const std::string& path, std::span<const char> contents);

}  // namespace gcmap::harness
