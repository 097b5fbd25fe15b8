// The subject for maps from integers to maps.
#include "harness/subject/subject_of.h"

namespace gcmap::harness {

const SubjectKind kU64MapSubject = subject_kind<uint64_t, Member<InnerMap>>();

}  // namespace gcmap::harness
