// Names of failures.
#include "harness/verdict.h"

namespace gcmap::harness {

std::string Verdict::signature() const {
  if (kind == VerdictKind::kOk) return "ok";
  if (kind == VerdictKind::kMisuse) return "misuse";
  return oracle + "@" + (op == OpKind::kNop ? "end" : std::string(info_of(op).text));
}

}  // namespace gcmap::harness
