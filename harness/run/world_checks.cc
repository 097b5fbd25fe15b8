// Checks of a world: after each operation, on the cadence, after a failed allocation, and at the end.
#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "gcmap/internal/gc/inspector.h"
#include "gcmap/internal/map/header.h"
#include "harness/oracle/expect.h"
#include "harness/run/world.h"
#include "harness/subject/structure.h"

namespace gcmap::harness {
namespace {

using std::to_string;

constexpr size_t kSlotsAlwaysCompared = 256;  // more are compared on the cadence only

std::string place_of(const Heap& heap, const ObjectView& object) {
  return "object at heap offset " + to_string(heap.offset_of(object.address)) + " (" +
         (object.type != nullptr ? object.type->name : "pointer-free") + ", " + to_string(object.bytes) +
         " bytes)";
}

}  // namespace

void World::arm(DecisionPoint point, uint32_t arrival, const PacingDecision& decision) {
  pacing_.arm(point, arrival, decision);
}

void World::arm_failure(uint64_t nth) {
  Stepper(heap_).fail_allocation(nth);
  failure_armed_ = true;
}

void World::disarm() {
  pacing_.disarm();
  hasher_.disarm();
  if (std::exchange(failure_armed_, false)) failure_struck_ = Stepper(heap_).fail_allocation(0) == 0;
}

// Marks what the program can get at: what has a name or is in the pool or the arena, and the maps that
// iterators walk.
void World::walk_from_names() {
  graph_.begin_walk();
  for (const MapSlot& slot : maps_) graph_.reach(slot.ref);
  for (const RootSlot& root : roots_) graph_.reach(root.ref);
  for (const IteratorSlot& slot : iterators_) graph_.reach(slot.map);
  age_pool();
  pooled_.for_each([this](Ref ref) { graph_.reach(ref); });
  arena_nodes_.for_each_live([this](Ref ref) { graph_.reach(ref); });
  lifetimes_.reach_all(graph_);
}

template <typename Visit>
void World::for_each_live_map(Visit&& visit) {
  for (auto& [ref, record] : records_) {
    if (graph_.reached(ref)) visit(ref, record);
  }
}

// G3: nothing the program can get at was freed.
void World::check_lost() {
  check_pending();
  check_arena();
  walk_from_names();
  for (Ref thing = 1; thing <= graph_.size(); ++thing) {
    if (!graph_.reached(thing) || !graph_.freed(thing)) continue;
    throw Failure{"G3", std::string("the sweeper freed ") + (graph_.is_map(thing) ? "map " : "object ") +
                            to_string(thing) + ", which can still be reached"};
  }
}

void World::check_flags() const {
  for (const IteratorSlot& slot : iterators_) {
    if (!slot.running() || slot.map == kNoRef) continue;
    MapOracle::check_iterator(inspect_map(records_.at(slot.map).kind, header_of(slot.map)), *slot.subject);
  }
}

// What the last write touched: the chain of its key.
void World::check_written_chain() const {
  if (written_map_ == kNoRef || graph_.freed(written_map_)) return;
  const MapRecord& record = records_.at(written_map_);
  const MapHeader* const header = header_of(written_map_);
  const auto check = [&](uint64_t seed) {
    const Violations found =
        inspect_map(record.kind, header).verify_chain(hasher_.hash_of(written_id_, seed));
    if (!found.empty()) throw_first(found, "after a write to key " + to_string(written_id_) + ": ");
  };
  check(header->seed);
  // NaNs are hashed under random seeds, and the hasher looks at one bit of them.
  if (is_nan(record.kind, written_id_)) check(header->seed ^ 1);
}

void World::check_quickly() {
  if (!oracles_) return;
  if (witness_.take_freed()) check_lost();
  check_pool();
  check_limit();
  check_flags();
  check_written_chain();
  written_map_ = kNoRef;
  witness_.barriers().check_if_small(kSlotsAlwaysCompared);
  witness_.barriers().forget_shades();
  if (auto failure = witness_.take_failure()) throw *std::move(failure);
}

void World::check_told() const {
  if (oracles_) witness_.check_told();
}

void World::verify() {
  const ProgramHasher::Counting uncounted(hasher_, false);
  check_lost();
  for_each_live_map([&](Ref ref, const MapRecord& record) {
    const Violations found = inspect_map(record.kind, header_of(ref)).verify();
    if (!found.empty()) throw_first(found, "map " + to_string(ref) + " ");
  });
  throw_first(heap_.verify(), "");
  check_table_sizes();
  witness_.barriers().check();
  if (auto failure = witness_.take_failure()) throw *std::move(failure);
}

// "Not happened" (design 2.4): the same contents, iterators and live set, sound structures, no flag up.
// Growth begun and chains evacuated may stay.
void World::check_after_failure() {
  if (!oracles_) return;
  try {
    if (written_map_ != kNoRef) {
      MapRecord& record = records_.at(written_map_);
      record.oracle.after_failed_write(inspect_map(record.kind, header_of(written_map_)));
    }
    verify();
    check_quickly();
    for_each_live_map([&](Ref ref, const MapRecord& record) {
      check_entries(record, inspect_map(record.kind, header_of(ref)));
    });
  } catch (const Failure& failure) {
    throw Failure{"G7", "after a failed allocation: " + failure.oracle + ": " + failure.detail};
  }
}

void World::check_contents(const char* when, MapSlot& slot) {
  const ReferenceMap& reference = *slot.record->reference;
  if (slot.subject->size() != reference.size()) {
    throw Failure{
        "MD", "size: expected " + to_string(reference.size()) + ", got " + to_string(slot.subject->size())};
  }
  const MapKind kind = slot.record->kind;
  for (const auto& [id, entry] : reference.entries()) {
    const std::optional<Word> found = slot.subject->find(key_to_find(kind, id));
    if (is_nan(kind, id)) {
      expect_same(when, id, std::nullopt, found);  // a loop finds it
    } else {
      expect_stored(when, *slot.record, id, found);
    }
  }
}

// The contents as the map's memory has them: a look-up needs a handle, which maps without a name lack, and
// while marking a handle shades what it takes.
void World::check_entries(const MapRecord& record, const MapInspector& map) const {
  uint64_t found = 0;
  for_each_live_entry(map, record.kind, [&](Word key, Word value) {
    ++found;
    const uint64_t id = identity_of(record.kind, number_of_key(record.kind, key));
    expect_stored("entry", record, id, value);
    expect_key(record, *record.reference->find(id), key);
  });
  if (found != record.reference->size()) {
    throw Failure{"MD",
                  "entries: expected " + to_string(record.reference->size()) + ", found " + to_string(found)};
  }
}

void World::check_full_loop(size_t map) {
  stop(0);
  iterate(map, 0, {});
  uint64_t produced = 0;
  const uint64_t size = maps_[map].record->reference->size();
  while (produced <= size && advance(0)) ++produced;
  if (produced != size) {
    throw Failure{"MD", "a loop over m" + to_string(map) + " of " + to_string(size) + " entries produced " +
                            (produced > size ? "more" : to_string(produced))};
  }
}

// G2 and G3 by the library's own structure: after a collection what is alive is what is reachable.
void World::check_live_set() {
  heap_.collect();
  if (lifetimes_.used()) {
    heap_.collect();  // what was put into the pool last goes with the second collection
    heap_.collect();  // weak cells go a cycle after their objects
  }
  check_quickly();
  throw_first(heap_.verify(), "after the last collection: ");
  HeapWalk walk;
  Violations violations;
  walk.run(heap_, &violations);
  throw_first(violations, "after the last collection: ");
  HeapInspector(heap_).for_each_object([&](const ObjectView& object) {
    if (!walk.reached().contains(object.address))
      throw Failure{"G2", "after a collection the " + place_of(heap_, object) + " is alive and unreachable"};
  });
}

// Compares the map's contents and ends its growth, so that no old array keeps what the map has let go. An
// empty map cannot be moved on by erasing: it gets an entry for the time being.
void World::settle(Ref map, MapRecord& record) {
  const Word key_for_the_time_being = key_count(record.kind) + 1;
  MapSlot slot;
  slot.subject = open_subject(record.kind, const_cast<MapHeader*>(header_of(map)));
  name_map(slot, map);
  check_contents("look-up after the last collection", slot);
  const bool was_empty = record.reference->size() == 0;
  if (slot.subject->inspect().state().growth == 0) return;
  const ProgramHasher::Counting counting(hasher_, true);
  if (was_empty) assign(slot, operands(record.kind, key_for_the_time_being, 0));
  finish_growth(slot);
  if (was_empty) erase_from(slot, key_for_the_time_being);
}

// The live set is exactly what the reference says: nodes and maps by number, and what maps own by the maps
// that are alive. Requires: no iterator, no growth in progress.
void World::check_exact_live_set() {
  heap_.collect();
  settle_lifetimes();
  if (auto failure = witness_.take_failure()) throw *std::move(failure);
  check_lost();
  ObjectSet owned;
  owned.clear(heap_);
  uint64_t others_wanted = 0;
  for_each_live_map([&](Ref ref, const MapRecord& record) {
    const MapInspector map = inspect_map(record.kind, header_of(ref));
    std::vector<const void*> mine;
    map.for_each_owned([&](const void* address, size_t) { mine.push_back(address); });
    for_each_object_of_entries(map, record.kind, [&](const void* object, bool box) {
      if (box || !owned.contains(object)) mine.push_back(object);  // bytes of strings are shared with clones
    });
    for (const void* object : mine) owned.add(object);
    others_wanted += mine.size();  // what two entries of a map share is missing here
  });
  others_wanted += own_cells(owned) + own_chunks(owned);
  uint64_t nodes_alive = 0;
  uint64_t others_alive = 0;
  const auto judge = [&](const ObjectView& object) {
    const bool node = object.type == &node_type();
    ++(node ? nodes_alive : others_alive);
    const Ref ref = node ? static_cast<Ref>(static_cast<const Node*>(object.address)->id()) : kNoRef;
    const bool wanted = node ? graph_.contains(ref) && graph_.reached(ref) : owned.contains(object.address);
    if (!wanted)
      throw Failure{"G2", "in the end the " + place_of(heap_, object) + " is alive, and nothing leads to it"};
  };
  HeapInspector(heap_).for_each_object(std::cref(judge));
  if (others_alive != others_wanted) {
    throw Failure{"G3", "in the end maps and entries own " + to_string(others_wanted) + " objects each and " +
                            to_string(others_alive) + " are alive"};
  }
  uint64_t nodes_wanted = 0;
  for (Ref ref = 1; ref <= graph_.size(); ++ref)
    nodes_wanted += graph_.reached(ref) && !graph_.is_map(ref) && !arena_nodes_.contains(ref);
  if (nodes_alive != nodes_wanted) {
    throw Failure{"G3", "in the end " + to_string(nodes_wanted) + " objects can be reached and " +
                            to_string(nodes_alive) + " are alive"};
  }
}

void World::let_everything_go() {
  for (size_t i = 0; i < kRoots; ++i) release(i);
  for (size_t i = 0; i < kMaps; ++i) drop(i);
  arena_free();
  pool_.reset();
  weak_values_.reset();
  heap_.enter(*mutators_.front());
  for (; mutators_.size() > 1; mutators_.pop_back()) heap_.remove_mutator(*mutators_.back());
  let_lifetimes_go();
  heap_.collect();
  const HeapStats stats = heap_.stats();
  if (stats.live_objects != 0) {
    throw Failure{"G2", to_string(stats.live_objects) + " objects are alive after everything was let go"};
  }
  throw_first(heap_.verify(), "after everything was let go: ");
}

void World::check_at_end() {
  set_limit(0);
  check_quickly();
  for (size_t i = 0; i < kMaps; ++i) {
    if (maps_[i].subject == nullptr) continue;
    check_contents("look-up at the end", maps_[i]);
    check_full_loop(i);
  }
  if (!oracles_) return;
  check_live_set();
  for (size_t i = 0; i < kIterators; ++i) stop(i);
  std::vector<Ref> maps;
  walk_from_names();
  for_each_live_map([&](Ref ref, const MapRecord&) { maps.push_back(ref); });
  for (const Ref map : maps) settle(map, records_.at(map));
  probe_.reset();
  check_exact_live_set();
  let_everything_go();
}

void World::add_to(Digest& digest, bool metadata) {
  const auto place = [&](const void* object) { return object == nullptr ? 0 : heap_.offset_of(object); };
  for (const MapSlot& slot : maps_) digest.add(slot.ref);
  for (const RootSlot& root : roots_) digest.add(root.handle ? place(root.handle->get()) : 0);
  walk_from_names();
  for_each_live_map([&](Ref ref, const MapRecord& record) {
    digest.add(structure_digest(inspect_map(record.kind, header_of(ref)), record.kind));
  });
  HeapInspector(heap_).for_each_object([&](const ObjectView& object) {
    digest.add(place(object.address));
    digest.add(object.bytes << 1 | uint64_t{object.marked});
    if (object.type != &node_type()) return;
    const auto* const node = static_cast<const Node*>(object.address);
    digest.add(node->number());
    for (uint32_t i = 0; i < object.bytes / sizeof(Node); ++i) digest.add(place(node[i].link));
  });
  arena_nodes_.for_each_live([&](Ref ref) {
    const auto* const node = static_cast<const Node*>(graph_.address(ref));
    digest.add(place(node));
    for (uint32_t i = 0; i < graph_.links(ref); ++i) digest.add(place(node[i].link));
  });
  if (pool_) digest.add(pool_->size());
  if (weak_values_) digest.add(weak_values_->size());
  const HeapStats stats = heap_.stats();
  for (const uint64_t field : {stats.live_bytes,
                               stats.live_objects,
                               stats.pages_in_use,
                               stats.pages_free,
                               stats.pages_released,
                               metadata ? stats.metadata_bytes : 0,
                               stats.spans_in_use,
                               stats.scavenge_work,
                               stats.allocated_bytes,
                               stats.allocated_objects,
                               stats.freed_objects,
                               stats.cycles,
                               stats.mark_work,
                               stats.sweep_work,
                               stats.marked_bytes_last_cycle,
                               stats.retained_bytes,
                               stats.committed_bytes,
                               stats.trigger_bytes,
                               stats.goal_bytes,
                               stats.roots_scanned_last_cycle,
                               stats.assist_work_bytes,
                               stats.background_work_bytes,
                               stats.idle_work_bytes,
                               stats.assist_ratio_work,
                               stats.assist_ratio_bytes,
                               stats.limiter_fill,
                               stats.limiter_overflow,
                               stats.weak_cells,
                               stats.finalizers_attached,
                               stats.finalizers_queued,
                               stats.finalizers_run,
                               stats.finalizers_failed}) {
    digest.add(field);
  }
}

}  // namespace gcmap::harness
