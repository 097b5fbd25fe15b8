// The subject for maps from integers to nodes.
#include "harness/subject/subject_of.h"

namespace gcmap::harness {

const SubjectKind kU64ObjectSubject = subject_kind<uint64_t, Member<Node>>();

}  // namespace gcmap::harness
