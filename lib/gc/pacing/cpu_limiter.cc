#include "gc/pacing/cpu_limiter.h"

#include "base/saturating.h"

namespace gcmap {

void CpuLimiter::accumulate(uint64_t mutator_time, uint64_t collector_time) {
  if (mutator_time == collector_time) return;
  const uint64_t rise = saturating_sub(collector_time, mutator_time);
  limiting_ = rise > 0 && rise >= headroom();
  if (limiting_) {
    overflow_ = saturating_add(overflow_, rise - headroom());
    fill_ = capacity_;
  } else {
    fill_ = saturating_sub(fill_ + rise, saturating_sub(mutator_time, collector_time));
  }
}

}  // namespace gcmap
