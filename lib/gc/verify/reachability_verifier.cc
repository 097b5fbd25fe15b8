#include "gc/verify/reachability_verifier.h"

#include <optional>
#include <string>

#include "gc/verify/retention_path.h"
#include "gcmap/heap.h"
#include "gcmap/internal/gc/verify/inspector.h"

namespace gcmap {

void verify_reachability(const Heap& heap, bool nothing_grey, Violations* violations) {
  const Phase phase = heap.phase();
  HeapWalk walk;
  walk.run(heap, violations);
  if (phase != Phase::kMarkTermination && !(phase == Phase::kMark && nothing_grey)) return;
  std::optional<RetentionPaths> paths;  // made when there is something to report
  HeapInspector(heap).for_each_object([&](const ObjectView& object) {
    if (object.marked || !walk.reached().contains(object.address)) return;
    if (!paths.has_value()) paths.emplace(heap);
    violations->push_back({"G1", paths->to(object.address),
                           "reachable (" + std::to_string(object.bytes) +
                               " bytes) but unmarked with nothing grey in phase " + name_of(phase)});
  });
}

}  // namespace gcmap
