// In a file of its own, as fuzzers count its edges: one for each kind of operation.
#include "harness/run/dispatch.h"

namespace gcmap::harness {

void dispatch(const Operation& operation, Families& families, Step& step) {
  visit(operation, [&](const auto& operands) { families.run(operands, step); });
}

}  // namespace gcmap::harness
