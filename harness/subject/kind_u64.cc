// The subject for maps from integers to integers: pointer-free buckets.
#include "harness/subject/subject_of.h"

namespace gcmap::harness {

const SubjectKind kU64Subject = subject_kind<uint64_t, uint64_t>();

}  // namespace gcmap::harness
