// The adapter for maps from the largest structs that lie in a bucket to integers.
#include "harness/subject/numbered.h"

namespace gcmap::harness {

const AdapterKind kLargeU64Adapter = adapter_kind<Struct<128>, uint64_t>();

}  // namespace gcmap::harness
