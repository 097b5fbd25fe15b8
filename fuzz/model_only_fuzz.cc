// Runs programs on the model alone: the floor under the cost of an execution. For measurements.
#include <cstddef>
#include <cstdint>

#include "harness/program/codec_binary.h"
#include "harness/run/model_run.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // The digest keeps the work from being optimized away; one value in 2^64 would be refused.
  return gcmap::harness::run_model_only(gcmap::harness::decode({data, size})) == 0 ? -1 : 0;
}
