// The engine's view of the mutator: any bytes in, encoded programs out.
#include "harness/mutate/program_bytes.h"

#include <gtest/gtest.h>

#include <span>
#include <vector>

#include "harness/mutate/generate.h"
#include "harness/program/codec_binary.h"
#include "harness/program/operands.h"

namespace gcmap::harness {
namespace {

void expect_encoded_program(const uint8_t* data, size_t size) {
  const std::vector<uint8_t> bytes(data, data + size);
  EXPECT_EQ(encode(decode(bytes)), bytes);
}

TEST(ProgramBytes, AnyBytesBecomeAProgramWithinTheLimit) {
  Random random(1);
  for (unsigned seed = 0; seed < 1000; ++seed) {
    const size_t max_size = kConfigBytes + random.below(600);
    std::vector<uint8_t> data(max_size);  // on the heap, so that the sanitizer sees what is written beyond
    const size_t size = random.below(max_size + 1);
    for (size_t i = 0; i < size; ++i) data[i] = static_cast<uint8_t>(random.next());
    const size_t mutated = mutate_program_bytes(data.data(), size, max_size, seed);
    ASSERT_LE(mutated, max_size);
    ASSERT_GE(mutated, kConfigBytes);
    expect_encoded_program(data.data(), mutated);
  }
}

TEST(ProgramBytes, WithoutRoomForAConfigurationNothingIsWritten) {
  uint8_t data[kConfigBytes] = {1, 2, 3};
  EXPECT_EQ(mutate_program_bytes(data, 3, kConfigBytes - 1, 1), 0u);
  EXPECT_EQ(crossover_program_bytes(data, 3, data, 3, data, kConfigBytes - 1, 1), 0u);
}

TEST(ProgramBytes, AnInputWithoutAConfigurationPassesNoneOn) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    Program program;
    program.operations.assign(5, simplest_operation(OpKind::kPut));
    const std::vector<uint8_t> whole = encode(program);
    const uint8_t stub[] = {7, 7};
    std::vector<uint8_t> out(400);
    for (bool stub_first : {false, true}) {
      const std::span<const uint8_t> first = stub_first ? std::span<const uint8_t>(stub) : std::span(whole);
      const std::span<const uint8_t> second = stub_first ? std::span(whole) : std::span<const uint8_t>(stub);
      const size_t size = crossover_program_bytes(first.data(), first.size(), second.data(), second.size(),
                                                  out.data(), out.size(), seed);
      EXPECT_EQ(decode(std::span(out).subspan(0, size)).config, Config{});
    }
  }
}

TEST(ProgramBytes, TheProfileDecidesWhatIsDrawn) {
  constexpr int kInputs = 200;
  for (Profile profile : {Profile::kMap, Profile::kHeap}) {
    int objects = 0;
    int crossed = 0;
    for (unsigned seed = 0; seed < kInputs; ++seed) {
      std::vector<uint8_t> data(600);
      const size_t size = mutate_program_bytes(data.data(), 0, data.size(), seed, {.profile = profile});
      for (const Operation& operation : decode({data.data(), size}).operations)
        objects += operation.kind == OpKind::kNew;
      const size_t child = crossover_program_bytes(data.data(), 0, data.data(), 0, data.data(), data.size(),
                                                   seed, {.profile = profile});
      crossed += decode({data.data(), child}).config.kind != static_cast<uint32_t>(MapKind::kU64);
    }
    EXPECT_EQ(objects > kInputs * 3 / 2, profile == Profile::kHeap) << objects;
    EXPECT_EQ(crossed > kInputs * 3 / 4, profile == Profile::kHeap) << crossed;
  }
}

TEST(ProgramBytes, TheProfileIsThatOfEveryMutation) {
  int objects[2] = {0, 0};
  for (Profile profile : {Profile::kMap, Profile::kHeap}) {
    std::vector<uint8_t> data = encode(Program{});
    size_t size = data.size();
    data.resize(1000);
    for (unsigned seed = 0; seed < 2000; ++seed) {
      size = mutate_program_bytes(data.data(), size, data.size(), seed, {.profile = profile});
      for (const Operation& operation : decode({data.data(), size}).operations)
        objects[static_cast<size_t>(profile)] += operation.kind == OpKind::kNew;
    }
  }
  EXPECT_GT(objects[1], objects[0] * 2);
}

TEST(ProgramBytes, AShortInputOfVersion1HasAConfiguration) {
  Program program;
  program.config.seed = 77;
  std::vector<uint8_t> data = encode(program);
  data[0] = 1;
  data.resize(400);
  int kept = 0;
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::vector<uint8_t> copy = data;
    const size_t size = mutate_program_bytes(copy.data(), kConfigBytesV1, copy.size(), seed);
    kept += decode({copy.data(), size}).config.seed == 77;
  }
  EXPECT_GT(kept, 25);
}

TEST(ProgramBytes, OneSeedOneResult) {
  Random random(2);
  for (unsigned seed = 0; seed < 100; ++seed) {
    std::vector<uint8_t> first = encode(generate(random, 20));
    const size_t size = first.size();
    first.resize(1000);
    std::vector<uint8_t> second = first;
    ASSERT_EQ(mutate_program_bytes(first.data(), size, 1000, seed),
              mutate_program_bytes(second.data(), size, 1000, seed));
    EXPECT_EQ(first, second);
  }
}

TEST(ProgramBytes, ASmallShareIsLeftToTheEngine) {
  static int calls;
  calls = 0;
  const auto engine = [](uint8_t*, size_t size, size_t) {
    ++calls;
    return size;
  };
  std::vector<uint8_t> data(256);
  for (unsigned seed = 0; seed < 6400; ++seed)
    mutate_program_bytes(data.data(), 64, data.size(), seed, {.engine = engine});
  EXPECT_GT(calls, 50);
  EXPECT_LT(calls, 200);
}

TEST(ProgramBytes, CrossoverStaysWithinItsOutput) {
  Random random(3);
  for (unsigned seed = 0; seed < 500; ++seed) {
    const std::vector<uint8_t> first = encode(generate(random, 20));
    const std::vector<uint8_t> second = encode(generate(random, 20));
    std::vector<uint8_t> out(kConfigBytes + random.below(400));
    const size_t size = crossover_program_bytes(first.data(), first.size(), second.data(), second.size(),
                                                out.data(), out.size(), seed);
    ASSERT_LE(size, out.size());
    expect_encoded_program(out.data(), size);
  }
}

}  // namespace
}  // namespace gcmap::harness
