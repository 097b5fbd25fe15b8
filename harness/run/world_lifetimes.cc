// Finalizers, weak references, reference queues and weak-keyed maps: every operation on both sides.
#include <set>
#include <stdexcept>
#include <string>

#include "gcmap/finalizer.h"
#include "gcmap/internal/gc/lifetimes.h"
#include "harness/run/world.h"

namespace gcmap::harness {
namespace {

using std::to_string;

struct FinalizerThrew {};

Node* node_in(const RootSlot& root) {
  return static_cast<Node*>(root.handle->get());
}

}  // namespace

// Objects of the arena, and addresses at which no object starts, must be refused. Returns whether the root's
// is of the arena.
bool World::refused(size_t root, const char* oracle, const char* what,
                    const std::function<void(Node*)>& ask) {
  Node* const node = node_in(roots_[root]);
  const std::string name = "object " + to_string(roots_[root].ref);
  const auto expect_refused = [&](void* address, const std::string& asked) {
    try {
      ask(static_cast<Node*>(address));
    } catch (const std::invalid_argument&) {
      return;
    }
    throw Failure{oracle, asked + " was not refused " + what};
  };
  if (!is_heap_node(root)) {
    expect_refused(node, name + ", of the arena,");
    return true;
  }
  if (!oracles_) return false;
  expect_refused(node + 1, "an address inside " + name);
  expect_refused(this, "an address outside the heap");
  return false;
}

// What leads to the same object in the same life.
bool World::leads_to(const WeakSlot& name, Ref ref) const {
  return name.ref == ref && name.life == lifetimes_.life(ref);
}

bool World::finalize(size_t root, FinalizerDeed deed) {
  if (!is_node(root)) return false;
  if (refused(root, "G4", "a finalizer", [&](Node* node) { heap_.set_finalizer(node, [](void*) {}); }))
    return false;
  lifetimes_.use();
  return set_finalizer_of(roots_[root].ref, node_in(roots_[root]), deed);
}

bool World::set_finalizer_of(Ref ref, Node* node, FinalizerDeed deed) {
  try {
    heap_.set_finalizer(node, [this, ref, deed](void* object) { run_finalizer(ref, object, deed); });
  } catch (const std::invalid_argument&) {
    if (lifetimes_.pending(ref)) return false;
    throw Failure{"G4", "object " + to_string(ref) + " was refused a finalizer and has none"};
  }
  if (lifetimes_.pending(ref))
    throw Failure{"G4", "object " + to_string(ref) + " was given a second finalizer"};
  lifetimes_.set_pending(ref, true);
  return true;
}

bool World::unfinalize(size_t root) {
  if (!is_heap_node(root)) return false;
  const Ref ref = roots_[root].ref;
  const bool cleared = heap_.clear_finalizer(node_in(roots_[root]));
  if (cleared != lifetimes_.pending(ref)) {
    throw Failure{"G4", "object " + to_string(ref) + (cleared ? " had" : " lost") +
                            " a finalizer, against what was set"};
  }
  lifetimes_.set_pending(ref, false);
  return cleared;
}

uint64_t World::run_finalizers(uint64_t limit) {
  const uint64_t ran_before = finalizers_ran_;
  uint64_t threw = 0;
  const uint64_t threw_before = finalizers_threw_;
  const uint64_t failed_before = heap_.stats().finalizers_failed;
  const uint64_t ran = heap_.run_finalizers(limit, [&](const std::exception_ptr&) { ++threw; });
  if (finalizer_failure_) throw *std::exchange(finalizer_failure_, std::nullopt);
  if (ran > finalizers_ran_ - ran_before || threw != finalizers_threw_ - threw_before ||
      heap_.stats().finalizers_failed - failed_before != threw) {
    throw Failure{"G4", to_string(finalizers_ran_ - ran_before) + " finalizers ran and " +
                            to_string(finalizers_threw_ - threw_before) + " threw, the heap says " +
                            to_string(ran) + " and " + to_string(threw)};
  }
  return finalizers_ran_ - ran_before;
}

// What the library calls. Whatever it throws the library contains: failures wait for run_finalizers.
void World::run_finalizer(Ref ref, void* object, FinalizerDeed deed) {
  ++finalizers_ran_;
  try {
    judge_finalizer(ref, object);
    do_deed(ref, object, deed);
  } catch (const Failure& failure) {
    if (!finalizer_failure_) finalizer_failure_ = failure;
  }
  if (deed != FinalizerDeed::kThrow) return;
  ++finalizers_threw_;
  throw FinalizerThrew{};
}

// G4: once, with its own object, not before nothing leads to that, nor anything whose own finalizer is
// pending. G5: weak references were cleared before.
void World::judge_finalizer(Ref ref, void* object) {
  const std::string name = "the finalizer of object " + to_string(ref);
  if (!lifetimes_.pending(ref)) throw Failure{"G4", name + " ran twice, or was cleared"};
  if (object != graph_.address(ref)) throw Failure{"G4", name + " was given another object"};
  if (graph_.freed(ref)) throw Failure{"G4", name + " ran after the object was freed"};
  walk_from_names();
  if (graph_.reached(ref))
    throw Failure{"G4", name + " ran, and the object can be reached from a name or by another finalizer"};
  for (const WeakSlot& weak : weaks_) {
    if (weak.weak && leads_to(weak, ref) && weak.weak->cell() != nullptr &&
        weak.weak->cell()->target != nullptr) {
      throw Failure{"G5", name + " ran before weak references to the object were cleared"};
    }
  }
  lifetimes_.set_pending(ref, false);
  lifetimes_.end_life(ref);
}

void World::do_deed(Ref ref, void* object, FinalizerDeed deed) {
  switch (deed) {
    case FinalizerDeed::kNothing:
    case FinalizerDeed::kThrow:
      return;
    case FinalizerDeed::kKeep:
      return set_root(ref % kRoots, object, ref);
    case FinalizerDeed::kCollect:
      return heap_.collect();
    case FinalizerDeed::kAgain:
      set_finalizer_of(ref, static_cast<Node*>(object), FinalizerDeed::kNothing);
      return;
  }
}

bool World::make_weak(size_t weak, size_t root) {
  weaks_[weak] = {};
  if (!is_node(root)) return false;
  if (refused(root, "G5", "a weak reference", [&](Node* node) { Weak<Node>(heap_, node); })) return false;
  lifetimes_.use();
  const Ref ref = roots_[root].ref;
  WeakSlot name{Weak<Node>(heap_, node_in(roots_[root])), ref, lifetimes_.life(ref)};
  for (const WeakSlot& other : weaks_) {
    if (other.weak && leads_to(other, ref) && !(*other.weak == *name.weak))
      throw Failure{"G5", "two weak references to object " + to_string(ref) + " differ"};
  }
  lifetimes_.refer_weakly(ref);
  weaks_[weak] = std::move(name);
  return true;
}

void World::drop_weak(size_t weak) {
  weaks_[weak] = {};
}

bool World::read_weak(size_t root, size_t weak) {
  const WeakSlot& name = weaks_[weak];
  if (!name.weak) return false;
  const bool ended = name.life != lifetimes_.life(name.ref);
  Node* const target = name.weak->get();
  const std::string what = "the weak reference to object " + to_string(name.ref);
  if (target == nullptr) {
    if (!ended) expect_given_up(name.ref, "G5", what);
  } else if (ended) {
    throw Failure{"G5", what + " leads to it again"};
  } else if (graph_.freed(name.ref)) {
    throw Failure{"G5", what + " leads to it after it was freed"};
  } else if (target != graph_.address(name.ref)) {
    throw Failure{"G5", what + " leads elsewhere"};
  }
  set_root(root, target, target != nullptr ? name.ref : kNoRef);
  return target != nullptr;
}

// The library says the object is dead: nothing may lead to it. From now on it is.
void World::expect_given_up(Ref ref, const char* oracle, const std::string& what) {
  walk_from_names();
  if (graph_.reached(ref)) throw Failure{oracle, what + " was cleared, and the object can be reached"};
  lifetimes_.end_life(ref);
}

bool World::watch(size_t root) {
  if (!is_node(root)) return false;
  if (refused(root, "G10", "a watch", [&](Node* node) { dead_.watch(node, 0); })) return false;
  lifetimes_.use();
  dead_.watch(node_in(roots_[root]), roots_[root].ref);
  lifetimes_.watch(roots_[root].ref);
  return true;
}

uint64_t World::poll() {
  uint64_t told = 0;
  for (; const std::optional<uint64_t> token = dead_.poll(); ++told) {
    const auto ref = static_cast<Ref>(*token);
    if (!graph_.contains(ref) || !lifetimes_.take_watch(ref))
      throw Failure{"G10", "the queue told of object " + to_string(*token) + ", which nobody watched"};
    if (oracles_ && !graph_.freed(ref))
      throw Failure{"G10", "the queue told of object " + to_string(ref) + ", which was not freed"};
  }
  return told;
}

bool World::annotate(size_t table, size_t root, size_t source) {
  if (!is_node(root) || !is_node(source)) return false;
  auto& map = tables_[table];
  if (refused(root, "G10", "a weak key",
              [&](Node* node) { map.insert_or_assign(node, node_in(roots_[source])); }) ||
      refused(source, "G10", "a weak-keyed map",
              [&](Node* node) { map.insert_or_assign(node_in(roots_[root]), node); })) {
    return false;
  }
  lifetimes_.use();
  const Ref key = roots_[root].ref;
  const bool expected = lifetimes_.value(table, key) == kNoRef;
  if (tables_[table].insert_or_assign(node_in(roots_[root]), node_in(roots_[source])) != expected)
    throw Failure{"G10", "the entry of object " + to_string(key) + (expected ? " was there" : " was gone")};
  lifetimes_.set_value(table, key, roots_[source].ref);
  return true;
}

bool World::unannotate(size_t table, size_t root) {
  if (!is_heap_node(root)) return false;
  const Ref key = roots_[root].ref;
  const bool expected = lifetimes_.value(table, key) != kNoRef;
  if (tables_[table].erase(node_in(roots_[root])) != expected)
    throw Failure{"G10", "the entry of object " + to_string(key) + (expected ? " was gone" : " was there")};
  lifetimes_.set_value(table, key, kNoRef);
  return expected;
}

bool World::recall(size_t root, size_t table, size_t source) {
  if (!is_heap_node(source)) return false;
  const Ref value = lifetimes_.value(table, roots_[source].ref);
  Node* const found = tables_[table].find(node_in(roots_[source]));
  if (found != graph_.address(value)) {
    throw Failure{"G10", "the entry of object " + to_string(roots_[source].ref) + " does not lead to " +
                             (value == kNoRef ? "nothing" : "object " + to_string(value))};
  }
  if (value != kNoRef && graph_.freed(value))
    throw Failure{"G3", "an entry leads to object " + to_string(value) + ", which the sweeper freed"};
  set_root(root, found, value);
  return value != kNoRef;
}

// G3 and G4: an object whose finalizer is pending is not freed.
void World::check_pending() const {
  for (const Ref ref : lifetimes_.all_pending()) {
    if (graph_.freed(ref))
      throw Failure{"G4", "object " + to_string(ref) + " was freed, and its finalizer never ran"};
  }
}

// Until nothing dies any more: every finalizer whose object nothing leads to has run, weak references and
// entries are those of what is alive, and the queue has told of the rest.
void World::settle_lifetimes() {
  if (!lifetimes_.used()) return;
  do {
    heap_.collect();
    check_quickly();
  } while (run_finalizers(UINT64_MAX) > 0);
  heap_.collect();
  check_quickly();
  walk_from_names();
  for (const Ref ref : lifetimes_.all_pending()) {
    if (!graph_.reached(ref))
      throw Failure{
          "G4", "in the end nothing leads to object " + to_string(ref) + ", and its finalizer has not run"};
  }
  for (size_t weak = 0; weak < kWeaks; ++weak) {
    const WeakSlot& name = weaks_[weak];
    if (!name.weak || name.life != lifetimes_.life(name.ref)) continue;
    if ((name.weak->get() != nullptr) != graph_.reached(name.ref)) {
      throw Failure{"G5", "in the end object " + to_string(name.ref) + " is " +
                              (graph_.reached(name.ref) ? "alive" : "dead") +
                              ", against what a weak reference to it says"};
    }
  }
  for (size_t table = 0; table < kWeakTables; ++table) check_table(table);
  check_weak_values();
  weaks_ = {};
  weak_values_.reset();
  poll();
  heap_.collect();  // cells go a cycle after their objects
}

// G10 while the sweeper is on its way: at least the entries of keys that can be reached count.
void World::check_table_sizes() {
  if (!lifetimes_.used() || heap_.phase() != Phase::kSweep) return;
  walk_from_names();
  for (size_t table = 0; table < kWeakTables; ++table) {
    uint64_t reached = 0;
    for (const auto& [key, value] : lifetimes_.entries(table)) reached += graph_.reached(key);
    const uint64_t size = tables_[table].size();
    if (size < reached || size > lifetimes_.entries(table).size()) {
      throw Failure{"G10", "of " + to_string(lifetimes_.entries(table).size()) + " entries, " +
                               to_string(reached) + " of them with keys that can be reached, " +
                               to_string(size) + " are left"};
    }
  }
}

void World::check_table(size_t table) {
  uint64_t expected = 0;
  for (const auto& [key, value] : lifetimes_.entries(table)) expected += graph_.reached(key);
  uint64_t found = 0;
  tables_[table].for_each([&](const Node& key, const Node& value) {
    ++found;
    if (lifetimes_.value(table, static_cast<Ref>(key.id())) != static_cast<Ref>(value.id()))
      throw Failure{"G10", "in the end the entry of object " + to_string(key.id()) + " is wrong"};
  });
  if (found != expected || tables_[table].size() != expected) {
    throw Failure{"G10", "in the end " + to_string(expected) + " entries have live keys, found " +
                             to_string(found) + ", size " + to_string(tables_[table].size())};
  }
}

// What must be alive besides things: a weak cell for each object that is referred to weakly.
uint64_t World::own_cells(ObjectSet& owned) {
  uint64_t cells = 0;
  heap_.lifetimes().weak_cells.for_each([&](const WeakSpecial& special) {
    ++cells;
    owned.add(special.cell);
  });
  uint64_t expected = 0;
  for (const Ref ref : lifetimes_.all_referred()) expected += graph_.reached(ref);
  if (cells != expected) {
    throw Failure{"G5", "in the end " + to_string(expected) + " objects are referred to weakly, and " +
                            to_string(cells) + " have cells"};
  }
  return cells;
}

// What finalizers would keep for ever - those on circles - and what waits for a death.
void World::let_lifetimes_go() {
  if (!lifetimes_.used()) return;
  for (const Ref ref : std::set<Ref>(lifetimes_.all_pending())) {
    heap_.clear_finalizer(const_cast<void*>(graph_.address(ref)));
    lifetimes_.set_pending(ref, false);
  }
  heap_.collect();
  heap_.collect();  // weak cells
  check_quickly();
  poll();
  uint64_t entries = 0;
  for (const auto& table : tables_) entries += table.size();
  if (entries != 0 || dead_.waiting() != 0) {
    throw Failure{"G10", "everything was let go, and " + to_string(entries) + " entries and " +
                             to_string(dead_.waiting()) + " watches are left"};
  }
}

}  // namespace gcmap::harness
