// Runs programs on library and model with every oracle off: what is left is the model comparison.
// For measurements.
#include <cstddef>
#include <cstdint>

#include "harness/program/codec_binary.h"
#include "harness/run/interpreter.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gcmap::harness;
  RunOptions options;
  options.oracles = false;
  return run(decode({data, size}), options).failed() ? -1 : 0;
}
