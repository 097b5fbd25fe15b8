// The adapter for maps from integers to integers: pointer-free buckets.
#include "harness/subject/map_adapter_of.h"

namespace gcmap::harness {

const AdapterKind kU64Adapter = adapter_kind<uint64_t, uint64_t>();

}  // namespace gcmap::harness
