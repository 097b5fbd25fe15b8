// The subject for maps from nodes to integers.
#include "harness/subject/subject_of.h"

namespace gcmap::harness {

const SubjectKind kObjectU64Subject = subject_kind<Member<Node>, uint64_t>();

}  // namespace gcmap::harness
