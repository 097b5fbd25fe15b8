// Lifetimes: what must be so after an operation, and when nothing dies any more.
#include <string>

#include "gcmap/internal/gc/heap_door.h"
#include "gcmap/internal/gc/lifetime/lifetimes.h"
#include "harness/run/lifetimes/lifetimes.h"

namespace gcmap::harness {

using std::to_string;

// G3 and G4: an object whose finalizer is pending is not freed.
void Lifetimes::check_pending() const {
  for (const ObjectId object_id : model_.all_pending()) {
    if (environment_.graph().freed(object_id))
      throw Failure{"G4", "object " + to_string(object_id) + " was freed, and its finalizer never ran"};
  }
}

// G10 while the sweeper is on its way: at least the entries of keys that can be reached count.
void Lifetimes::check_table_sizes() const {
  if (!model_.used() || environment_.heap().phase() != Phase::kSweep) return;
  const ModelWalk walk = environment_.walk();
  for (size_t table = 0; table < kWeakTables; ++table) {
    uint64_t reached = 0;
    for (const ObjectId key : model_.keys(table)) reached += walk.reached(key);
    const uint64_t size = tables_[table].size();
    if (size < reached || size > model_.size(table)) {
      throw Failure{"G10", "of " + to_string(model_.size(table)) + " entries, " + to_string(reached) +
                               " of them with keys that can be reached, " + to_string(size) + " are left"};
    }
  }
}

void Lifetimes::check_table(size_t table, const ModelWalk& walk) {
  uint64_t expected = 0;
  for (const ObjectId key : model_.keys(table)) expected += walk.reached(key);
  uint64_t found = 0;
  tables_[table].for_each([&](const Node& key, const Node& value) {
    ++found;
    if (model_.value(table, static_cast<ObjectId>(key.id())) != static_cast<ObjectId>(value.id()))
      throw Failure{"G10", "in the end the entry of object " + to_string(key.id()) + " is wrong"};
  });
  if (found != expected || tables_[table].size() != expected) {
    throw Failure{"G10", "in the end " + to_string(expected) + " entries have live keys, found " +
                             to_string(found) + ", size " + to_string(tables_[table].size())};
  }
}

void Lifetimes::check_when_nothing_dies(const ModelWalk& walk) {
  for (const ObjectId object_id : model_.all_pending()) {
    if (!walk.reached(object_id))
      throw Failure{"G4", "in the end nothing leads to object " + to_string(object_id) +
                              ", and its finalizer has not run"};
  }
  check_weak_references(walk);
  for (size_t table = 0; table < kWeakTables; ++table) check_table(table, walk);
}

// G5: each object that is referred to weakly has a cell, and nothing else has.
uint64_t Lifetimes::own_cells(ObjectSet& owned, const ModelWalk& walk) const {
  uint64_t cells = 0;
  HeapDoor::lifetimes(environment_.heap()).weak_cells.for_each([&](const WeakSpecial& special) {
    ++cells;
    owned.add(special.cell);
  });
  uint64_t expected = 0;
  for (const ObjectId object_id : model_.all_referred()) expected += walk.reached(object_id);
  if (cells != expected) {
    throw Failure{"G5", "in the end " + to_string(expected) + " objects are referred to weakly, and " +
                            to_string(cells) + " have cells"};
  }
  return cells;
}

void Lifetimes::check_gone() const {
  uint64_t entries = 0;
  for (const auto& table : tables_) entries += table.size();
  if (entries != 0 || dead_.waiting() != 0) {
    throw Failure{"G10", "everything was let go, and " + to_string(entries) + " entries and " +
                             to_string(dead_.waiting()) + " watches are left"};
  }
}

}  // namespace gcmap::harness
