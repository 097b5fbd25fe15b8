// The subject for maps from integers to nothing.
#include "harness/subject/numbered.h"

namespace gcmap::harness {

const SubjectKind kU64NoneSubject = subject_kind<uint64_t, Nothing>();

}  // namespace gcmap::harness
