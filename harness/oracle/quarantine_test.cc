// H13 must speak when memory comes back too early, and be silent over a heap that holds it.
#include "harness/oracle/quarantine.h"

#include <gtest/gtest.h>

#include <string>

#include "gcmap/handles.h"
#include "gcmap/step.h"

namespace gcmap::harness {
namespace {

struct Pair {
  uint64_t words[2];
};

class Quarantine : public testing::Test {
 protected:
  std::string id_after(QuarantineOracle& oracle, const void* object, size_t bytes) {
    oracle.on_allocate(object, bytes, 1);
    const auto failure = oracle.take_failure();
    return failure ? failure->oracle : "";
  }

  Heap heap_;
  Root<Pair> a_{heap_, make<Pair>(heap_)};
  Root<Pair> b_{heap_, make<Pair>(heap_)};
};

TEST_F(Quarantine, MemoryThatComesBackTooEarlyIsH13) {
  QuarantineOracle oracle(heap_, 1);
  EXPECT_EQ(id_after(oracle, a_.get(), sizeof(Pair)), "");
  EXPECT_EQ(id_after(oracle, b_.get(), sizeof(Pair)), "");
  oracle.on_free(a_.get(), nullptr);
  EXPECT_EQ(id_after(oracle, a_.get(), sizeof(Pair)), "H13");
  EXPECT_EQ(id_after(oracle, &a_->words[1], 8), "H13") << "a smaller object in it";
  EXPECT_EQ(id_after(oracle, a_.get() - 1, 2 * sizeof(Pair)), "H13") << "a larger one around it";
  EXPECT_EQ(id_after(oracle, a_.get() + 4, sizeof(Pair)), "") << "behind it";
  oracle.on_free(b_.get(), nullptr);
  EXPECT_EQ(id_after(oracle, a_.get(), sizeof(Pair)), "") << "another was freed since";
  EXPECT_EQ(id_after(oracle, b_.get(), sizeof(Pair)), "H13");
}

TEST_F(Quarantine, WithoutOneNothingIsHeld) {
  QuarantineOracle oracle(heap_, 0);
  oracle.on_free(a_.get(), nullptr);
  EXPECT_EQ(id_after(oracle, a_.get(), sizeof(Pair)), "");
}

TEST_F(Quarantine, AHeapThatHoldsItsFreedObjectsIsNotAccused) {
  for (const uint32_t objects : {1u, 3u, 100u}) {
    HeapOptions options;
    options.quarantine_objects = objects;
    Heap heap(options);
    QuarantineOracle oracle(heap, objects);
    Stepper(heap).set_event_sink(&oracle);
    for (int round = 0; round < 20; ++round) {
      for (int i = 0; i < 20; ++i) make<Pair>(heap);
      heap.allocate(type_of<Pair>(), 4000);
      heap.collect();
    }
    Stepper(heap).set_event_sink(nullptr);
    EXPECT_FALSE(oracle.take_failure()) << objects;
  }
}

}  // namespace
}  // namespace gcmap::harness
