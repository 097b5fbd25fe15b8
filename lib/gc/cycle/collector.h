// The collector of one heap: owns the cycle's steps, the mutators, and everything the steps work on.
//
// Every way to collect - Stepper, pacing strategies, Heap::collect, allocation that sweeps - comes down to
// the steps below. Phases and what holds in them: gc/cycle/phase.h. Its members are defined in four files:
// steps, allocation, decision points, statistics (collector_*.cc).
#pragma once

#include <cstdint>

#include "alloc/scavenger.h"
#include "gc/cycle/marker.h"
#include "gc/cycle/mutators.h"
#include "gc/cycle/sweeper.h"
#include "gc/cycle/write_barrier.h"
#include "gc/pacing/go_pacing.h"
#include "gcmap/heap.h"
#include "gcmap/internal/alloc/collection_trigger.h"
#include "gcmap/internal/alloc/object_space.h"
#include "gcmap/internal/gc/lifetime/lifetimes.h"

namespace gcmap {

class Collector final : private CollectionTrigger, private BarrierFlush {
 public:
  // Errors: as Heap's constructor.
  explicit Collector(const HeapOptions& options);

  // Heap::allocate for everything the fast path does not serve.
  void* allocate(Mutator& mutator, const Type& type, size_t bytes);

  // Steps: as Stepper's members of the same name.
  bool start();
  bool mark(uint64_t units);
  bool terminate();
  bool sweep(uint64_t spans);
  void collect();

  // As Heap's members of the same name.
  uint64_t idle(uint64_t work_units);
  int set_gogc(int percent);
  uint64_t set_memory_limit(uint64_t bytes);
  // As Stepper::scavenge.
  uint64_t scavenge(uint64_t pages);

  // As Heap::set_limit.
  size_t set_limit(size_t bytes);

  // No object on the mark stack or fallen off it, no pointer in a barrier buffer, no root unscanned.
  bool nothing_grey() const;

  void notify(DecisionPoint point) noexcept;

  // HeapDoor::target_of while there is more to do than load a word.
  void* read_weak(const WeakCell& cell);

  // As Heap's members of the same name.
  Mutator& add_mutator();
  void enter(Mutator& mutator);
  void remove_mutator(Mutator& mutator);

  // Shades what `mutator` has buffered.
  void flush_barrier(Mutator& mutator) noexcept;

  void set_pacing(PacingStrategy* strategy);
  void set_sink(EventSink* sink);
  uint64_t fail_allocation(uint64_t nth);

  HeapStats stats() const;
  PacingView view() const;
  GoPacing& default_pacing() { return default_pacing_; }
  const GoPacing& default_pacing() const { return default_pacing_; }
  Phase phase() const { return phase_; }
  EventSink* sink() const { return sink_; }
  ObjectSpace& space() { return space_; }
  const ObjectSpace& space() const { return space_; }
  Mutator& mutator() { return mutators_.current(); }
  const Mutators& mutators() const { return mutators_; }
  // Requires: marking.
  WriteBarrier& barrier();
  Lifetimes& lifetimes() { return lifetimes_; }
  const Lifetimes& lifetimes() const { return lifetimes_; }

 private:
  void on_allocation_slow() override;
  bool sweep_one(SpanClass span_class) override;
  bool reclaim() override;
  void flush_full(Mutator& mutator) noexcept override;

  void fail_if_due(size_t bytes);
  void zero(const ClaimedSlot& claimed, size_t bytes);
  void publish(Mutator& mutator, void* object, size_t bytes);
  bool mark_unit();
  MarkWork mark_bytes(uint64_t bytes);
  void sweep_pages(uint64_t pages);
  void sweep_next();
  bool scan_roots();
  bool flush_barriers();
  void finish_cycle();
  void enter_phase(Phase next);
  void carry_out(const PacingDecision& decision, DecisionPoint point);
  void report_pacing(HeapStats* stats) const;
  bool asks_at(DecisionPoint point) const;
  void update_slow_path();
  void guard_weak_reads();

  const HeapOptions options_;
  size_t limit_bytes_;
  ObjectSpace space_;
  Marker marker_;
  Mutators mutators_;
  Lifetimes lifetimes_;  // goes before the mutators: finalizers may hold roots
  Sweeper sweeper_;
  Scavenger scavenger_;
  WriteBarrier barrier_;
  GoPacing default_pacing_;
  PacingStrategy* pacing_ = &default_pacing_;
  EventSink* sink_ = nullptr;
  Phase phase_ = Phase::kIdle;
  bool busy_ = false;                  // a decision is carried out: points are reported, nobody is asked
  bool slow_path_ = false;             // what Mutator::slow_path is set to
  bool asked_before_failing_ = false;  // in this allocation, at kAllocationFails
  uint64_t fail_countdown_ = 0;
  uint64_t cycles_ = 0;
  uint64_t mark_work_ = 0;
  uint64_t marked_bytes_last_cycle_ = 0;
  // Where retained_bytes and scannable_bytes of PacingView start from: what was marked, and what had been
  // handed out by then.
  uint64_t allocated_bytes_at_mark_end_ = 0;
  uint64_t scannable_marked_bytes_ = 0;
  uint64_t scannable_allocated_bytes_at_mark_end_ = 0;
  uint64_t root_scan_bytes_ = 0;  // since creation; likewise
  MarkWork assist_work_;
  MarkWork background_work_;
  MarkWork idle_work_;
};

}  // namespace gcmap
