// The adapter for maps from integers to strings.
#include "harness/subject/numbered.h"

namespace gcmap::harness {

const AdapterKind kU64StrAdapter = adapter_kind<uint64_t, String>();

}  // namespace gcmap::harness
