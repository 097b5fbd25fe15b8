// The subject for maps from 32-bit integers to bytes.
#include "harness/subject/subject_of.h"

namespace gcmap::harness {

const SubjectKind kU32U8Subject = subject_kind<uint32_t, uint8_t>();

}  // namespace gcmap::harness
