// The adapter for maps from strings to strings.
#include "harness/subject/numbered.h"

namespace gcmap::harness {

const AdapterKind kStrStrAdapter = adapter_kind<String, String>();

}  // namespace gcmap::harness
