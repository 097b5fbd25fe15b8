// The binary form of programs: the configuration, then 16-byte records, which op.h has a picture of.
//
// Every byte string decodes. Byte 0 is the version: 1 means the 16-byte configuration of version 1, anything
// else the present one of 32 bytes, and only that is written. Missing bytes of the configuration or of the
// last record are zeros; an operand in its range keeps its value, any other is mapped to least + value %
// size; fields the operation does not use become zero; operations of unknown number (kNop) are dropped, which
// operands being absolute makes safe; operations beyond kOperationsMax are ignored. What decode returns is
// called canonical.
//
// Invariants: decode(encode(p)) == p for canonical p, so encode(decode(x)) is a fixed point.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "harness/program/op.h"

namespace gcmap::harness {

inline constexpr size_t kRecordBytes = 16;
inline constexpr size_t kConfigBytes = 32;
inline constexpr size_t kConfigBytesV1 = 16;
inline constexpr size_t kOperationsMax = 65536;

// How many bytes at the beginning are configuration; a shorter string lacks some of them.
size_t config_bytes_of(std::span<const uint8_t> bytes);

Program decode(std::span<const uint8_t> bytes);

std::vector<uint8_t> encode(const Program& program);
// Writes the configuration and as many operations as fit.
// Returns the bytes written: 0 if not even the configuration fits.
size_t encode_into(const Program& program, std::span<uint8_t> out);

// Makes canonical what was put together by hand: maps, zeroes, drops and cuts as decode does.
void canonicalize(Program& program);

}  // namespace gcmap::harness
