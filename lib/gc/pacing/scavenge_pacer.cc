#include "gc/pacing/scavenge_pacer.h"

#include <algorithm>

#include "gcmap/internal/alloc/heap_range.h"

namespace gcmap {
namespace {

__extension__ using Product = unsigned __int128;

uint64_t clamped(Product value) {
  return value > UINT64_MAX ? UINT64_MAX : static_cast<uint64_t>(value);
}

uint64_t surplus(uint64_t retained, uint64_t goal) {
  return retained > goal ? retained - goal : 0;
}

}  // namespace

ScavengeGoals ScavengePacer::goals(uint64_t in_use_bytes, uint64_t goal_bytes, uint64_t last_goal_bytes,
                                   uint64_t soft_limit_bytes) {
  ScavengeGoals goals;
  if (soft_limit_bytes != UINT64_MAX)
    goals.limit_bytes = clamped(Product{soft_limit_bytes} * (100 - kReduceExtraPercent) / 100);
  if (last_goal_bytes == 0 || last_goal_bytes == UINT64_MAX || goal_bytes == UINT64_MAX) return goals;
  const Product expected = clamped(Product{in_use_bytes} * goal_bytes / last_goal_bytes);
  goals.growth_bytes = clamped(expected + expected * kRetainExtraPercent / 100);
  return goals;
}

uint64_t ScavengePacer::pages_due(uint64_t allocated_bytes, uint64_t retained_bytes) {
  const uint64_t above_limit = surplus(retained_bytes, goals_.limit_bytes);
  const uint64_t above = std::max(above_limit, surplus(retained_bytes, goals_.growth_bytes));
  if (above < kPageBytes) {
    paid_allocated_bytes_ = allocated_bytes;
    return 0;
  }
  const uint64_t bytes_per_page = above_limit >= kPageBytes ? kPageBytes : kPagesPerReleasedPage * kPageBytes;
  const uint64_t owed = allocated_bytes - std::min(paid_allocated_bytes_, allocated_bytes);
  const uint64_t pages = owed / bytes_per_page;
  paid_allocated_bytes_ = allocated_bytes - owed % bytes_per_page;
  return std::min(pages, above / kPageBytes);
}

}  // namespace gcmap
