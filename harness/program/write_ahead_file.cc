// Recognising and reading write-ahead files.
#include "harness/program/write_ahead_file.h"

#include <cstring>

#include "harness/program/codec_binary.h"

namespace gcmap::harness {

bool is_write_ahead(std::span<const uint8_t> file) {
  return file.size() >= sizeof kWriteAheadMagic &&
         std::memcmp(file.data(), kWriteAheadMagic, sizeof kWriteAheadMagic) == 0;
}

std::optional<WriteAheadContents> read_write_ahead(std::span<const uint8_t> file, std::string& error) {
  WriteAheadHeader header;
  if (file.size() < sizeof header) {
    error = "the write-ahead file is shorter than its header";
    return std::nullopt;
  }
  std::memcpy(&header, file.data(), sizeof header);
  if (header.version != kWriteAheadVersion) {
    error = "the write-ahead file has version " + std::to_string(header.version) +
            "; this gcmap reads version " + std::to_string(kWriteAheadVersion);
    return std::nullopt;
  }
  const auto state = static_cast<WriteAheadState>(header.state);
  if (state != WriteAheadState::kRunning && state != WriteAheadState::kFinished) {
    error = state == WriteAheadState::kEmpty
                ? "the write-ahead file holds no program: its process died before the first one"
                : "the write-ahead file holds a torn program: its process died between two programs";
    return std::nullopt;
  }
  const std::span<const uint8_t> rest = file.subspan(sizeof header);
  if (header.bytes > rest.size()) {
    error = "the write-ahead file was cut short: " + std::to_string(header.bytes) + " bytes announced, " +
            std::to_string(rest.size()) + " found";
    return std::nullopt;
  }
  return WriteAheadContents{decode(rest.subspan(0, header.bytes)), state, header.operation};
}

}  // namespace gcmap::harness
