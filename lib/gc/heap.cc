#include "gcmap/heap.h"

#include <stdexcept>
#include <string>

#include "alloc/heap_verifier.h"
#include "gc/cycle/collector.h"
#include "gc/verify/lifetimes_verifier.h"
#include "gc/verify/pacing_verifier.h"
#include "gc/verify/reachability_verifier.h"

namespace gcmap {
namespace {

void require(const char* name, uint64_t value, uint64_t low, uint64_t high) {
  if (value >= low && value <= high) return;
  throw std::invalid_argument(std::string("gcmap::HeapOptions::") + name + " is " + std::to_string(value) +
                              "; it must be in [" + std::to_string(low) + ", " + std::to_string(high) + "]");
}

const HeapOptions& validated(const HeapOptions& options) {
  constexpr size_t kStep = Reservation::kCommitBytes;
  require("range_bytes", options.range_bytes, kStep, kHeapRangeAlignment);
  if (options.range_bytes % kStep != 0) {
    throw std::invalid_argument("gcmap::HeapOptions::range_bytes is " + std::to_string(options.range_bytes) +
                                "; it must be a multiple of " + std::to_string(kStep));
  }
  require("barrier_buffer_entries", options.barrier_buffer_entries, 1, BarrierBuffer::kEntriesMax);
  require("mark_piece_bytes", options.mark_piece_bytes, 64, UINT32_MAX);
  require("root_piece_slots", options.root_piece_slots, 1, UINT32_MAX);
  require("mark_stack_entries", options.mark_stack_entries, 1, UINT32_MAX);
  require("zero_piece_bytes", options.zero_piece_bytes, 8, UINT32_MAX);
  require("refill_sweep_spans", options.refill_sweep_spans, 1, UINT32_MAX);
  require("limiter_capacity", options.limiter_capacity, 1, UINT64_MAX);
  require("pacing_step_bytes", options.pacing_step_bytes, kPageBytes, UINT32_MAX);
  return options;
}

}  // namespace

Heap::Heap(const HeapOptions& options)
    : random_(options.seed), collector_(std::make_unique<Collector>(validated(options))) {
  range_ = collector_->space().header();
  range_->heap = this;
  mutator_ = &collector_->mutator();
}

Heap::~Heap() = default;

void* Heap::allocate(const Type& type, size_t count) {
  [[maybe_unused]] const ThreadUse::Scope use(range_->use);
  size_t bytes = 0;
  if (__builtin_mul_overflow(type.size, count, &bytes)) [[unlikely]]
    throw OutOfMemory(OutOfMemory::Reason::kSizeOverflow, UINT64_MAX, collector_->space().range_bytes());
  if (!mutator_->slow_path && bytes <= kSmallBytesMax) [[likely]] {
    void* const object = mutator_->cache.allocate(type, bytes);
    if (object != nullptr) [[likely]]
      return object;
  }
  return collector_->allocate(*mutator_, type, bytes);
}

void Heap::barrier_slow(HeapRangeHeader& header, void** slot, void* value) {
  [[maybe_unused]] const ThreadUse::Scope use(header.use);
  header.heap->collector_->barrier().before_store(slot, value);
}

void Heap::collect() {
  [[maybe_unused]] const ThreadUse::Scope use(range_->use);
  ++forced_cycles_;
  collector_->collect();
  collector_->lifetimes().containers.expunge();
}

void Heap::safepoint() {
  [[maybe_unused]] const ThreadUse::Scope use(range_->use);
  collector_->notify(DecisionPoint::kSafepoint);
  collector_->lifetimes().containers.expunge();
}

uint64_t Heap::idle(uint64_t work_units) {
  [[maybe_unused]] const ThreadUse::Scope use(range_->use);
  return collector_->idle(work_units);
}

int Heap::set_gogc(int percent) {
  return collector_->set_gogc(percent);
}

uint64_t Heap::set_memory_limit(uint64_t bytes) {
  return collector_->set_memory_limit(bytes);
}

uint64_t Heap::release_memory() {
  [[maybe_unused]] const ThreadUse::Scope use(range_->use);
  collect();
  return collector_->scavenge(UINT64_MAX);
}

size_t Heap::set_limit(size_t bytes) {
  return collector_->set_limit(bytes);
}

HeapStats Heap::stats() const {
  HeapStats stats = collector_->stats();
  stats.forced_cycles = forced_cycles_;
  return stats;
}

std::vector<SizeClassStats> Heap::size_class_stats() const {
  std::vector<SizeClassStats> classes(kSizeClassCount);
  for (SizeClass i = 1; i < kSizeClassCount; ++i) classes[i].slot_bytes = kSizeClasses[i].bytes;
  collector_->space().for_each_span([&](const Span& span) {
    SizeClassStats& of_class = classes[size_class_of(span.span_class)];
    ++of_class.spans;
    of_class.live_objects += span.live_count;
    of_class.live_bytes += span.live_count * span.slot_bytes;
  });
  return classes;
}

Phase Heap::phase() const {
  return collector_->phase();
}

Mutator& Heap::add_mutator() {
  return collector_->add_mutator();
}

void Heap::enter(Mutator& mutator) {
  [[maybe_unused]] const ThreadUse::Scope use(range_->use);
  collector_->enter(mutator);
  mutator_ = &mutator;
}

void Heap::remove_mutator(Mutator& mutator) {
  collector_->remove_mutator(mutator);
}

Violations Heap::verify() const {
  Violations violations;
  verify_space(collector_->space(), &violations);
  verify_lifetimes(collector_->space(), collector_->lifetimes(), &violations);
  verify_pacing(*collector_, &violations);
  verify_arenas(collector_->space(), &violations);
  collector_->lifetimes().pools.verify(&violations);
  verify_reachability(*this, collector_->nothing_grey(), &violations);
  return violations;
}

}  // namespace gcmap
