// A running digest of what a run observed: same program, same digest (G8), in every build.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gcmap::harness {

class Digest {
 public:
  void add(uint64_t word) { state_ = (state_ ^ word) * kPrime ^ (state_ >> 29); }
  void add_bytes(const void* memory, size_t bytes) {
    const auto* byte = static_cast<const unsigned char*>(memory);
    for (size_t i = 0; i < bytes; ++i) state_ = (state_ ^ byte[i]) * kPrime;
  }
  uint64_t value() const { return state_; }

 private:
  static constexpr uint64_t kPrime = 0x100000001b3;  // FNV-1a's, 64 bits
  uint64_t state_ = 0xcbf29ce484222325;
};

}  // namespace gcmap::harness
