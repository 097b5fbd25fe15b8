// Glue between bytes and programs.
#include "harness/program_bytes.h"

#include <algorithm>

#include "harness/codec_binary.h"
#include "harness/generate.h"

namespace gcmap::harness {
namespace {

// Operations that fit beside the configuration.
size_t operations_in(size_t bytes) {
  return std::min(bytes / kRecordBytes - 1, kOperationsMax);
}

}  // namespace

size_t mutate_program_bytes(uint8_t* data, size_t size, size_t max_size, unsigned seed,
                            const ByteMutation& options) {
  if (max_size < kRecordBytes) return 0;
  Random random(seed);
  if (options.engine != nullptr && random.below(kEngineShare) == 0)
    return options.engine(data, size, max_size);
  // Engines begin with no or hardly any bytes; what those decode to is an odd place to start from.
  Program program = size < kRecordBytes ? generate(random, std::max<size_t>(1, operations_in(max_size)))
                                        : decode({data, size});
  // Without room for an operation there is nothing to mutate but the configuration.
  if (operations_in(max_size) == 0) {
    program.operations.clear();
    mutate_once(MutationKind::config, program, random, 1);
  } else {
    mutate(program, random, operations_in(max_size), options.without);
  }
  return encode_into(program, {data, max_size});
}

size_t crossover_program_bytes(const uint8_t* first, size_t first_size, const uint8_t* second,
                               size_t second_size, uint8_t* out, size_t out_max, unsigned seed) {
  if (out_max < kRecordBytes) return 0;
  Random random(seed);
  const Program child =
      crossover(decode({first, first_size}), decode({second, second_size}), random, operations_in(out_max));
  return encode_into(child, {out, out_max});
}

}  // namespace gcmap::harness
