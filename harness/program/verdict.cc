// Names of failures.
#include "harness/program/verdict.h"

#include "harness/program/operands.h"

namespace gcmap::harness {

const char* name_of(VerdictKind kind) {
  switch (kind) {
    case VerdictKind::kOk:
      return "ok";
    case VerdictKind::kBug:
      return "bug";
    case VerdictKind::kMisuse:
      return "misuse";
    case VerdictKind::kHang:
      return "hang";
    case VerdictKind::kCrash:
      return "crash";
    case VerdictKind::kEnvironment:
      return "environment";
    case VerdictKind::kUndecided:
      return "undecided";
  }
  return "?";
}

std::string Verdict::signature() const {
  if (kind == VerdictKind::kOk) return "ok";
  if (kind == VerdictKind::kMisuse) return "misuse";
  if (kind == VerdictKind::kEnvironment) return "environment";
  if (kind == VerdictKind::kUndecided) return "undecided";
  return oracle + "@" + (op == OpKind::kNop ? "end" : std::string(info_of(op).text));
}

std::string known_signature(const Verdict& verdict, const Config& config) {
  if (!verdict.failed()) return verdict.signature();
  Verdict known = verdict;
  known.op = single_of(verdict.op);
  std::string line = known.signature();
  switch (static_cast<MapKind>(config.kind)) {
#define KIND(constant, text, doc) \
  case MapKind::k##constant:      \
    line += " " text;             \
    break;
#include "harness/program/map_kind.def"
#undef KIND
  }
  return verdict.frame.empty() ? line : line + " " + verdict.frame;
}

}  // namespace gcmap::harness
