// Recounts what pacing believes about the heap (H5) and computes its goal a second time (G6).
//
// Not verified: cons_mark and the runway, which depend on the whole past; that they are numbers, and the
// bounds they are clipped to, is.
#pragma once

#include "gcmap/internal/base/violation.h"

namespace gcmap {

class Collector;

// Changes nothing.
// Cost: O(spans + slots / 64).
void verify_pacing(const Collector& collector, Violations* violations);

}  // namespace gcmap
