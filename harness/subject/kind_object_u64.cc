// The adapter for maps from nodes to integers.
#include "harness/subject/map_adapter_of.h"

namespace gcmap::harness {

const AdapterKind kObjectU64Adapter = adapter_kind<Member<Node>, uint64_t>();

}  // namespace gcmap::harness
