#include "harness/world.h"

#include <string>
#include <unordered_set>

#include "harness/failure.h"
#include "harness/pacing.h"
#include "harness/structure.h"

namespace gcmap::harness {
namespace {

using std::to_string;

HeapOptions heap_options(const Config& config) {
  HeapOptions options;
  options.seed = config.seed;
  options.barrier_buffer_entries = config.barrier_buffer;
  options.mark_piece_bytes = 64 * config.piece;
  return options;
}

std::string in_words(std::optional<uint64_t> value) {
  return value ? to_string(*value) : "absent";
}

void expect_same(const char* what, uint64_t key, std::optional<uint64_t> expected,
                 std::optional<uint64_t> actual) {
  if (expected == actual) return;
  throw Failure{"MD", std::string(what) + " of key " + to_string(key) + ": expected " + in_words(expected) +
                          ", got " + in_words(actual)};
}

// After every single write, also inside a run: a wrong size soon turns into a growth that never ends.
void expect_same_size(const MapSlot& slot) {
  const uint64_t expected = slot.reference->size();
  const uint64_t actual = slot.subject->size();
  if (expected != actual)
    throw Failure{"MD", "size: expected " + to_string(expected) + ", got " + to_string(actual)};
}

}  // namespace

World::World(const Config& config, bool oracles)
    : hasher_(config),
      oracles_(oracles),
      heap_(heap_options(config)),
      cycle_oracle_(heap_, oracles ? (config.cadence == 0 ? 1 : config.cadence) : 0),
      pacing_(make_pacing(config)) {
  Stepper step(heap_);
  step.set_pacing(pacing_.get());
  step.set_event_sink(&cycle_oracle_);
}

World::~World() {
  Stepper step(heap_);
  step.set_event_sink(nullptr);
  step.set_pacing(nullptr);
}

MapSlot& World::ensure(size_t map) {
  if (maps_[map].subject == nullptr) make(map, 0);
  return maps_[map];
}

void World::make(size_t map, uint64_t hint) {
  MapSlot& slot = maps_[map];
  slot.subject.reset();
  slot.subject = make_u64_subject(heap_, hasher_, hint);
  slot.reference = std::make_shared<ReferenceMap>();
  slot.oracle.reset();
  if (oracles_) MapOracle::check_made(slot.subject->inspect(), hint);
}

void World::drop(size_t map) {
  maps_[map].subject.reset();
  maps_[map].reference.reset();
}

bool World::put(size_t map, uint64_t key, uint64_t value) {
  MapSlot& slot = ensure(map);
  const bool inserts = slot.reference->find(key) == nullptr;
  if (oracles_) slot.oracle.before_write(slot.subject->inspect());
  slot.subject->put(key, value);
  if (oracles_) slot.oracle.after_write(slot.subject->inspect(), inserts, true);
  slot.reference->put(key, value, serial_);
  expect_same_size(slot);
  return inserts;
}

bool World::insert(size_t map, uint64_t key, uint64_t value) {
  MapSlot& slot = ensure(map);
  const bool inserts = slot.reference->find(key) == nullptr;
  if (oracles_) slot.oracle.before_write(slot.subject->inspect());
  const bool inserted = slot.subject->insert(key, value);
  if (oracles_) slot.oracle.after_write(slot.subject->inspect(), inserts, true);
  if (inserted != inserts) {
    throw Failure{"MD",
                  "insert of key " + to_string(key) + (inserts ? " found it present" : " found it absent")};
  }
  if (inserts) slot.reference->put(key, value, serial_);
  expect_same_size(slot);
  return inserted;
}

uint64_t World::increment(size_t map, uint64_t key, uint64_t delta) {
  MapSlot& slot = ensure(map);
  const ReferenceMap::Entry* const entry = slot.reference->find(key);
  const uint64_t expected = (entry == nullptr ? 0 : entry->value) + delta;
  if (oracles_) slot.oracle.before_write(slot.subject->inspect());
  const uint64_t actual = slot.subject->increment(key, delta);
  if (oracles_) slot.oracle.after_write(slot.subject->inspect(), entry == nullptr, true);
  slot.reference->put(key, expected, serial_);
  expect_same("increment", key, expected, actual);
  expect_same_size(slot);
  return actual;
}

std::optional<uint64_t> World::get(size_t map, uint64_t key, bool every_byte) {
  MapSlot& slot = maps_[map];
  if (slot.subject == nullptr) return std::nullopt;
  if (oracles_) slot.oracle.before_read(slot.subject->inspect(), every_byte);
  const std::optional<uint64_t> actual = slot.subject->find(key);
  if (oracles_) slot.oracle.after_read(slot.subject->inspect(), every_byte);
  expect_same("look-up", key, slot.reference->value(key), actual);
  return actual;
}

bool World::erase(size_t map, uint64_t key) {
  MapSlot& slot = maps_[map];
  if (slot.subject == nullptr) return false;
  const bool works = slot.reference->size() > 0;
  if (oracles_) slot.oracle.before_write(slot.subject->inspect());
  const bool actual = slot.subject->erase(key);
  if (oracles_) slot.oracle.after_write(slot.subject->inspect(), false, works);
  const bool expected = slot.reference->erase(key);
  if (actual != expected) {
    throw Failure{"MD", "erase of key " + to_string(key) +
                            (expected ? " did not find it" : " found what is not there")};
  }
  expect_same_size(slot);
  return actual;
}

void World::clear(size_t map) {
  MapSlot& slot = maps_[map];
  if (slot.subject == nullptr) return;
  slot.subject->clear();
  slot.reference->clear();
  slot.oracle.reset();
  expect_same_size(slot);
}

void World::iterate(size_t map, size_t iterator, IterationStart start) {
  stop(iterator);
  MapSlot& slot = maps_[map];
  if (slot.subject == nullptr) return;
  iterators_[iterator].subject = slot.subject->iterate(start);
  iterators_[iterator].reference.emplace(slot.reference, iterator, serial_, ++iterations_);
}

std::optional<std::pair<uint64_t, uint64_t>> World::advance(size_t iterator) {
  IteratorSlot& slot = iterators_[iterator];
  if (slot.subject == nullptr) return std::nullopt;
  const bool ran = !slot.reference->ended();
  const auto entry = slot.subject->next();
  const auto complaint = entry ? slot.reference->produce(entry->first, entry->second) : slot.reference->end();
  if (complaint) throw Failure{complaint->oracle, complaint->detail};
  if (!ran || !entry) slot.subject.reset();
  return entry;
}

void World::stop(size_t iterator) {
  iterators_[iterator].subject.reset();
  iterators_[iterator].reference.reset();
}

bool World::set_hash(uint64_t key, uint64_t hash) {
  for (const MapSlot& slot : maps_) {
    if (slot.reference != nullptr && slot.reference->find(key) != nullptr) return false;
  }
  for (const IteratorSlot& slot : iterators_) {
    if (slot.running()) return false;
  }
  hasher_.fix(key, hash);
  return true;
}

void World::check_quickly() {
  if (auto failure = cycle_oracle_.take_failure()) throw *std::move(failure);
  if (!oracles_) return;
  for (const MapSlot& slot : maps_) {
    if (slot.subject == nullptr) continue;
    for (const IteratorSlot& iterator : iterators_) {
      if (iterator.running() && iterator.reference->map() == slot.reference.get()) {
        MapOracle::check_iterator(slot.subject->inspect(), *iterator.subject);
      }
    }
  }
}

void World::verify() {
  for (size_t i = 0; i < kMaps; ++i) {
    if (maps_[i].subject != nullptr)
      throw_first(maps_[i].subject->inspect().verify(), "m" + to_string(i) + " ");
  }
  throw_first(heap_.verify(), "");
}

void World::check_contents(size_t map) const {
  const MapSlot& slot = maps_[map];
  for (const auto& [key, entry] : slot.reference->entries()) {
    expect_same("look-up at the end", key, entry.value, slot.subject->find(key));
  }
}

void World::check_full_loop(size_t map) {
  stop(0);
  iterate(map, 0, {});
  uint64_t produced = 0;
  const uint64_t size = maps_[map].reference->size();
  while (produced <= size && advance(0)) ++produced;
  if (produced != size) {
    throw Failure{"MD", "a loop over m" + to_string(map) + " of " + to_string(size) + " entries produced " +
                            (produced > size ? "more" : to_string(produced))};
  }
}

void World::check_live_set() {
  heap_.collect();
  check_quickly();
  throw_first(heap_.verify(), "after the last collection: ");
  const HeapInspector inspector(heap_);
  std::unordered_set<const void*> reachable;
  Violations violations;
  for (const ObjectView& object : inspector.reachable(&violations)) reachable.insert(object.address);
  throw_first(violations, "after the last collection: ");
  inspector.for_each_object([&](const ObjectView& object) {
    if (reachable.contains(object.address)) return;
    throw Failure{"G2", "after a collection the object at heap offset " +
                            to_string(heap_.offset_of(object.address)) + " of " + to_string(object.bytes) +
                            " bytes is alive and unreachable"};
  });
}

void World::check_at_end() {
  check_quickly();
  for (size_t i = 0; i < kMaps; ++i) {
    if (maps_[i].subject == nullptr) continue;
    check_contents(i);
    check_full_loop(i);
  }
  if (!oracles_) return;
  check_live_set();
  for (size_t i = 0; i < kMaps; ++i) {
    if (maps_[i].subject != nullptr) check_contents(i);
  }
  for (size_t i = 0; i < kIterators; ++i) stop(i);
  for (size_t i = 0; i < kMaps; ++i) drop(i);
  heap_.collect();
  const HeapStats stats = heap_.stats();
  if (stats.live_objects != 0) {
    throw Failure{"G2", to_string(stats.live_objects) + " objects are alive after every map was dropped"};
  }
  throw_first(heap_.verify(), "after every map was dropped: ");
}

void World::add_to(Digest& digest) const {
  for (const MapSlot& slot : maps_) {
    digest.add(slot.subject == nullptr
                   ? 0
                   : structure_digest(slot.subject->inspect(), sizeof(uint64_t), sizeof(uint64_t)));
  }
  HeapInspector(heap_).for_each_object([&](const ObjectView& object) {
    digest.add(heap_.offset_of(object.address));
    digest.add(object.bytes << 1 | uint64_t{object.marked});
  });
  const HeapStats stats = heap_.stats();
  for (const uint64_t field :
       {stats.live_bytes, stats.live_objects, stats.pages_in_use, stats.pages_free, stats.spans_in_use,
        stats.allocated_bytes, stats.allocated_objects, stats.freed_objects, stats.cycles, stats.mark_work,
        stats.sweep_work, stats.marked_bytes_last_cycle, stats.goal_bytes}) {
    digest.add(field);
  }
}

}  // namespace gcmap::harness
