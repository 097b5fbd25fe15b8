// The adapter for maps from integers to nodes.
#include "harness/subject/map_adapter_of.h"

namespace gcmap::harness {

const AdapterKind kU64ObjectAdapter = adapter_kind<uint64_t, Member<Node>>();

}  // namespace gcmap::harness
