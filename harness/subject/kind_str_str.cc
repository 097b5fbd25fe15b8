// The subject for maps from strings to strings.
#include "harness/subject/numbered.h"

namespace gcmap::harness {

const SubjectKind kStrStrSubject = subject_kind<String, String>();

}  // namespace gcmap::harness
