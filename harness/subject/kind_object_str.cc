// The adapter for maps from nodes to strings.
#include "harness/subject/numbered.h"

namespace gcmap::harness {

const AdapterKind kObjectStrAdapter = adapter_kind<Member<Node>, String>();

}  // namespace gcmap::harness
