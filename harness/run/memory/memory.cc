#include "harness/run/memory/memory.h"

#include <algorithm>
#include <optional>
#include <string>

#include "gcmap/out_of_memory.h"

namespace gcmap::harness {

using std::to_string;

Memory::Memory(Environment& environment, bool own_pacing)
    : environment_(environment),
      own_pacing_(own_pacing),
      gogc_percent_(static_cast<int>(environment.config().gogc)) {}

LimitMark Memory::check_limit(const LimitMark& last) const {
  if (!is_limited()) return {};
  const uint64_t in_use = environment_.heap().stats().pages_in_use;
  if (last.limit_bytes == limit_bytes_ && in_use > last.pages_allowed) {
    throw Failure{"H11", to_string(in_use) + " pages are in use, where the limit of " +
                             to_string(limit_bytes_) + " bytes allowed " + to_string(last.pages_allowed)};
  }
  return {limit_bytes_, std::max<uint64_t>(in_use, limit_bytes_ / kPageBytes)};
}

bool Memory::may_fail(const std::bad_alloc& error) const {
  const auto* const why = dynamic_cast<const OutOfMemory*>(&error);
  if (why == nullptr || why->reason() != OutOfMemory::Reason::kHeapLimit) return false;
  const HeapStats stats = environment_.heap().stats();
  if (stats.pages_in_use * kPageBytes + why->wanted_bytes() <= limit_bytes_) return false;
  if (!environment_.oracles()) return true;
  const std::optional<uint64_t> cycles_then = environment_.recorder().cycles_when_failing();
  return cycles_then && (!own_pacing_enabled() || stats.cycles > *cycles_then);
}

bool Memory::own_pacing_enabled() const {
  return own_pacing_ && (gogc_percent_ >= 0 || soft_limit_bytes_ != UINT64_MAX);
}

}  // namespace gcmap::harness
