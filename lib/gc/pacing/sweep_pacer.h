// Proportional sweep: how many pages must have been swept by the time so much has been allocated.
//
//   distance   = trigger - live at the beginning - 1 MiB, at least a page
//   pages due  = pages to sweep * (live now - live at the beginning) / distance - pages swept since
//
// so that the sweep ends a mebibyte before the next cycle is triggered. A ratio of whole numbers: it cannot
// become infinite, and it rounds the same everywhere. Source: Go 1.19, runtime/mgcsweep.go, gcPaceSweeper
// and deductSweepCredit.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/saturating.h"
#include "gcmap/internal/alloc/heap_range.h"

namespace gcmap {

class SweepPacer {
 public:
  static constexpr uint64_t kMarginBytes = 1 << 20;

  // A sweep begins, or `trigger` has moved during one: from here on `pages` are to be swept while live bytes
  // rise from `live_bytes` to `trigger_bytes`.
  void pace(uint64_t live_bytes, uint64_t trigger_bytes, uint64_t pages) {
    live_bytes_ = live_bytes;
    pages_ = pages;
    const uint64_t room = saturating_sub(trigger_bytes, live_bytes);
    distance_bytes_ = std::max<uint64_t>(saturating_sub(room, kMarginBytes), kPageBytes);
  }

  // Pages that were to be swept then.
  uint64_t pages() const { return pages_; }

  // Pages to sweep now. `pages_left` of those are unswept. Live bytes below those at the beginning count as
  // no allocation (golang/go#57523: the difference wrapped, and everything was swept at once).
  uint64_t pages_due(uint64_t live_bytes, uint64_t pages_left) const {
    const uint64_t allocated = saturating_sub(live_bytes, live_bytes_);
    const uint64_t target = saturating_scale(pages_, allocated, distance_bytes_);
    const uint64_t swept = saturating_sub(pages_, pages_left);
    return std::min(saturating_sub(target, swept), pages_left);
  }

 private:
  uint64_t live_bytes_ = 0;  // at the beginning; likewise
  uint64_t pages_ = 0;
  uint64_t distance_bytes_ = kPageBytes;
};

}  // namespace gcmap
