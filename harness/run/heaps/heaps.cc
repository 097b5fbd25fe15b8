// A map's handle that is exchanged with that of a map in another heap, for a moment.
#include "harness/run/heaps/heaps.h"

#include <memory>
#include <string>

#include "gcmap/internal/gc/heap_door.h"
#include "gcmap/step.h"
#include "harness/run/heaps/other_map.h"

namespace gcmap::harness {
namespace {

using std::to_string;

// Two handles change places, and back when this ends.
class Exchanged {
 public:
  Exchanged(MapAdapter& first, MapAdapter& second) : first_(first), second_(second) { first.swap(second); }
  ~Exchanged() { first_.swap(second_); }
  Exchanged(const Exchanged&) = delete;
  Exchanged& operator=(const Exchanged&) = delete;

 private:
  MapAdapter& first_;
  MapAdapter& second_;
};

// One handle has handed its map on to another, which is nil otherwise, until this ends.
class HandedOn {
 public:
  HandedOn(MapAdapter& from, MapAdapter& to) : from_(from), to_(to) { to.take(from); }
  ~HandedOn() { from_.take(to_); }
  HandedOn(const HandedOn&) = delete;
  HandedOn& operator=(const HandedOn&) = delete;

 private:
  MapAdapter& from_;
  MapAdapter& to_;
};

// Ends marking, and begins and ends a cycle.
void end_cycle_and_collect(Heap& heap) {
  Stepper step(heap);
  step.mark(UINT64_MAX);
  step.terminate();
  heap.collect();
}

}  // namespace

void Heaps::step_program_heap(CollectorStep collector_step, uint64_t units) {
  Stepper step(environment_.heap());
  switch (collector_step) {
    case CollectorStep::kStart:
      step.start();
      return;
    case CollectorStep::kMark:
      step.mark(units);
      return;
    case CollectorStep::kTerminate:
      step.terminate();
      return;
    case CollectorStep::kSweep:
      step.sweep(units);
      return;
    case CollectorStep::kCollect:
      environment_.heap().collect();
      return;
    case CollectorStep::kScavenge:
      step.scavenge(units);
      return;
  }
}

void Heaps::check_program_map(const MapSlot& slot, const MapAdapter& handle) const {
  if (environment_.graph().freed(slot.object_id))
    throw Failure{"G3",
                  "the sweeper freed map " + to_string(slot.object_id) + ", whose handle was another heap's"};
  if (handle.header() != environment_.graph().address(slot.object_id))
    throw Failure{"G13",
                  "a handle that was exchanged holds another map than map " + to_string(slot.object_id)};
  MapJudge(environment_).check_entries(*slot.record, handle.inspect());
}

// Both heaps' cycles go on while their handles hold each other's maps; the other's is open meanwhile.
void Heaps::exchange(MapSlot& slot, CollectorStep collector_step, uint64_t units) {
  OtherMap other(heap_options(environment_.config()), slot.record->kind);
  const bool marking = HeapDoor::marking(environment_.heap());
  Stepper(other.heap()).start();
  {
    const Exchanged exchanged(*slot.adapter, other.handle());
    environment_.expect_shaded(marking, other.handle().header());
    end_cycle_and_collect(other.heap());
    other.check(*slot.adapter);
    other.put(*slot.adapter);
    step_program_heap(collector_step, units);
    check_program_map(slot, other.handle());
    Stepper(other.heap()).start();
  }
  end_cycle_and_collect(other.heap());
  other.check(other.handle());
  const std::unique_ptr<MapAdapter> spare = other.spare_handle();
  {
    const HandedOn handed_on(*slot.adapter, *spare);
    environment_.expect_shaded(HeapDoor::marking(environment_.heap()), spare->header());
    other.heap().collect();
    check_program_map(slot, *spare);
  }
  check_program_map(slot, *slot.adapter);
  throw_first(other.heap().verify(), "in another heap: ");
}

}  // namespace gcmap::harness
