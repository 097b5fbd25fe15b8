// Loops over weak-keyed maps, with a change in the middle.
#include <algorithm>
#include <string>

#include "gcmap/step.h"
#include "harness/run/lifetimes/lifetimes.h"
#include "harness/run/visit.h"

namespace gcmap::harness {

using std::to_string;

// G10: entries are met once, oldest first, those added meanwhile too; passed over is only whose key is dead.
uint64_t Lifetimes::visit(const VisitWeakKeysOperands& op) {
  std::deque<ObjectId> awaited;
  for (const ObjectId key : model_.keys(op.table.index)) awaited.push_back(key);
  uint64_t met = 0;
  MetByLoop standing(met_, 2);
  tables_[op.table.index].for_each([&](Node& key, Node& value) {
    judge_met(op.table, key, value, awaited);
    standing.set({static_cast<ObjectId>(key.id()), static_cast<ObjectId>(value.id())});
    if (++met == op.nth) act(op, key, awaited);
  });
  pass_over(op.table, awaited, kNoObject);
  return met;
}

void Lifetimes::judge_met(TableName table, Node& key, Node& value, std::deque<ObjectId>& awaited) {
  const auto key_id = static_cast<ObjectId>(key.id());
  const std::string what = "a loop met the entry of object " + to_string(key_id);
  if (std::find(awaited.begin(), awaited.end(), key_id) == awaited.end())
    throw Failure{"G10", what + ", which is not there, or not any more, or was met before"};
  pass_over(table, awaited, key_id);
  awaited.pop_front();
  const ObjectId value_id = model_.value(table.index, key_id);
  if (&key != environment_.graph().address(key_id) || &value != environment_.graph().address(value_id))
    throw Failure{"G10", what + ", and it leads elsewhere"};
  for (const ObjectId object_id : {key_id, value_id}) {
    if (environment_.graph().freed(object_id))
      throw Failure{"G3", what + " with object " + to_string(object_id) + ", which the sweeper freed"};
    environment_.expect_alive(environment_.graph().address(object_id), object_id, "G10");
  }
  const bool marking = environment_.heap().phase() == Phase::kMark;
  environment_.expect_shaded(marking, &key);
  environment_.expect_shaded(marking, &value);
}

// Entries before that of `until` were not met: the library says that their keys are dead.
void Lifetimes::pass_over(TableName table, std::deque<ObjectId>& awaited, ObjectId until) {
  if (awaited.empty() || awaited.front() == until) return;
  const ModelWalk walk = environment_.walk();
  for (; !awaited.empty() && awaited.front() != until; awaited.pop_front()) {
    const ObjectId key = awaited.front();
    if (model_.value(table.index, key) == kNoObject) continue;
    if (walk.reached(key))
      throw Failure{"G10",
                    "a loop passed over the entry of object " + to_string(key) + ", which can be reached"};
    model_.end_life(key);
  }
}

void Lifetimes::act(const VisitWeakKeysOperands& op, Node& key, std::deque<ObjectId>& awaited) {
  const auto key_id = static_cast<ObjectId>(key.id());
  WeakKeyMap<Node, Node>& map = tables_[op.table.index];
  switch (op.action) {
    case VisitAction::kErase:
      if (!map.erase(&key)) throw Failure{"G10", "the entry of object " + to_string(key_id) + " was gone"};
      return model_.set_value(op.table.index, key_id, kNoObject);
    case VisitAction::kEraseOther:
      if (unannotate(op.table, op.root)) std::erase(awaited, id_of(op.root));
      return;
    case VisitAction::kPut: {
      const bool is_new = model_.value(op.table.index, id_of(op.root)) == kNoObject;
      if (annotate(op.table, op.root, op.root) && is_new) awaited.push_back(id_of(op.root));
      return;
    }
    case VisitAction::kClear:
      map.clear();
      awaited.clear();
      return model_.clear(op.table.index);
    case VisitAction::kLoop:
      visit({.table = op.table, .nth = 1});
      return;
    default:
      return collect_in_loop(environment_.heap(), op.action);
  }
}

}  // namespace gcmap::harness
