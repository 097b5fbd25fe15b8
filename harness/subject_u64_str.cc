// The subject for maps from integers to strings.
#include "harness/numbered.h"

namespace gcmap::harness {

const SubjectKind kU64StrSubject = subject_kind<uint64_t, String>();

}  // namespace gcmap::harness
