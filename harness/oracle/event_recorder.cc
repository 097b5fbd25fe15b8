#include "harness/oracle/event_recorder.h"

#include <string>
#include <utility>

#include "gcmap/internal/map/header.h"
#include "harness/subject/map_adapter.h"
#include "harness/subject/node.h"

namespace gcmap::harness {

EventRecorder::EventRecorder(const Heap& heap, ModelGraph& graph, uint32_t every, const HeapOptions& options,
                             WorkBudget* budget)
    : heap_(heap),
      graph_(graph),
      every_(every),
      cycles_(heap, every),
      barriers_(heap),
      quarantine_(heap, options.quarantine_objects),
      pacing_(heap, options),
      budget_(budget),
      phase_(heap.phase()),
      serial_(heap.stats().allocated_objects),
      objects_freed_(heap.stats().freed_objects) {}

void EventRecorder::on_phase(Phase from, Phase to) {
  spend();
  if (from != phase_ && !failure_)
    failure_ = Failure{"H12", std::string("the cycle moved on from ") + name_of(from) +
                                  ", and was last told to be in " + name_of(phase_)};
  phase_ = to;
  const bool judging =
      every_ != 0 && cycles_.cycles() % every_ == 0;  // the cycle that begins, as cycles_ says
  cycles_.on_phase(from, to);
  if (from == Phase::kIdle && judging) barriers_.begin();
  if (from == Phase::kMark) barriers_.end();
}

void EventRecorder::on_free(const void* object, const Type* type) {
  spend();
  cycles_.on_free(object, type);
  quarantine_.on_free(object, type);
  barriers_.on_free(object);
  ++objects_freed_;
  uint64_t id = kNoObject;
  const ObjectId plain = type == nullptr ? graph_.plain_at(object) : kNoObject;
  if (plain != kNoObject || type == &node_type()) id = static_cast<const Node*>(object)->id();
  if (plain != kNoObject && id != plain) id = UINT64_MAX;
  if (type == &map_header_type()) id = id_of_map(static_cast<const MapHeader*>(object));
  if (id == kNoObject) return;
  const ObjectId object_id = static_cast<ObjectId>(id);
  if (object_id != id || !graph_.contains(object_id)) {
    if (!failure_)
      failure_ = Failure{"G3", "the sweeper freed an object that calls itself " + std::to_string(id) +
                                   ", and there is none: its memory was overwritten while it was alive"};
    return;
  }
  // A clone that was never finished carries its source's id.
  if (graph_.is_map(object_id) && graph_.address(object_id) != object) return;
  graph_.set_freed(object_id);
  freed_ = true;
}

void EventRecorder::check_told() const {
  const HeapStats stats = heap_.stats();
  const auto expect = [](const char* what, uint64_t told, uint64_t is) {
    if (told == is) return;
    throw Failure{"H12", std::string(what) + ": the sink was told of " + std::to_string(told) +
                             ", the heap says " + std::to_string(is)};
  };
  expect("objects that came", serial_, stats.allocated_objects);
  expect("objects that went", objects_freed_, stats.freed_objects);
  expect("the phase", static_cast<uint64_t>(phase_), static_cast<uint64_t>(heap_.phase()));
}

bool EventRecorder::take_freed() {
  return std::exchange(freed_, false);
}

std::optional<Failure> EventRecorder::take_failure() {
  if (failure_) return std::exchange(failure_, std::nullopt);
  if (auto failure = barriers_.take_failure()) return failure;
  if (auto failure = quarantine_.take_failure()) return failure;
  if (auto failure = pacing_.take_failure()) return failure;
  return cycles_.take_failure();
}

}  // namespace gcmap::harness
