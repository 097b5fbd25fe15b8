// The adapter for maps from integers to maps.
#include "harness/subject/map_adapter_of.h"

namespace gcmap::harness {

const AdapterKind kU64MapAdapter = adapter_kind<uint64_t, Member<InnerMap>>();

}  // namespace gcmap::harness
