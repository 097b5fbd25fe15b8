#include "gcmap/internal/base/event.h"

namespace gcmap {

const char* name_of(Phase phase) {
  switch (phase) {
#define GCMAP_CASE(constant, name) \
  case Phase::constant:            \
    return name;
    GCMAP_PHASES(GCMAP_CASE)
#undef GCMAP_CASE
  }
  return "?";
}

const char* name_of(DecisionPoint point) {
  switch (point) {
#define GCMAP_CASE(constant, name) \
  case DecisionPoint::constant:    \
    return name;
    GCMAP_DECISION_POINTS(GCMAP_CASE)
#undef GCMAP_CASE
  }
  return "?";
}

}  // namespace gcmap
