// Recordings of the Go runtime's map: what corpus/go-traces/FORMAT.md describes, parsed into records.
//
// Parsing is strict: whatever the format does not allow is an error that names file and line. A
// recording is evidence about Go; one that is damaged must not pass for one that agrees.
//
// Not here: carrying a recording out (harness/go/replay.h).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace gcmap::harness {

// The state of a map after an operation: X(member, name in reports, written in hexadecimal), in the
// order of the format.
#define GCMAP_GO_STATE_FIELDS(X)     \
  X(count, "count", false)           \
  X(b, "B", false)                   \
  X(flags, "flags", false)           \
  X(noverflow, "noverflow", false)   \
  X(grow, "grow", false)             \
  X(nevacuate, "nevacuate", false)   \
  X(newovf, "newovf", false)         \
  X(oldovf, "oldovf", false)         \
  X(oldovflean, "oldovflean", false) \
  X(prealloc, "prealloc", false)     \
  X(digest, "digest", true)          \
  X(lean, "lean", true)

struct GoState {
#define GCMAP_MEMBER(member, name, hexadecimal) uint64_t member = 0;
  GCMAP_GO_STATE_FIELDS(GCMAP_MEMBER)
#undef GCMAP_MEMBER
  bool operator==(const GoState&) const = default;
};

// One step of an iteration: an entry, or the end.
struct GoYield {
  bool end = false;
  uint64_t id = 0;
  uint64_t value = 0;
  bool operator==(const GoYield&) const = default;
};

// What a line says of the iteration it is about.
struct GoIterationStep {
  uint64_t id = 0;              // S X D
  bool on_empty_map = false;    // S: "- - -"
  uint64_t start = 0;           // S
  uint32_t offset = 0;          // S
  int generation = 0;           // X
  std::vector<GoYield> yields;  // S: one; X: one per step
};

enum class GoTag : char {
  kNew = 'N',
  kInsert = 'I',
  kErase = 'E',
  kLookUp = 'L',
  kClear = 'C',
  kStart = 'S',
  kAdvance = 'X',
  kDrop = 'D',
};

// One operation line, and the R and F lines that belong to it. Members no line of its tag has are zero.
struct GoRecord {
  size_t line = 0;  // from 1
  GoTag tag = GoTag::kNew;
  uint64_t hint = 0;                 // N
  uint64_t id = 0;                   // I E L
  uint64_t hash = 0;                 // I E L
  uint64_t value = 0;                // I
  std::optional<uint64_t> answer;    // I: the previous value; L: the value found
  bool found = false;                // E
  std::vector<uint64_t> nan_hashes;  // I E, key=f64: hashes drawn for NaNs while evacuating
  GoIterationStep iteration;         // S X D
  std::optional<GoState> state;      // nothing: not recorded
  bool reseeded = false;             // an R line follows
  size_t dump_line = 0;              // the F line that follows, or 0
};

struct GoTrace {
  std::string name;                           // of the file, as it was given
  std::map<std::string, std::string> header;  // "key" -> "u64", ...; every field of the format is there
  std::array<uint64_t, 16> preallocated{};    // the P line
  std::vector<GoRecord> records;              // in file order; the first is an N

  // The text of a line, without its newline.
  // Requires: 1 <= number <= lines of the file.
  std::string_view line(size_t number) const;

  std::string text;                 // all of it
  std::vector<size_t> line_starts;  // offsets into text
};

// A recording that cannot be read. what() is one line: "FILE:LINE: what is wrong; what to do".
class GoTraceError : public std::runtime_error {
 public:
  GoTraceError(const std::string& file, size_t line, const std::string& message);
  size_t line() const { return line_; }  // 0: the file as a whole

 private:
  size_t line_;
};

// Reads a recording, compressed with gzip or as plain text.
// Errors: GoTraceError.
GoTrace read_go_trace(const std::string& path);

// Parses the text of a recording; `name` stands for the file in messages.
// Errors: GoTraceError.
GoTrace parse_go_trace(std::string name, std::string text);

}  // namespace gcmap::harness
