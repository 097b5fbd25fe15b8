// Decision points: who is told, who is asked, and what the answer makes the collector do.
#include <utility>

#include "gc/cycle/collector.h"
#include "gc/cycle/flag_scope.h"

namespace gcmap {

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
  barrier_.set_sink(sink);
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

int Collector::set_gogc(int percent) {
  return default_pacing_.set_gogc(percent, view());
}

uint64_t Collector::set_memory_limit(uint64_t bytes) {
  return default_pacing_.set_memory_limit(bytes, view());
}

}  // namespace gcmap
