// The adapter for maps from strings to integers.
#include "harness/subject/numbered.h"

namespace gcmap::harness {

const AdapterKind kStrU64Adapter = adapter_kind<String, uint64_t>();

}  // namespace gcmap::harness
