// Heaps beside the program's own: each lives for one operation, and the program's heap must not notice.
//
//   H14  memory that a heap before had used on the same range is zero when it is handed out
//   G13  a handle roots what it holds in the heap of that, whichever heap it was of before
#pragma once

#include <cstdint>

#include "harness/run/environment.h"
#include "harness/run/maps/maps.h"
#include "harness/run/step.h"

namespace gcmap::harness {

class Heaps {
 public:
  Heaps(Environment& environment, Maps& maps) : environment_(environment), maps_(maps) {}

  // Does the operation.
  // Returns whether it did anything.
  // Errors: Failure; std::bad_alloc, and it has not happened.
  template <typename Operands>
  bool run(const Operands& operands, Step& step) {
    return do_operation(operands, step);
  }

 private:
  bool do_operation(const OtherHeapsOperands& op, Step& step);
  bool do_operation(const ExchangeOperands& op, Step& step);

  void exchange(MapSlot& slot, CollectorStep collector_step, uint64_t units);
  void step_program_heap(CollectorStep collector_step, uint64_t units);
  void check_program_map(const MapSlot& slot, const MapAdapter& handle) const;

  Environment& environment_;
  Maps& maps_;
};

}  // namespace gcmap::harness
