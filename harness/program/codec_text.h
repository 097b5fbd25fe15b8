// The text form of programs: what people read, review and keep in the corpus.
//
//   # anything after a hash sign is a comment
//   config version=2 hash=low hash_bits=3
//   put_run m0 1 9 0
//   iterate m0 i0 0 0
//   set_hash 17 0xff00000000000001
//   inside map_entry_inserted 3 mark 1
//
// The configuration comes first; fields it does not name have their defaults, in a program of version 1 those
// of that version. Then one operation per line, its operands in the order of op.def; values that have names
// may be written as numbers too. Unlike the binary form the text form is strict: a number out of range,
// an unknown name or a missing operand is an error that says what to write instead.
//
// Invariant: parse(print(p)) == p for every canonical p.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "harness/program/op.h"

namespace gcmap::harness {

struct ParseError {
  size_t line = 0;  // from 1
  std::string message;

  std::string to_string() const { return "line " + std::to_string(line) + ": " + message; }
};

// Nothing if the text is no program; `error`, unless null, then says why.
std::optional<Program> parse(std::string_view text, ParseError* error);

std::string print(const Program& program);      // ends in a newline
std::string print(const Config& config);        // "config version=2 ..."
std::string print(const Operation& operation);  // "put m0 17 5"
std::string print_operand(OperandKind kind, uint64_t value);

}  // namespace gcmap::harness
