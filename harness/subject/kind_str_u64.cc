// The subject for maps from strings to integers.
#include "harness/subject/numbered.h"

namespace gcmap::harness {

const SubjectKind kStrU64Subject = subject_kind<String, uint64_t>();

}  // namespace gcmap::harness
