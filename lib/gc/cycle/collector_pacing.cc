// What the collector shows to pacing, and the steps whose size pacing gives in bytes and pages.
#include <algorithm>

#include "gc/cycle/collector.h"
#include "gcmap/internal/base/counter.h"

namespace gcmap {

PacingView Collector::view() const {
  const SpaceCounters& counters = space_.counters();
  const PageHeap& pages = space_.pages();
  PacingView view{};
  view.phase = phase_;
  view.allocated_bytes = space_.allocated_bytes();
  view.live_bytes = checked_sub(view.allocated_bytes, counters.freed_bytes, "bytes allocated less freed");
  view.marked_bytes_last_cycle = marked_bytes_last_cycle_;
  view.sweep_pages_left = counters.unswept_pages;
  view.retained_bytes =
      marked_bytes_last_cycle_ + lifetimes_.revived_bytes() +
      checked_sub(view.allocated_bytes, allocated_bytes_at_mark_end_, "bytes since marking");
  view.scannable_bytes = scannable_marked_bytes_ + lifetimes_.revived_scannable_bytes() +
                         (counters.scannable_allocated_bytes - scannable_allocated_bytes_at_mark_end_);
  view.heap_scan_bytes = marker_.scanned_bytes() + marker_.black_bytes();
  view.root_scan_bytes = root_scan_bytes_;
  view.free_bytes = pages.retained().size() * kPageBytes;
  view.committed_bytes = view.free_bytes + pages.pages_in_use() * kPageBytes;
  view.assist = assist_work_;
  view.background = background_work_;
  view.idle = idle_work_;
  return view;
}

void Collector::report_pacing(HeapStats* stats) const {
  const PacingView now = view();
  const Pacer& pacer = default_pacing_.pacer();
  const CpuLimiter& limiter = default_pacing_.limiter();
  const Pacer::Bounds bounds = default_pacing_.bounds(now);
  stats->retained_bytes = now.retained_bytes;
  stats->committed_bytes = now.committed_bytes;
  stats->trigger_bytes = bounds.trigger;
  stats->goal_bytes = bounds.goal;
  stats->roots_scanned_last_cycle = pacer.root_scan_bytes();
  stats->assist_work_bytes = assist_work_.bytes;
  stats->background_work_bytes = background_work_.bytes;
  stats->idle_work_bytes = idle_work_.bytes;
  if (phase_ == Phase::kMark) {
    const AssistRatio ratio = default_pacing_.assist_ratio(now);
    stats->assist_ratio_work = ratio.work;
    stats->assist_ratio_bytes = ratio.bytes;
  }
  stats->limiter_fill = limiter.fill();
  stats->limiter_overflow = limiter.overflow();
  stats->limiting = default_pacing_.limiting();
  stats->gogc_percent = pacer.gogc_percent();
  stats->memory_limit_bytes = pacer.memory_limit();
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

int Collector::set_gogc(int percent) {
  return default_pacing_.set_gogc(percent, view());
}

uint64_t Collector::set_memory_limit(uint64_t bytes) {
  return default_pacing_.set_memory_limit(bytes, view());
}

}  // namespace gcmap
