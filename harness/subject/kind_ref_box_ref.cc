// The adapter for maps from structs that refer to a node to boxed ones.
#include "harness/subject/ref.h"

namespace gcmap::harness {

const AdapterKind kRefBoxRefAdapter = adapter_kind<Ref<32>, Ref<136>>();

}  // namespace gcmap::harness
