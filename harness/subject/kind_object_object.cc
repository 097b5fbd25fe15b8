// The subject for maps from nodes to nodes.
#include "harness/subject/subject_of.h"

namespace gcmap::harness {

const SubjectKind kObjectObjectSubject = subject_kind<Member<Node>, Member<Node>>();

}  // namespace gcmap::harness
