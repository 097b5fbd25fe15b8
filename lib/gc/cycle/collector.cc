#include "gc/cycle/collector.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "gc/cycle/phase.h"
#include "gcmap/internal/base/check.h"
#include "gcmap/internal/base/counter.h"
#include "gcmap/internal/base/sometimes.h"
#include "gcmap/out_of_memory.h"

namespace gcmap {
namespace {

SpaceOptions space_options(const HeapOptions& options) {
  return {options.range_bytes, options.limit_bytes / kPageBytes, options.quarantine_objects,
          options.refill_sweep_spans};
}

// Sets a flag for a scope and puts the old value back, exceptions included.
class FlagScope {
 public:
  explicit FlagScope(bool& flag) : flag_(flag), before_(std::exchange(flag, true)) {}
  ~FlagScope() { flag_ = before_; }
  FlagScope(const FlagScope&) = delete;
  FlagScope& operator=(const FlagScope&) = delete;

 private:
  bool& flag_;
  bool before_;
};

}  // namespace

Collector::Collector(const HeapOptions& options)
    : options_(options),
      limit_bytes_(options.limit_bytes),
      space_(space_options(options), *this),
      marker_(space_, options.mark_piece_bytes, options.mark_stack_entries),
      lifetimes_(space_, options_),
      sweeper_(space_, lifetimes_, options.clobber_freed),
      scavenger_(space_.pages()),
      barrier_(*this),
      default_pacing_(options.gogc_percent, options.memory_limit_bytes, options.limiter_capacity) {
  mutator_ = &add_mutator();
}

// Mutators --------------------------------------------------------------------------------------------------

// While marking, its frame counts as scanned: handles are shaded when they are made.
Mutator& Collector::add_mutator() {
  auto mutator = std::make_unique<Mutator>(*this, options_.barrier_buffer_entries);
  mutators_.reserve(mutators_.size() + 1);
  space_.attach(mutator->cache);
  mutator->slow_path = slow_path_;
  mutators_.push_back(std::move(mutator));
  return *mutators_.back();
}

void Collector::enter(Mutator& mutator) {
  GCMAP_CHECK(&mutator.owner == this, "mutator %p belongs to another heap",
              static_cast<const void*>(&mutator));
  mutator_ = &mutator;
}

void Collector::remove_mutator(Mutator& mutator) {
  GCMAP_CHECK(&mutator.owner == this, "mutator %p belongs to another heap",
              static_cast<const void*>(&mutator));
  GCMAP_CHECK(&mutator != mutator_, "the current mutator cannot be removed: enter another one first");
  GCMAP_CHECK(mutator.roots.empty(), "a removed mutator owns roots: destroy those made while it was current");
  flush_barrier(mutator);
  space_.detach(mutator.cache);
  std::erase_if(mutators_, [&](const auto& owned) { return owned.get() == &mutator; });
}

// Allocation ------------------------------------------------------------------------------------------------

void* Collector::allocate(Mutator& mutator, const Type& type, size_t bytes) {
  fail_if_due(bytes);
  if (slow_path_) notify(DecisionPoint::kAllocationEntered);
  const ClaimedSlot slot = space_.claim(mutator.cache, type, bytes);
  if (!slow_path_) return SpanCache::prepare(slot, bytes);
  mutator.claimed = slot.span->slot_address(slot.slot);
  notify(DecisionPoint::kAllocationClaimed);
  void* const object = slot.span->slot_address(slot.slot);
  zero(slot, bytes);
  notify(DecisionPoint::kAllocationZeroed);
  mutator.claimed = nullptr;
  publish(mutator, object, bytes);
  return object;
}

// In pieces, between which a strategy may mark: a large array stops nobody longer than a piece of it does. As
// Go's memclrNoHeapPointersChunked.
void Collector::zero(const ClaimedSlot& claimed, size_t bytes) {
  if (!claimed.span->needs_zero) return;
  char* const start = claimed.span->slot_address(claimed.slot);
  for (size_t done = 0; done < bytes;) {
    const size_t piece = std::min<size_t>(bytes - done, options_.zero_piece_bytes);
    std::memset(start + done, 0, piece);
    done += piece;
    if (done < bytes) notify(DecisionPoint::kAllocationZeroPiece);
  }
}

void Collector::fail_if_due(size_t bytes) {
  if (fail_countdown_ == 0 || --fail_countdown_ > 0) return;
  update_slow_path();
  throw OutOfMemory(OutOfMemory::Reason::kInjected, bytes, 0);
}

void Collector::publish(Mutator& mutator, void* object, size_t bytes) {
  if (phase_ == Phase::kMark) marker_.shade_new(object);
  mutator.published = object;
  if (sink_ != nullptr) sink_->on_allocate(object, bytes, space_.allocated_objects());
  notify(DecisionPoint::kAllocationPublished);
  mutator.published = nullptr;
}

void Collector::on_allocation_slow() {
  asked_before_failing_ = false;
  notify(DecisionPoint::kAllocationSlow);
}

bool Collector::sweep_one(SpanClass span_class) {
  if (!sweeper_.sweep_one(span_class, sink_)) return false;
  GCMAP_CHECK(phase_ == Phase::kSweep, "a span was unswept in phase %s: the last sweep ended too early",
              name_of(phase_));
  notify(DecisionPoint::kSpanSwept);
  return true;
}

// Sweeps the next span. Requires: not all are swept.
void Collector::sweep_next() {
  GCMAP_CHECK(phase_ == Phase::kSweep, "%llu pages are unswept in phase %s: the last sweep ended too early",
              static_cast<unsigned long long>(space_.counters().unswept_pages), name_of(phase_));
  const bool swept = sweeper_.sweep_next(sink_);
  GCMAP_CHECK(swept, "%llu pages are unswept and no list has a span of them: a cache was not flushed",
              static_cast<unsigned long long>(space_.counters().unswept_pages));
  notify(DecisionPoint::kSpanSwept);
}

// Before an allocation fails, everything there is to sweep is swept and the strategy asked, once.
bool Collector::reclaim() {
  if (!sweeper_.done()) {
    sweep_next();
    return true;
  }
  if (std::exchange(asked_before_failing_, true)) return false;
  notify(DecisionPoint::kAllocationFails);
  return true;
}

// Steps -----------------------------------------------------------------------------------------------------

bool Collector::start() {
  if (phase_ != Phase::kIdle) return false;
  GCMAP_CHECK(sweeper_.done(), "a cycle starts with %llu pages of the last one unswept",
              static_cast<unsigned long long>(space_.counters().unswept_pages));
  GCMAP_CHECK(!space_.header()->barrier_on, "a cycle starts with the barrier of the last one still on");
  lifetimes_.begin_cycle();
  enter_phase(Phase::kMark);
  marker_.begin();
  for (const auto& mutator : mutators_) {
    mutator->roots.begin_scan();
    if (mutator->published != nullptr) marker_.shade(mutator->published);
  }
  lifetimes_.begin_scan();
  space_.header()->barrier_on = true;
  update_slow_path();
  default_pacing_.phase_changed(view());
  return true;
}

bool Collector::mark(uint64_t units) {
  if (phase_ != Phase::kMark) return false;
  while (units > 0 && mark_unit()) --units;
  return nothing_grey();
}

// Returns false when nothing grey is left.
bool Collector::mark_unit() {
  GCMAP_CHECK(phase_ == Phase::kMark, "a unit of marking in phase %s", name_of(phase_));
  GCMAP_CHECK(space_.header()->barrier_on, "a unit of marking with the barrier off: stores went unseen");
  while (!marker_.scan_one() && !scan_roots()) {
    if (flush_barriers()) continue;
    if (!marker_.rescan_one()) return false;
    break;
  }
  ++mark_work_;
  return true;
}

bool Collector::nothing_grey() const {
  if (!marker_.nothing_grey() || !lifetimes_.scan_done()) return false;
  for (const auto& mutator : mutators_) {
    if (!mutator->barrier.empty() || !mutator->roots.scan_done()) return false;
  }
  return true;
}

// Scans one piece of one mutator's roots, or of those among specials. Returns false when all are scanned.
bool Collector::scan_roots() {
  for (const auto& mutator : mutators_) {
    if (mutator->roots.scan_done()) continue;
    for (uint32_t i = 0; i < options_.root_piece_slots; ++i) {
      const RootSlot* const slot = mutator->roots.scan_next();
      if (slot == nullptr) break;
      root_scan_bytes_ += sizeof(void*);
      if (slot->get() != nullptr) marker_.shade(slot->get());
    }
    return true;
  }
  return lifetimes_.scan_one(marker_);
}

void Collector::flush_barrier(Mutator& mutator) noexcept {
  GCMAP_CHECK(phase_ == Phase::kMark || mutator.barrier.empty(),
              "a barrier buffer holds pointers in phase %s: marking ended before it was drained",
              name_of(phase_));
  mutator.barrier.drain([this](const void* address) { marker_.shade(address); });
}

// Returns false when all buffers were empty.
bool Collector::flush_barriers() {
  bool any = false;
  for (const auto& mutator : mutators_) {
    GCMAP_SOMETIMES(mutator.get() != mutator_ && !mutator->barrier.empty(),
                    "the barrier buffer of a sleeping mutator is drained");
    any |= !mutator->barrier.empty();
    flush_barrier(*mutator);
  }
  return any;
}

bool Collector::terminate() {
  if (phase_ != Phase::kMark || !nothing_grey()) return false;
  GCMAP_CHECK(space_.header()->barrier_on, "marking ends with the barrier off: stores went unseen");
  enter_phase(Phase::kMarkTermination);
  default_pacing_.phase_changed(view());
  enter_phase(Phase::kSweep);
  marked_bytes_last_cycle_ = marker_.marked_bytes();
  space_.header()->barrier_on = false;
  update_slow_path();
  space_.begin_sweep();
  sweeper_.begin();
  lifetimes_.begin_sweep();
  allocated_bytes_at_mark_end_ = space_.allocated_bytes();
  scannable_marked_bytes_ = marker_.marked_scannable_bytes();
  scannable_allocated_bytes_at_mark_end_ = space_.counters().scannable_allocated_bytes;
  default_pacing_.phase_changed(view());
  return true;
}

bool Collector::sweep(uint64_t spans) {
  const FlagScope busy(busy_);
  for (; spans > 0 && phase_ == Phase::kSweep && !sweeper_.done(); --spans) sweep_next();
  if (phase_ == Phase::kSweep && sweeper_.done()) {
    enter_phase(Phase::kIdle);
    ++cycles_;
    default_pacing_.phase_changed(view());
  }
  return phase_ == Phase::kIdle;
}

void Collector::finish_cycle() {
  if (phase_ == Phase::kMark) {
    mark(UINT64_MAX);
    terminate();
  }
  sweep(UINT64_MAX);
}

void Collector::collect() {
  const FlagScope busy(busy_);
  finish_cycle();
  start();
  finish_cycle();
  GCMAP_CHECK(phase_ == Phase::kIdle, "a whole collection ended in phase %s", name_of(phase_));
}

// A refusal ends it: the system says no to the next run too. A run that went another way meanwhile counts as
// looked at, so that a step stays bounded whatever a strategy does in between.
uint64_t Collector::scavenge(uint64_t pages) {
  uint64_t released = 0;
  for (PageRun run; (run = scavenger_.pick(pages)).pages > 0; pages -= run.pages) {
    notify(DecisionPoint::kScavengerPick);
    if (scavenger_.release(run)) {
      released += run.pages;
    } else if (space_.pages().retains(run)) {
      break;
    } else {
      GCMAP_SOMETIMES(true, "pages picked to be released are used meanwhile");
    }
  }
  return released;
}

size_t Collector::set_limit(size_t bytes) {
  space_.pages().set_pages_max(bytes / kPageBytes);
  return std::exchange(limit_bytes_, bytes);
}

void Collector::enter_phase(Phase next) {
  GCMAP_CHECK(follows(phase_, next), "phase %s does not follow %s", name_of(next), name_of(phase_));
  if (sink_ != nullptr) sink_->on_phase(phase_, next);
  phase_ = next;
  guard_weak_reads();
}

// Decisions -------------------------------------------------------------------------------------------------

void Collector::notify(DecisionPoint point) noexcept {
  if (sink_ != nullptr) sink_->on_point(point);
  if (busy_ || !asks_at(point)) return;
  const FlagScope busy(busy_);
  carry_out(pacing_->decide(point, view()), point);
}

bool Collector::asks_at(DecisionPoint point) const {
  return pacing_ != &default_pacing_ || point == DecisionPoint::kAllocationSlow ||
         point == DecisionPoint::kAllocationFails || point == DecisionPoint::kSafepoint;
}

void Collector::carry_out(const PacingDecision& decision, DecisionPoint point) {
  GCMAP_CHECK(busy_, "a decision is carried out where another one may be asked for: steps would nest");
  if (decision.start) start();
  mark(decision.mark_units);
  background_work_ += mark_bytes(decision.background_bytes);
  assist_work_ += mark_bytes(decision.assist_bytes);
  if (allows_marking_only(point)) return;
  if (decision.terminate) terminate();
  if (decision.sweep_spans > 0) sweep(decision.sweep_spans);
  if (decision.sweep_pages > 0) sweep_pages(decision.sweep_pages);
  if (decision.collect) collect();
  if (decision.scavenge_pages > 0) scavenge(decision.scavenge_pages);
}

void Collector::set_pacing(PacingStrategy* strategy) {
  pacing_ = strategy != nullptr ? strategy : &default_pacing_;
  update_slow_path();
}

void Collector::set_sink(EventSink* sink) {
  sink_ = sink;
  update_slow_path();
}

uint64_t Collector::fail_allocation(uint64_t nth) {
  const uint64_t left = std::exchange(fail_countdown_, nth);
  update_slow_path();
  return left;
}

void Collector::update_slow_path() {
  slow_path_ =
      sink_ != nullptr || pacing_ != &default_pacing_ || fail_countdown_ > 0 || space_.header()->barrier_on;
  for (const auto& mutator : mutators_) mutator->slow_path = slow_path_;
  space_.header()->watched = sink_ != nullptr || pacing_ != &default_pacing_;
  guard_weak_reads();
}

void Collector::guard_weak_reads() {
  HeapRangeHeader& header = *space_.header();
  header.weak_guarded = phase_ != Phase::kIdle || header.watched;
}

void* Collector::read_weak(const WeakCell& cell) {
  notify(DecisionPoint::kWeakRead);
  void* const target = cell.target;
  if (target == nullptr) return nullptr;
  if (phase_ == Phase::kSweep && !lifetimes_.is_alive(target)) return nullptr;
  if (phase_ == Phase::kMark) barrier_.before_handle(target);
  return target;
}

HeapStats Collector::stats() const {
  const SpaceCounters& counters = space_.counters();
  HeapStats stats;
  stats.allocated_bytes = space_.allocated_bytes();
  stats.allocated_objects = space_.allocated_objects();
  stats.freed_objects = counters.freed_objects;
  stats.live_bytes = checked_sub(stats.allocated_bytes, counters.freed_bytes, "bytes allocated less freed");
  stats.live_objects =
      checked_sub(stats.allocated_objects, counters.freed_objects, "objects allocated less freed");
  stats.pages_in_use = space_.pages().pages_in_use();
  stats.pages_free = space_.pages().pages_free();
  stats.pages_released = space_.pages().pages_released();
  stats.spans_in_use = counters.spans_in_use;
  stats.metadata_bytes = space_.metadata_bytes();
  stats.system_bytes = space_.pages().committed_pages() * kPageBytes + stats.metadata_bytes;
  stats.cycles = cycles_;
  stats.mark_work = mark_work_;
  stats.sweep_work = sweeper_.spans_swept();
  stats.scavenge_work = scavenger_.pages_returned();
  stats.marked_bytes_last_cycle = marked_bytes_last_cycle_;
  stats.arena_bytes = counters.arena_bytes;
  stats.arena_retired_bytes = counters.retired_bytes;
  stats.weak_cells = lifetimes_.weak_cells.count();
  stats.finalizers_attached = lifetimes_.finalizers.attached_count();
  stats.finalizers_queued = lifetimes_.finalizers.queued_count();
  stats.finalizers_run = lifetimes_.finalizers.run_count();
  stats.finalizers_failed = lifetimes_.finalizers.failed_count();
  report_pacing(&stats);
  return stats;
}

}  // namespace gcmap
