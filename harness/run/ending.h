// The end of a run: what is left to look at once nothing is done any more.
#pragma once

#include "harness/run/families.h"

namespace gcmap::harness {

// Contents entry by entry, a full loop over each map, collections, exact live set, and an empty heap once
// everything is let go. Throws Failure. The families are unusable afterwards.
void check_at_end(Families& families);

}  // namespace gcmap::harness
