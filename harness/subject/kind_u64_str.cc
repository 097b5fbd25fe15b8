// The subject for maps from integers to strings.
#include "harness/subject/numbered.h"

namespace gcmap::harness {

const SubjectKind kU64StrSubject = subject_kind<uint64_t, String>();

}  // namespace gcmap::harness
