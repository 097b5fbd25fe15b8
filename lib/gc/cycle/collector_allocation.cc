// Allocation that the fast path does not serve, and what it sweeps on the way.
#include <algorithm>
#include <cstring>
#include <utility>

#include "gc/cycle/collector.h"
#include "gcmap/internal/base/check.h"
#include "gcmap/out_of_memory.h"

namespace gcmap {

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

// Sweeps the next span.
// Requires: not all are swept.
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

}  // namespace gcmap
