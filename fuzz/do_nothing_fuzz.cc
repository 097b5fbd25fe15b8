// Decodes the program and throws it away: the engine's own cost per execution, to measure the others against.
#include <cstddef>
#include <cstdint>

#include "harness/program/codec_binary.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const gcmap::harness::Program program = gcmap::harness::decode({data, size});
  return program.operations.size() > gcmap::harness::kOperationsMax ? -1 : 0;
}
