// The adapter for maps from integers to nothing.
#include "harness/subject/numbered.h"

namespace gcmap::harness {

const AdapterKind kU64NoneAdapter = adapter_kind<uint64_t, Nothing>();

}  // namespace gcmap::harness
