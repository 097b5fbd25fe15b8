// The subject for maps from floating-point numbers to integers.
#include "harness/subject/numbered.h"

namespace gcmap::harness {

const SubjectKind kF64U64Subject = subject_kind<double, uint64_t>();

}  // namespace gcmap::harness
