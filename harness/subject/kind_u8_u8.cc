// The adapter for maps from bytes to bytes.
#include "harness/subject/map_adapter_of.h"

namespace gcmap::harness {

const AdapterKind kU8U8Adapter = adapter_kind<uint8_t, uint8_t>();

}  // namespace gcmap::harness
