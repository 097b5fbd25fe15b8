// Which of two programs is simpler: the order the reducer goes down.
//
// In this order of importance: fewer operations; less work in runs of keys; fewer configuration fields that
// are not at their default; then, operation by operation, the plainer kind and operands nearer to their
// simplest value; then the configuration's values nearer to their defaults. How keys are hashed counts only
// in this last step: plain keys under an odd hash are simpler than odd keys. The order is total on canonical
// programs and has no endless descents, so a reducer that only ever accepts simpler programs ends.
#pragma once

#include "harness/program/op.h"

namespace gcmap::harness {

bool is_simpler(const Program& candidate, const Program& than);

}  // namespace gcmap::harness
