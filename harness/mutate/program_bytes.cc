// Glue between bytes and programs.
#include "harness/mutate/program_bytes.h"

#include <algorithm>

#include "harness/mutate/generate.h"
#include "harness/program/codec_binary.h"

namespace gcmap::harness {
namespace {

// Engines begin with no or hardly any bytes. They decode to a configuration of least values, which is an odd
// place to start from and would be passed on to most of the corpus; here such an input counts for nothing.

bool has_config(const uint8_t* data, size_t size) {
  return size >= config_bytes_of({data, size});
}

// Operations that fit beside the configuration.
size_t operations_in(size_t bytes) {
  return std::min((bytes - kConfigBytes) / kRecordBytes, kOperationsMax);
}

}  // namespace

size_t mutate_program_bytes(uint8_t* data, size_t size, size_t max_size, unsigned seed,
                            const ByteMutation& options) {
  if (max_size < kConfigBytes) return 0;
  Random random(seed);
  if (options.engine != nullptr && random.below(kEngineShare) == 0)
    return options.engine(data, size, max_size);
  const size_t room = operations_in(max_size);
  Program program = has_config(data, size)
                        ? decode({data, size})
                        : generate(random, std::max<size_t>(1, room), {options.profile, options.kind_weight});
  // Without room for an operation there is nothing to mutate but the configuration.
  if (room == 0) {
    program.operations.clear();
    mutate_once(MutationKind::config, program, random, 1, options.profile);
  } else {
    mutate(program, random, room, {options.without, options.profile, options.kind_weight});
  }
  return encode_into(program, {data, max_size});
}

size_t crossover_program_bytes(const uint8_t* first, size_t first_size, const uint8_t* second,
                               size_t second_size, uint8_t* out, size_t out_max, unsigned seed,
                               const ByteMutation& options) {
  if (out_max < kConfigBytes) return 0;
  Random random(seed);
  Program one = decode({first, first_size});
  Program other = decode({second, second_size});
  const bool other_configured = has_config(second, second_size);
  if (!has_config(first, first_size))
    one.config = other_configured ? other.config : generate_config(random, {options.profile});
  if (!other_configured) other.config = one.config;
  const Program child = crossover(one, other, random, operations_in(out_max));
  return encode_into(child, {out, out_max});
}

}  // namespace gcmap::harness
