#include "gc/cycle/collector.h"

#include <utility>

#include "gcmap/internal/base/check.h"

namespace gcmap {
namespace {

SpaceOptions space_options(const HeapOptions& options) {
  return {options.range_bytes, options.limit_bytes / kPageBytes, options.quarantine_objects,
          options.refill_sweep_spans};
}

}  // namespace

Collector::Collector(const HeapOptions& options)
    : options_(options),
      limit_bytes_(options.limit_bytes),
      space_(space_options(options), *this),
      marker_(space_, options.mark_piece_bytes, options.mark_stack_entries),
      mutators_(space_, options.barrier_buffer_entries),
      lifetimes_(space_, options_),
      sweeper_(space_, lifetimes_, options.clobber_freed),
      scavenger_(space_.pages()),
      barrier_(mutators_, *this),
      default_pacing_(options.gogc_percent, options.memory_limit_bytes, options.limiter_capacity,
                      options.pacing_step_bytes) {}

Mutator& Collector::add_mutator() {
  Mutator& mutator = mutators_.add();
  mutator.slow_path = slow_path_;
  return mutator;
}

void Collector::enter(Mutator& mutator) {
  mutators_.enter(mutator);
}

void Collector::remove_mutator(Mutator& mutator) {
  mutators_.require_removable(mutator);
  flush_barrier(mutator);
  mutators_.remove(mutator);
}

WriteBarrier& Collector::barrier() {
  GCMAP_CHECK(phase_ == Phase::kMark, "the write barrier was entered in phase %s: its flag stayed up",
              name_of(phase_));
  return barrier_;
}

size_t Collector::set_limit(size_t bytes) {
  space_.pages().set_pages_max(bytes / kPageBytes);
  return std::exchange(limit_bytes_, bytes);
}

}  // namespace gcmap
