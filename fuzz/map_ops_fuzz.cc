// Map operations with collector steps between them, against the reference. GCMAP_WRITE_AHEAD names a file
// that holds the program about to run, so that a process killed outright leaves its reproducer.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "harness/codec_binary.h"
#include "harness/interpreter.h"
#include "harness/program_bytes.h"
#include "harness/write_ahead.h"

using namespace gcmap::harness;

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

// Null when nobody asked for one, or it cannot be written: then fuzzing goes on without.
static WriteAhead* write_ahead() {
  static const std::unique_ptr<WriteAhead> file = [] {
    const char* const path = std::getenv("GCMAP_WRITE_AHEAD");
    auto opened = path == nullptr ? nullptr : std::make_unique<WriteAhead>(path);
    if (opened && !opened->ok()) std::fprintf(stderr, "%s\n", opened->error().c_str());
    return opened && opened->ok() ? std::move(opened) : nullptr;
  }();
  return file.get();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Program program = decode({data, size});
  RunOptions options;
  if (WriteAhead* const file = write_ahead()) {
    file->begin({data, size});
    options.progress = file->progress();
  }
  const Verdict verdict = run(program, options);
  if (verdict.failed()) {
    std::fprintf(stderr, "gcmap: %s: %s\n", verdict.signature().c_str(), verdict.detail.c_str());
    std::abort();
  }
  if (WriteAhead* const file = write_ahead()) file->finish();
  return verdict.kind == VerdictKind::kMisuse ? -1 : 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
  return mutate_program_bytes(data, size, max_size, seed, {.engine = LLVMFuzzerMutate});
}

extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t* first, size_t first_size, const uint8_t* second,
                                            size_t second_size, uint8_t* out, size_t out_max, unsigned seed) {
  return crossover_program_bytes(first, first_size, second, second_size, out, out_max, seed);
}
