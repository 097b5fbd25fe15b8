#include "harness/cycle_oracle.h"

#include <algorithm>
#include <string>
#include <utility>

namespace gcmap::harness {

void CycleOracle::on_phase(Phase from, Phase to) {
  if (from == Phase::kIdle) begin_cycle();
  if (to == Phase::kMarkTermination && judging_) check_marks();
  if (to == Phase::kIdle) end_cycle();
}

void CycleOracle::begin_cycle() {
  judging_ = every_ != 0 && cycles_ % every_ == 0;
  ++cycles_;
  doomed_.clear();
  if (!judging_) return;
  const HeapInspector inspector(heap_);
  std::unordered_set<const void*> reachable;
  for (const ObjectView& object : inspector.reachable(nullptr)) reachable.insert(object.address);
  inspector.for_each_object([&](const ObjectView& object) {
    if (!reachable.contains(object.address)) doomed_.insert(object.address);
  });
}

void CycleOracle::check_marks() {
  if (failure_) return;
  for (const ObjectView& object : HeapInspector(heap_).reachable(nullptr)) {
    if (object.marked) continue;
    failure_ = Failure{"G1", "at mark termination the object at heap offset " +
                                 std::to_string(heap_.offset_of(object.address)) + " of " +
                                 std::to_string(object.bytes) + " bytes is reachable, but not marked"};
    return;
  }
}

void CycleOracle::end_cycle() {
  if (!judging_ || failure_ || doomed_.empty()) return;
  const void* const first = *std::min_element(doomed_.begin(), doomed_.end());
  failure_ = Failure{
      "G2", std::to_string(doomed_.size()) +
                " objects were unreachable when the cycle began and outlived it, the first at heap offset " +
                std::to_string(heap_.offset_of(first))};
}

std::optional<Failure> CycleOracle::take_failure() {
  return std::exchange(failure_, std::nullopt);
}

}  // namespace gcmap::harness
