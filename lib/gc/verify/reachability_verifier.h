// H7 and G1 by a plain walk from the roots: no dangling pointer, nothing reachable left unmarked.
//
// Verified: every slot of every object reachable from roots. Not verified: slots of garbage, which may
// dangle until it is swept.
#pragma once

#include "gcmap/internal/base/violation.h"

namespace gcmap {

class Heap;

// Appends what it finds. `nothing_grey`: what the collector believes; G1 is checked while marking if it
// holds, and at mark termination always.
void verify_reachability(const Heap& heap, bool nothing_grey, Violations* violations);

}  // namespace gcmap
