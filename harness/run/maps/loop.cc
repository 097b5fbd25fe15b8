// Loops over maps, with a change in the middle.
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "harness/run/maps/maps.h"
#include "harness/run/visit.h"

namespace gcmap::harness {
namespace {

using std::to_string;

void complain(const std::optional<ModelIteration::Complaint>& complaint) {
  if (complaint) throw Failure{complaint->oracle, complaint->detail};
}

// What a loop stands on, and the life of the entry it was then.
struct Standing {
  Word key;
  uint64_t id;
  ObjectId key_object_id = kNoObject;
  uint64_t incarnation = 0;
};

Standing standing_on(const MapRecord& record, Word key, uint64_t id) {
  const ModelMap::Entry* const entry = record.model->find(id);
  if (entry == nullptr) return {key, id};
  return {key, id, entry->key_object_id, entry->incarnation};
}

// After a change: the loop holds its key, C9, and gives the value of now, C6, while the entry is there.
void check_standing(const AdapterLoop& loop, const MapRecord& record, const ModelGraph& graph,
                    const MapJudge& judge, const Standing& standing) {
  if (standing.key_object_id != kNoObject && graph.freed(standing.key_object_id))
    throw Failure{"G3", "a loop stands on key object " + to_string(standing.key_object_id) +
                            ", which the sweeper freed"};
  if (loop.key() != standing.key)
    throw Failure{"C9", "a loop that stands on key " + to_string(standing.id) + " says it stands on another"};
  const ModelMap::Entry* const entry = record.model->find(standing.id);
  if (entry == nullptr || entry->incarnation != standing.incarnation) return;
  const auto [key, value] = loop.entry();
  const auto [id, number] = judge.judged_entry(record, key, value);
  if (id != standing.id)
    throw Failure{"C9",
                  "a loop that stands on key " + to_string(standing.id) + " gives key " + to_string(id)};
  if (number != entry->value)
    throw Failure{"C6", "a loop stands on key " + to_string(id) + " and gives value " + to_string(number) +
                            ", its latest is " + to_string(entry->value)};
}

}  // namespace

uint64_t Maps::do_operation(const LoopOperands& op, Step& step) {
  const uint64_t met = table_.slot(op.map).adapter == nullptr ? 0 : loop(op, 0, step);
  step.answer(met);
  if (step.mode().talks) step.say(to_string(met) + " met");
  describe(op.map, step);
  return met;
}

// Returns how many entries it met. `depth`: of the loops it runs in.
uint64_t Maps::loop(const LoopOperands& op, size_t depth, Step& step) {
  MapSlot& slot = table_.slot(op.map);
  MapRecord& record = *slot.record;
  ModelIteration model(record.model, kIterators + depth, entries_.serial(), ++loops_);
  const std::unique_ptr<AdapterLoop> loop = slot.adapter->loop();
  uint64_t met = 0;
  while (!loop->at_end()) {
    const auto [key, value] = loop->entry();
    const auto [id, number] = judge_.judged_entry(record, key, value);
    complain(model.produce(id, number));
    const Standing standing = standing_on(record, key, id);
    check_standing(*loop, record, environment_.graph(), judge_, standing);
    const bool acts = ++met == op.nth;
    if (acts && op.action == VisitAction::kErase) {
      entries_.erase_at(slot, *loop, id, step);
      continue;
    }
    if (acts) {
      act(op, slot, depth, step);
      check_standing(*loop, record, environment_.graph(), judge_, standing);
    }
    loop->next();
  }
  complain(model.end());
  iterators_.expect_empty(loop->memory());
  return met;
}

void Maps::act(const LoopOperands& op, MapSlot& slot, size_t depth, Step& step) {
  switch (op.action) {
    case VisitAction::kEraseOther:
      entries_.erase(slot, op.key, false, step);
      return;
    case VisitAction::kPut:
      entries_.put(slot, op.key, op.nth, step);
      return;
    case VisitAction::kClear:
      return entries_.clear(slot);
    case VisitAction::kLoop:
      if (depth + 1 < kLoops) loop({.map = op.map}, depth + 1, step);
      return;
    default:
      return collect_in_loop(environment_.heap(), op.action);
  }
}

}  // namespace gcmap::harness
