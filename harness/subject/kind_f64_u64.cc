// The adapter for maps from floating-point numbers to integers.
#include "harness/subject/numbered.h"

namespace gcmap::harness {

const AdapterKind kF64U64Adapter = adapter_kind<double, uint64_t>();

}  // namespace gcmap::harness
