// The adapter for maps from 32-bit integers to bytes.
#include "harness/subject/map_adapter_of.h"

namespace gcmap::harness {

const AdapterKind kU32U8Adapter = adapter_kind<uint32_t, uint8_t>();

}  // namespace gcmap::harness
