// Loops over the weak-valued map, with a change in the middle.
#include "harness/run/visit.h"

#include <string>

#include "harness/run/reuse/reuse.h"

namespace gcmap::harness {

using std::to_string;

// M18: entries that stay are met once, those whose values have died or that were erased are not.
uint64_t Reuse::visit(const VisitWeakValuesOperands& op) {
  WeakVisit loop;
  weak_entries_.for_each([&](uint64_t key, ObjectId) { loop.awaited.insert(key); });
  uint64_t met = 0;
  MetByLoop standing(met_, 1);
  weak_values_->for_each([&](uint64_t key, Node& value) {
    judge_met(key, value, loop);
    standing.set({static_cast<ObjectId>(value.id())});
    if (++met == op.nth) act(op, key, loop);
  });
  for (const uint64_t key : loop.awaited) {
    if (!loop.met.contains(key)) judge_weak_value(key, false);
  }
  return met;
}

void Reuse::judge_met(uint64_t key, Node& value, WeakVisit& loop) {
  judge_weak_value(key, true);
  const std::string what = "a loop met the weak value of key " + to_string(key);
  if (&value != environment_.graph().address(weak_entries_.value(key)))
    throw Failure{"M18", what + ", and it is not object " + to_string(weak_entries_.value(key))};
  environment_.expect_alive(&value, weak_entries_.value(key), "M18");
  if (!loop.met.insert(key).second) throw Failure{"M18", what + " twice"};
  environment_.expect_shaded(environment_.heap().phase() == Phase::kMark, &value);
}

void Reuse::act(const VisitWeakValuesOperands& op, uint64_t key, WeakVisit& loop) {
  const auto forget = [&](uint64_t gone) {  // under this key there may be another entry from now on
    loop.awaited.erase(gone);
    loop.met.erase(gone);
  };
  switch (op.action) {
    case VisitAction::kErase:
      weak_erase(key);
      return forget(key);
    case VisitAction::kEraseOther:
      weak_erase(op.key);
      return forget(op.key);
    case VisitAction::kPut:
      if (!weak_values_->contains(op.key)) forget(op.key);
      weak_put(op.key, op.root);
      return;
    case VisitAction::kClear:
      weak_values_->clear();
      weak_entries_.clear();
      loop = {};
      return;
    case VisitAction::kLoop:
      visit({.nth = 1});
      return;
    default:
      return collect_in_loop(environment_.heap(), op.action);
  }
}

}  // namespace gcmap::harness
