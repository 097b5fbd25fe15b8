// The adapter for maps from nodes to nodes.
#include "harness/subject/map_adapter_of.h"

namespace gcmap::harness {

const AdapterKind kObjectObjectAdapter = adapter_kind<Member<Node>, Member<Node>>();

}  // namespace gcmap::harness
