// Maps: every operation on both sides.
#include "harness/run/world.h"

#include <string>

#include "harness/oracle/expect.h"
#include "harness/subject/structure.h"

namespace gcmap::harness {
namespace {

using std::to_string;

HeapOptions heap_options(const Config& config) {
  HeapOptions options;
  options.seed = config.seed;
  options.gogc_percent = static_cast<int>(config.gogc);
  options.barrier_buffer_entries = config.barrier_buffer;
  options.mark_piece_bytes = 64 * config.piece;
  options.zero_piece_bytes = 64 * config.piece;
  options.root_piece_slots = config.piece_roots;
  if (config.mark_stack > 0) options.mark_stack_entries = config.mark_stack;
  options.refill_sweep_spans = config.refill_sweeps;
  options.quarantine_objects = config.quarantine;
  options.clobber_freed = config.clobber != 0;
  return options;
}

// Cycles judged by walks of the heap: all of them, unless the configuration collects so often that few can
// be.
uint32_t judged_cycles(const Config& config, bool oracles) {
  if (!oracles) return 0;
  const auto pacing = static_cast<PacingKind>(config.pacing);
  const bool often = pacing == PacingKind::kAllocation || pacing == PacingKind::kGrowth;
  return often && config.cadence > 0 ? config.cadence : 1;
}

// After every single write, also inside a run: a wrong size soon turns into a growth that never ends.
void expect_same_size(const MapSlot& slot) {
  const uint64_t expected = slot.record->reference->size();
  const uint64_t actual = slot.subject->size();
  if (expected != actual)
    throw Failure{"MD", "size: expected " + to_string(expected) + ", got " + to_string(actual)};
}

}  // namespace

World::World(const Config& config, bool oracles, PacingStrategy* pacing)
    : config_(config),
      hasher_(config),
      oracles_(oracles),
      heap_(heap_options(config)),
      mutators_{&heap_.mutator()},
      witness_(heap_, graph_, judged_cycles(config, oracles)),
      pacing_(config, heap_, pacing),
      own_pacing_(pacing == nullptr && static_cast<PacingKind>(config.pacing) == PacingKind::kGogc),
      gogc_percent_(static_cast<int>(config.gogc)) {
  while (mutators_.size() < config.mutators) mutators_.push_back(&heap_.add_mutator());
  Stepper step(heap_);
  if (oracles) step.set_event_sink(&witness_);
  if (has_node_keys(static_cast<MapKind>(config.kind))) probe_.emplace(heap_, make_node(heap_, 2, 0, kNoRef));
  step.set_pacing(&pacing_);
}

World::~World() {
  Stepper step(heap_);
  step.fail_allocation(0);
  step.set_event_sink(nullptr);
  step.set_pacing(nullptr);
}

MapSlot& World::ensure(size_t map) {
  if (maps_[map].subject == nullptr) make(map, 0);
  return maps_[map];
}

std::unique_ptr<Subject> World::make_map_of(MapKind kind, uint64_t hint, Ref& ref) {
  auto reference = std::make_shared<ReferenceMap>();
  ref = graph_.add_map(reference);
  std::unique_ptr<Subject> subject = make_subject(kind, heap_, hasher_, ref, hint);
  graph_.set_address(ref, subject->header());
  MapRecord& record = records_.emplace(ref, MapRecord{kind, std::move(reference), {}}).first->second;
  if (oracles_) record.oracle.after_make(subject->inspect(), hint);
  return subject;
}

void World::make(size_t map, uint64_t hint) {
  Ref ref = kNoRef;
  maps_[map].subject = make_map_of(static_cast<MapKind>(config_.kind), hint, ref);
  name_map(maps_[map], ref);
}

void World::name_map(MapSlot& slot, Ref ref) {
  slot.ref = ref;
  slot.record = ref == kNoRef ? nullptr : &records_.at(ref);
}

void World::drop(size_t map) {
  maps_[map].subject.reset();
  name_map(maps_[map], kNoRef);
}

Word World::new_node(uint64_t number, uint32_t cells, Ref& ref) {
  ref = graph_.add_node(number, cells);
  Node* const node = make_node(heap_, cells, number, ref);
  graph_.set_address(ref, node);
  return reinterpret_cast<Word>(node);
}

// Requires: the key is a word, the value as value_named() has it.
World::Operands World::operands(MapKind kind, Word key, uint64_t value) {
  Operands words{.key = key, .value = value, .number = value};
  if (has_map_values(kind)) {
    words.value = reinterpret_cast<Word>(make_map_of(kInnerKind, 0, words.value_ref)->header());
    words.number = words.value_ref;
  } else if (has_node_values(kind)) {
    words.value = new_node(value, 2, words.value_ref);
  }
  // Only the node of a key is allocated while the value waits; a handle shades what it takes, and so hides
  // faults.
  std::optional<RootHandle> held;
  if (has_node_keys(kind) && words.value_ref != kNoRef)
    held.emplace(heap_, reinterpret_cast<void*>(words.value));
  make_key(kind, words);
  return words;
}

// From the word of a key to the key: a new node, or a NaN that no map has seen.
void World::make_key(MapKind kind, Operands& words) {
  if (is_nan(kind, words.key)) words.key = kNanKey + nans_ + 1;
  words.id = identity_of(kind, words.key);
  if (has_node_keys(kind)) words.key = new_node(words.id, 2, words.key_ref);
}

// Look-ups and erasures compare keys and keep none: one node serves them all.
Word World::key_to_find(MapKind kind, Word key) {
  if (!has_node_keys(kind)) return key;
  (*probe_)->set_number(key);
  return reinterpret_cast<Word>(probe_->get());
}

// The map and the key about to be written to.
void World::begin_write(const MapSlot& slot, uint64_t id) {
  written_map_ = slot.ref;
  written_id_ = id;
  if (oracles_) slot.record->oracle.before_write(slot.subject->inspect());
}

void World::end_write(const MapSlot& slot, bool inserts, bool works, bool erases) {
  if (oracles_) slot.record->oracle.after_write(slot.subject->inspect(), inserts, works, erases);
}

// The reference's side of a write that went through.
void World::write_down(const MapRecord& record, const Operands& words, bool overwrites_key) {
  ReferenceMap& reference = *record.reference;
  const bool inserted = reference.put(words.id, words.number, serial_, words.key_ref, words.value_ref);
  if (!has_float_keys(record.kind)) return;
  if (inserted || overwrites_key) reference.restate(words.id, words.key);
  if (is_nan(record.kind, words.id)) ++nans_;
}

bool World::assign(MapSlot& slot, const Operands& words) {
  const bool inserts = slot.record->reference->find(words.id) == nullptr;
  begin_write(slot, words.id);
  slot.subject->put(words.key, words.value);
  end_write(slot, inserts, true);
  write_down(*slot.record, words, true);
  expect_same_size(slot);
  return inserts;
}

bool World::put(size_t map, uint64_t key, uint64_t value) {
  MapSlot& slot = ensure(map);
  const MapKind kind = slot.record->kind;
  return assign(slot, operands(kind, key_named(kind, key), value_named(kind, value)));
}

bool World::insert(size_t map, uint64_t key, uint64_t value) {
  MapSlot& slot = ensure(map);
  const MapKind kind = slot.record->kind;
  const Operands words = operands(kind, key_named(kind, key), value_named(kind, value));
  const bool inserts = slot.record->reference->find(words.id) == nullptr;
  begin_write(slot, words.id);
  const bool inserted = slot.subject->insert(words.key, words.value);
  end_write(slot, inserts, true);
  if (inserted != inserts) {
    throw Failure{"MD",
                  "insert of key " + to_string(key) + (inserts ? " found it present" : " found it absent")};
  }
  if (inserts) write_down(*slot.record, words, false);
  expect_same_size(slot);
  return inserted;
}

uint64_t World::increment(size_t map, uint64_t key, uint64_t delta) {
  MapSlot& slot = ensure(map);
  const MapKind kind = slot.record->kind;
  const Word word = key_named(kind, key);
  const ReferenceMap::Entry* const entry = slot.record->reference->find(identity_of(kind, word));
  const bool inserts = entry == nullptr;
  const Operands words = operands(kind, word, value_named(kind, (inserts ? 0 : entry->value) + delta));
  begin_write(slot, words.id);
  if (words.value_ref == kNoRef) {
    expect_same("increment", key, words.number, slot.subject->update(words.key, delta));
  } else {
    // operator[] may allocate before the value is stored: holding it meanwhile is the caller's part.
    const RootHandle held(heap_, reinterpret_cast<void*>(words.value));
    expect_same("operator[]", key, words.value, slot.subject->update(words.key, words.value));
  }
  end_write(slot, inserts, true);
  write_down(*slot.record, words, false);
  expect_same_size(slot);
  return words.number;
}

// Is what the map holds for the key what the reference says, the very object?
void World::expect_stored(const char* what, const MapRecord& record, uint64_t key,
                          std::optional<Word> actual) const {
  const ReferenceMap::Entry* const entry = record.reference->find(key);
  if (entry == nullptr || !actual || entry->value_ref == kNoRef) {
    expect_same(what, key, record.reference->value(key), actual);
    return;
  }
  if (graph_.freed(entry->value_ref)) {
    throw Failure{"G3",
                  std::string(what) + " of key " + to_string(key) + " leads to an object the sweeper freed"};
  }
  if (reinterpret_cast<Word>(graph_.address(entry->value_ref)) != *actual) {
    throw Failure{"MD", std::string(what) + " of key " + to_string(key) + " leads to another object"};
  }
  expect_same(what, key, entry->value, number_of_value(record.kind, *actual));
}

std::optional<uint64_t> World::get(size_t map, uint64_t key, bool every_byte) {
  return look_up(map, key, every_byte, false);
}

std::optional<uint64_t> World::get_as(size_t map, uint64_t key, bool every_byte) {
  return look_up(map, key, every_byte, true);
}

std::optional<uint64_t> World::look_up(size_t map, uint64_t key, bool every_byte, bool as) {
  MapSlot& slot = maps_[map];
  if (slot.subject == nullptr) return std::nullopt;
  MapRecord& record = *slot.record;
  const Word word = key_named(record.kind, key);
  const Word wanted = as ? word : key_to_find(record.kind, word);
  if (oracles_) record.oracle.before_read(slot.subject->inspect(), every_byte);
  const std::optional<Word> actual = as ? slot.subject->find_as(wanted) : slot.subject->find(wanted);
  if (oracles_) record.oracle.after_read(slot.subject->inspect(), every_byte);
  const uint64_t id = identity_of(record.kind, word);
  expect_stored("look-up", record, id, actual);
  return record.reference->value(id);
}

bool World::erase(size_t map, uint64_t key) {
  MapSlot& slot = maps_[map];
  return slot.subject != nullptr && erase_from(slot, key_named(slot.record->kind, key));
}

bool World::erase_as(size_t map, uint64_t key) {
  MapSlot& slot = maps_[map];
  return slot.subject != nullptr && erase_from(slot, key_named(slot.record->kind, key), true);
}

bool World::erase_from(MapSlot& slot, Word key, bool as) {
  ReferenceMap& reference = *slot.record->reference;
  const bool works = reference.size() > 0;
  const uint64_t id = identity_of(slot.record->kind, key);
  const bool present = reference.find(id) != nullptr && !is_nan(slot.record->kind, id);
  const Word wanted = as ? key : key_to_find(slot.record->kind, key);
  begin_write(slot, id);
  const bool actual = as ? slot.subject->erase_as(wanted) : slot.subject->erase(wanted);
  end_write(slot, false, works, present);
  const bool expected = reference.erase(id);
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
  slot.record->reference->clear();
  slot.record->oracle.reset();
  expect_same_size(slot);
}

uint64_t World::finish(size_t map) {
  MapSlot& slot = maps_[map];
  return slot.subject == nullptr ? 0 : finish_growth(slot);
}

// Erasing nothing moves a growth on, unless the map is empty.
uint64_t World::finish_growth(MapSlot& slot) {
  uint64_t erasures = 0;
  for (; slot.subject->inspect().state().growth != 0 && slot.record->reference->size() > 0; ++erasures)
    erase_from(slot, key_count(slot.record->kind));
  return erasures;
}

void World::iterate(size_t map, size_t iterator, IterationStart start) {
  const MapSlot& slot = maps_[map];
  if (slot.subject == nullptr) return stop(iterator);
  std::unique_ptr<SubjectIterator> subject = slot.subject->iterate(start);
  IteratorSlot& taken = iterators_[iterator];
  taken.subject = std::move(subject);
  taken.reference.emplace(slot.record->reference, iterator, serial_, ++iterations_);
  taken.map = slot.record->reference->size() != 0 ? slot.ref : kNoRef;  // an empty map is let go at once
}

std::optional<std::pair<uint64_t, uint64_t>> World::advance(size_t iterator) {
  IteratorSlot& slot = iterators_[iterator];
  if (slot.subject == nullptr) return std::nullopt;
  const bool ran = !slot.reference->ended();
  const auto words = slot.subject->next();
  std::optional<std::pair<uint64_t, uint64_t>> entry;
  if (words)
    entry = slot.map != kNoRef ? judged_entry(records_.at(slot.map), words->first, words->second) : words;
  const auto complaint = entry ? slot.reference->produce(entry->first, entry->second) : slot.reference->end();
  if (complaint) throw Failure{complaint->oracle, complaint->detail};
  if (!ran || !entry) stop_subject(slot);
  return entry;
}

// What an iterator produced, as numbers. If the reference has such an entry, key and value are its very
// objects.
std::pair<uint64_t, uint64_t> World::judged_entry(const MapRecord& record, Word key, Word value) const {
  const uint64_t id = identity_of(record.kind, number_of_key(record.kind, key));
  const ReferenceMap::Entry* const entry = record.reference->find(id);
  const uint64_t value_number = number_of_value(record.kind, value);
  if (entry == nullptr) return {id, value_number};
  expect_key(record, *entry, key);
  if (entry->value_ref != kNoRef && value != reinterpret_cast<Word>(graph_.address(entry->value_ref)))
    throw Failure{"C6", "key " + to_string(id) + " produced with another value object"};
  return {id, value_number};
}

// Is the key, as it is stored, the very one, of several that are equal?
void World::expect_key(const MapRecord& record, const ReferenceMap::Entry& entry, Word key) const {
  if (entry.key_ref != kNoRef && key != reinterpret_cast<Word>(graph_.address(entry.key_ref))) {
    throw Failure{"C9", "key " + to_string(number_of_key(record.kind, key)) + " is another key object"};
  }
  if (has_float_keys(record.kind) && key != entry.key_word) {
    throw Failure{"C9", "the entry of key " + to_string(entry.key_word) + " has key " + to_string(key)};
  }
}

void World::stop_subject(IteratorSlot& slot) {
  slot.subject.reset();
  slot.map = kNoRef;
}

void World::stop(size_t iterator) {
  stop_subject(iterators_[iterator]);
  iterators_[iterator].reference.reset();
}

// Once there are weak references, a map that nothing leads to may come back.
bool World::set_hash(uint64_t key, uint64_t hash) {
  const auto kind = static_cast<MapKind>(config_.kind);
  const uint64_t id = identity_of(kind, key_named(kind, key));
  walk_from_names();
  for (const auto& [ref, record] : records_) {
    const bool may_be_used = graph_.reached(ref) || lifetimes_.used();
    if (may_be_used && record.reference->find(id) != nullptr) return false;
  }
  for (const IteratorSlot& slot : iterators_) {
    if (slot.running()) return false;
  }
  hasher_.fix(id, hash);
  return true;
}

}  // namespace gcmap::harness
