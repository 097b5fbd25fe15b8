// What the collector must have done, judged at the phase changes of each cycle.
//
//   G1  at mark termination everything reachable is marked
//   G2  nothing that was unreachable when the cycle began is alive when it ends
//
// Reachability comes from HeapWalk, which shares no code with the marker. What is doomed is known by address
// only until the sweeper says it freed it: an address that comes back is another object. Not doomed is what
// has a finalizer: it outlives the cycle once.
#pragma once

#include <cstdint>
#include <optional>

#include "gcmap/internal/base/event.h"
#include "gcmap/internal/gc/verify/inspector.h"
#include "harness/oracle/failure.h"

namespace gcmap::harness {

class CycleOracle final : public EventSink {
 public:
  // Judges every `every`-th cycle; 0: none.
  CycleOracle(const Heap& heap, uint32_t every) : heap_(heap), every_(every) {}

  void on_phase(Phase from, Phase to) override;
  void on_free(const void* object, const Type*) override { doomed_.remove(object); }

  // A weak reference was read while marking: what it leads to is not doomed any more.
  void on_shade(const void* value) override;

  uint64_t cycles() const { return cycles_; }

  // The first complaint since the last call. The sink cannot throw through the collector.
  std::optional<Failure> take_failure();

 private:
  void begin_cycle();
  void check_marks();
  void end_cycle();

  const Heap& heap_;
  uint32_t every_;
  uint64_t cycles_ = 0;
  bool judging_ = false;
  HeapWalk walk_;
  ObjectSet doomed_;
  std::optional<Failure> failure_;
};

}  // namespace gcmap::harness
