// The adapter for maps from boxed structs that refer to a node to ones in the bucket.
#include "harness/subject/ref.h"

namespace gcmap::harness {

const AdapterKind kBoxRefRefAdapter = adapter_kind<Ref<136>, Ref<32>>();

}  // namespace gcmap::harness
