// The steps of a cycle, and those whose size pacing gives in bytes, pages and units.
#include <algorithm>

#include "gc/cycle/collector.h"
#include "gc/cycle/flag_scope.h"
#include "gc/cycle/phase.h"
#include "gcmap/internal/base/check.h"
#include "gcmap/internal/base/sometimes.h"

namespace gcmap {

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
  GCMAP_CHECK(space_.header()->barrier_on, "a step of marking with the barrier off: stores went unseen");
  while (units > 0 && mark_unit()) --units;
  return nothing_grey();
}

// Returns false when nothing grey is left. Whoever marks calls mark() first, which asks for phase and
// barrier; between units only a trace function could change them.
bool Collector::mark_unit() {
  GCMAP_DCHECK(phase_ == Phase::kMark, "a unit of marking in phase %s: a trace function took a step",
               name_of(phase_));
  GCMAP_DCHECK(space_.header()->barrier_on, "a unit of marking with the barrier off, on when its step began");
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

// Scans one piece of one mutator's roots, or of those among specials.
// Returns false when all are scanned.
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

void Collector::flush_full(Mutator& mutator) noexcept {
  flush_barrier(mutator);
  notify(DecisionPoint::kBarrierFlush);
}

// Returns false when all buffers were empty.
bool Collector::flush_barriers() {
  bool any = false;
  for (const auto& mutator : mutators_) {
    GCMAP_SOMETIMES(mutator.get() != &mutators_.current() && !mutator->barrier.empty(),
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

// Marks until so many bytes are scanned or nothing grey is left. A unit counts as at least 8 bytes, so that
// objects and roots without anything to read are not free.
MarkWork Collector::mark_bytes(uint64_t bytes) {
  MarkWork done;
  if (phase_ != Phase::kMark) return done;
  const auto scanned = [this] { return marker_.scanned_bytes() + root_scan_bytes_; };
  for (uint64_t before = scanned(); done.bytes < bytes && mark_unit(); before = scanned()) {
    done.bytes += std::max<uint64_t>(scanned() - before, sizeof(void*));
    ++done.units;
  }
  return done;
}

void Collector::sweep_pages(uint64_t pages) {
  const uint64_t left = space_.counters().unswept_pages;
  const uint64_t left_then = left - std::min(left, pages);
  while (space_.counters().unswept_pages > left_then) sweep(1);
  if (left == 0) sweep(0);
}

uint64_t Collector::idle(uint64_t work_units) {
  if (work_units == 0 || phase_ == Phase::kIdle) return 0;
  uint64_t left = work_units;
  if (phase_ == Phase::kMark) {
    const uint64_t units_before = mark_work_;
    const uint64_t bytes_before = marker_.scanned_bytes() + root_scan_bytes_;
    mark(left);
    const uint64_t units = mark_work_ - units_before;
    idle_work_ += {marker_.scanned_bytes() + root_scan_bytes_ - bytes_before, units};
    left -= units;
    if (left > 0 && terminate()) --left;
  }
  const uint64_t swept_before = sweeper_.spans_swept();
  if (left > 0) sweep(left);
  return work_units - left + (sweeper_.spans_swept() - swept_before);
}

void Collector::enter_phase(Phase next) {
  GCMAP_CHECK(follows(phase_, next), "phase %s does not follow %s", name_of(next), name_of(phase_));
  if (sink_ != nullptr) sink_->on_phase(phase_, next);
  phase_ = next;
  guard_weak_reads();
}

}  // namespace gcmap
