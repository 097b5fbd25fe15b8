// Programs from files, whatever their form: text, binary, or a write-ahead file.
//
// A file that begins with the write-ahead mark is one. A file is text if it is named .txt, or if it begins
// without control characters. Everything else is binary: a canonical binary program begins with its version,
// byte 1 or 2, and is never taken for text.
//
// Every byte string decodes (harness/program/codec_binary.h), which is for engines; a person who names the
// wrong file wants to be told. A binary file is a program if it begins with the whole configuration of a
// known version and at least half of its records name an operation. `any_bytes` takes what is neither text
// nor such a program as an engine would.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "harness/program/op.h"

namespace gcmap::harness {

enum class FileForm : uint8_t { kText, kBinary, kWriteAhead };

struct LoadResult {
  std::optional<Program> program;
  std::string error;  // one line with the path, if there is no program
  FileForm form = FileForm::kText;
  std::optional<uint32_t>
      stopped_at;  // write-ahead file of a program that did not come back: operation index
};

struct LoadOptions {
  bool any_bytes = false;
};

LoadResult load_program(const std::string& path, const LoadOptions& options = {});

}  // namespace gcmap::harness
