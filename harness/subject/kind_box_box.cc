// The adapter for maps from boxed structs to boxed structs.
#include "harness/subject/numbered.h"

namespace gcmap::harness {

const AdapterKind kBoxBoxAdapter = adapter_kind<Struct<136>, Struct<136>>();

}  // namespace gcmap::harness
