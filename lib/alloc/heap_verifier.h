// H1 to H6 by recount: a second, naive look at an ObjectSpace that shares no code with what it checks.
//
// Verified: every committed page, every span, every list, every counter of `now`. Not verified: counters
// since creation, which leave nothing to recount; contents of objects; of idle pages that are said to read as
// zero, more than their beginnings; whether the system took back what was returned to it, which it need not
// tell (mincore speaks of the page cache).
#pragma once

#include "gcmap/internal/base/violation.h"

namespace gcmap {

class ObjectSpace;

// Appends what it finds; changes nothing.
// Cost: O(committed pages + slots).
void verify_space(const ObjectSpace& space, Violations* violations);

}  // namespace gcmap
