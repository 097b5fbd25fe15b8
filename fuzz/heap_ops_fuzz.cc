// Programs about the heap: objects, roots, maps of references, mutators and collector steps, against
// the model.
#include "fuzz/program_target.h"

using namespace gcmap;

static constexpr harness::ByteMutation kMutation = {.engine = LLVMFuzzerMutate,
                                                    .profile = harness::Profile::kHeap};

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return fuzz::run_one(data, size);
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
  return fuzz::mutate(data, size, max_size, seed, kMutation);
}

extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t* first, size_t first_size, const uint8_t* second,
                                            size_t second_size, uint8_t* out, size_t out_max, unsigned seed) {
  return fuzz::cross(first, first_size, second, second_size, out, out_max, seed, kMutation);
}
