// Heaps beside the program's own: every operation, from its operands to its answer.
#include "harness/run/heaps/filled_heap.h"
#include "harness/run/heaps/heaps.h"

namespace gcmap::harness {

// On one range, mostly: what the first left behind the pages of the second, the third is given.
bool Heaps::do_operation(const OtherHeapsOperands& op, Step& step) {
  for (const uint64_t pages : {uint64_t{op.pages}, (uint64_t{op.pages} + 1) / 2, uint64_t{op.pages}})
    FilledHeap(heap_options(environment_.config())).fill(pages);
  return step.done(true);
}

bool Heaps::do_operation(const ExchangeOperands& op, Step& step) {
  MapSlot& slot = maps_.table().slot(op.map);
  if (slot.adapter == nullptr) return step.done(false);
  exchange(slot, op.step, op.units);
  return step.done(true);
}

}  // namespace gcmap::harness
