// The binary form of programs: 16-byte records, the configuration first (harness/op.h has the picture).
//
// Every byte string decodes. Missing bytes of the configuration or of the last record are zeros; an operand
// in its range keeps its value, any other is mapped to least + value % size; fields the operation does not
// use become zero; operations of unknown number (kNop) are dropped, which operands being absolute makes safe;
// operations beyond kOperationsMax are ignored. What decode returns is called canonical.
//
// Invariants: decode(encode(p)) == p for canonical p, so encode(decode(x)) is a fixed point.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "harness/op.h"

namespace gcmap::harness {

inline constexpr size_t kRecordBytes = 16;
inline constexpr size_t kOperationsMax = 65536;

Program decode(std::span<const uint8_t> bytes);

std::vector<uint8_t> encode(const Program& program);
// Writes the configuration and as many operations as fit. Returns the bytes written: 0 if not even the
// configuration fits.
size_t encode_into(const Program& program, std::span<uint8_t> out);

// Makes canonical what was put together by hand: maps, zeroes, drops and cuts as decode does.
void canonicalize(Program& program);

}  // namespace gcmap::harness
