// The subject for maps from bytes to bytes.
#include "harness/subject/subject_of.h"

namespace gcmap::harness {

const SubjectKind kU8U8Subject = subject_kind<uint8_t, uint8_t>();

}  // namespace gcmap::harness
