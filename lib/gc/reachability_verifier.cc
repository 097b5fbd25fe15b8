#include "gc/reachability_verifier.h"

#include <string>

#include "gc/inspector.h"
#include "gcmap/heap.h"

namespace gcmap {

void verify_reachability(const Heap& heap, bool nothing_grey, Violations* violations) {
  const Phase phase = heap.phase();
  HeapWalk walk;
  walk.run(heap, violations);
  if (phase != Phase::kMarkTermination && !(phase == Phase::kMark && nothing_grey)) return;
  HeapInspector(heap).for_each_object([&](const ObjectView& object) {
    if (object.marked || !walk.reached().contains(object.address)) return;
    violations->push_back({"G1", "object heap+" + std::to_string(heap.offset_of(object.address)),
                           "reachable (" +
                               std::string(object.type != nullptr ? object.type->name : "noscan") + ", " +
                               std::to_string(object.bytes) +
                               " bytes) but unmarked with nothing grey in phase " + name_of(phase)});
  });
}

}  // namespace gcmap
