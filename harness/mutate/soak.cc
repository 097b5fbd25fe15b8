#include "harness/mutate/soak.h"

#include <algorithm>

#include "gcmap/internal/base/random.h"
#include "harness/mutate/generate.h"
#include "harness/program/cost.h"

namespace gcmap::harness {
namespace {

constexpr size_t kWindow = 256;         // the operations a generator looks back on, so that keys come again
constexpr uint64_t kWorkOfOneMax = 64;  // entries an operation touches: many small ones, not few large ones
constexpr uint32_t kCadence = 250;

}  // namespace

Program soak_program(uint64_t seed, uint64_t number) {
  Random random(mix64(seed) ^ number);
  GenerateOptions options;
  options.profile = number % 2 == 0 ? Profile::kMap : Profile::kHeap;
  Program program;
  program.config = generate_config(random, options);
  program.config.cadence = kCadence;
  program.config.pacing_n =
      std::max<uint32_t>(program.config.pacing_n, 64);  // whole collections: not too often
  Program window;
  window.config = program.config;
  while (program.operations.size() < kSoakOperations) {
    const size_t first = program.operations.size() - std::min(kWindow, program.operations.size());
    window.operations.assign(program.operations.begin() + static_cast<std::ptrdiff_t>(first),
                             program.operations.end());
    Generator generator(random, window, options.profile);
    for (size_t i = 0; i < kWindow / 4; ++i) {
      Operation operation = generator.operation();
      if (cost_of(operation) > kWorkOfOneMax && !random.chance(1, 64))
        operation = generator.operation(OpKind::kPut);
      program.operations.push_back(operation);
    }
  }
  return program;
}

}  // namespace gcmap::harness
