// From a record to the handler of its operation.
#pragma once

#include "harness/run/families.h"

namespace gcmap::harness {

// Does the operation.
// Errors: Failure; std::bad_alloc, CallbackThrew and MisuseError, and it has not happened.
void dispatch(const Operation& operation, Families& families, Step& step);

}  // namespace gcmap::harness
