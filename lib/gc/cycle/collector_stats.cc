// What the collector shows: to pacing, and in the statistics of the heap.
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
                         checked_sub(counters.scannable_allocated_bytes,
                                     scannable_allocated_bytes_at_mark_end_, "scannable bytes since marking");
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
