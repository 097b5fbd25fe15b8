#include "harness/oracle/cycle.h"

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
  doomed_.clear(heap_);
  if (!judging_) return;
  walk_.run(heap_, nullptr);
  const HeapInspector inspector(heap_);
  inspector.for_each_object([&](const ObjectView& object) {
    if (!walk_.reached().contains(object.address) && !inspector.has_finalizer(object.address))
      doomed_.add(object.address);
  });
}

void CycleOracle::on_shade(const void* value) {
  if (!judging_ || doomed_.size() == 0) return;
  const HeapInspector inspector(heap_);
  const std::optional<ObjectView> object = inspector.find(value);
  if (!object.has_value()) return;
  // One that has a finalizer never was doomed itself; what it is the key of may be.
  if (!doomed_.contains(object->address) && !inspector.has_finalizer(object->address)) return;
  walk_.run_from(heap_, object->address,
                 [this](const ObjectView& reached) { doomed_.remove(reached.address); });
}

void CycleOracle::check_marks() {
  if (failure_) return;
  walk_.run(heap_, nullptr, [this](const ObjectView& object) {
    if (object.marked || failure_) return;
    failure_ = Failure{"G1", "at mark termination the object at heap offset " +
                                 std::to_string(heap_.offset_of(object.address)) + " of " +
                                 std::to_string(object.bytes) + " bytes is reachable, but not marked"};
  });
}

void CycleOracle::end_cycle() {
  if (!judging_ || failure_ || doomed_.size() == 0) return;
  failure_ = Failure{
      "G2", std::to_string(doomed_.size()) +
                " objects were unreachable when the cycle began and outlived it, the first at heap offset " +
                std::to_string(heap_.offset_of(doomed_.first()))};
}

std::optional<Failure> CycleOracle::take_failure() {
  return std::exchange(failure_, std::nullopt);
}

}  // namespace gcmap::harness
