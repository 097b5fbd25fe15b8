#include "harness/run/maps/entries.h"

#include <string>

#include "harness/oracle/expect.h"

namespace gcmap::harness {

using std::to_string;

Entries::Entries(Environment& environment, MapTable& table)
    : environment_(environment), table_(table), judge_(environment) {
  if (has_node_keys(environment.kind()))
    probe_.emplace(environment.heap(), make_node(environment.heap(), 2, 0, kNoObject));
}

WrittenWords Entries::words(MapKind kind, Word key, uint64_t value) {
  WrittenWords words{.key = key, .value = value, .number = value};
  if (has_map_values(kind)) {
    words.value = reinterpret_cast<Word>(table_.make_unnamed(kInnerKind, 0, words.value_object_id)->header());
    words.number = words.value_object_id;
  } else if (has_node_values(kind)) {
    words.value = environment_.new_node(value, 2, words.value_object_id);
  }
  // Only the node of a key is allocated while the value waits; a handle shades what it takes, and so
  // hides faults.
  std::optional<RootHandle> held;
  if (has_node_keys(kind) && words.value_object_id != kNoObject)
    held.emplace(environment_.heap(), reinterpret_cast<void*>(words.value));
  make_key(kind, words);
  return words;
}

void Entries::make_key(MapKind kind, WrittenWords& words) {
  if (is_nan(kind, words.key)) words.key = kNanKey + nans_ + 1;
  words.id = identity_of(kind, words.key);
  if (has_node_keys(kind)) words.key = environment_.new_node(words.id, 2, words.key_object_id);
}

Word Entries::key_to_find(MapKind kind, Word key) const {
  if (!has_node_keys(kind)) return key;
  (*probe_)->set_number(key);
  return reinterpret_cast<Word>(probe_->get());
}

// Tells the step which map and key are about to be written to.
// Returns what the write is judged by.
Entries::BeforeWrite Entries::begin_write(const MapSlot& slot, uint64_t id, Step& step) const {
  step.begin_write({slot.object_id, id});
  if (!environment_.oracles()) return {};
  return {slot.adapter->inspect().state(), steps_so_far()};
}

void Entries::end_write(const MapSlot& slot, const BeforeWrite& before, bool inserts, bool works,
                        bool erases) {
  if (!environment_.oracles()) return;
  MapOracle& oracle = slot.record->oracle;
  oracle.after_write(before.state, slot.adapter->inspect(), inserts, works, erases);
  GrowthSteps steps = steps_so_far();
  steps.begun -= before.steps.begun;
  steps.chains_moved -= before.steps.chains_moved;
  oracle.after_growth_steps(before.state, slot.adapter->inspect(), steps, inserts, erases);
}

// A write to one map moves chains of no other.
GrowthSteps Entries::steps_so_far() const {
  const PointCounts& points = environment_.recorder().points();
  return {points.total(DecisionPoint::kMapGrowthStarted), points.total(DecisionPoint::kMapChainEvacuated)};
}

// The model's side of a write that went through.
void Entries::write_down(const MapRecord& record, const WrittenWords& words, bool overwrites_key) {
  ModelMap& model = *record.model;
  const bool inserted =
      model.put(words.id, words.number, serial_, words.key_object_id, words.value_object_id);
  if (!has_float_keys(record.kind)) return;
  if (inserted || overwrites_key) model.restate(words.id, words.key);
  if (is_nan(record.kind, words.id)) ++nans_;
}

bool Entries::assign(MapSlot& slot, const WrittenWords& words, Step& step) {
  const bool inserts = slot.record->model->find(words.id) == nullptr;
  const BeforeWrite before = begin_write(slot, words.id, step);
  slot.adapter->put(words.key, words.value);
  end_write(slot, before, inserts, true);
  write_down(*slot.record, words, true);
  MapJudge::expect_same_size(slot);
  return inserts;
}

bool Entries::put(MapSlot& slot, uint64_t key, uint64_t value, Step& step) {
  const MapKind kind = slot.record->kind;
  return assign(slot, words(kind, key_named(kind, key), value_named(kind, value)), step);
}

bool Entries::insert(MapSlot& slot, uint64_t key, uint64_t value, Step& step) {
  const MapKind kind = slot.record->kind;
  const WrittenWords made = words(kind, key_named(kind, key), value_named(kind, value));
  const bool inserts = slot.record->model->find(made.id) == nullptr;
  const BeforeWrite before = begin_write(slot, made.id, step);
  const bool inserted = slot.adapter->insert(made.key, made.value);
  end_write(slot, before, inserts, true);
  if (inserted != inserts) {
    throw Failure{"MD",
                  "insert of key " + to_string(key) + (inserts ? " found it present" : " found it absent")};
  }
  if (inserts) write_down(*slot.record, made, false);
  MapJudge::expect_same_size(slot);
  return inserted;
}

uint64_t Entries::increment(MapSlot& slot, uint64_t key, uint64_t delta, Step& step) {
  const MapKind kind = slot.record->kind;
  const Word word = key_named(kind, key);
  const ModelMap::Entry* const entry = slot.record->model->find(identity_of(kind, word));
  const bool inserts = entry == nullptr;
  const WrittenWords made = words(kind, word, value_named(kind, (inserts ? 0 : entry->value) + delta));
  const BeforeWrite before = begin_write(slot, made.id, step);
  if (made.value_object_id == kNoObject) {
    expect_same("increment", key, made.number, slot.adapter->update(made.key, delta));
  } else {
    // operator[] may allocate before the value is stored: holding it meanwhile is the caller's part.
    const RootHandle held(environment_.heap(), reinterpret_cast<void*>(made.value));
    expect_same("operator[]", key, made.value, slot.adapter->update(made.key, made.value));
  }
  end_write(slot, before, inserts, true);
  write_down(*slot.record, made, false);
  MapJudge::expect_same_size(slot);
  return made.number;
}

std::optional<uint64_t> Entries::find(MapSlot& slot, uint64_t key, bool as, bool every_byte) {
  const MapRecord& record = *slot.record;
  const Word word = key_named(record.kind, key);
  const Word wanted = as ? word : key_to_find(record.kind, word);
  const bool oracles = environment_.oracles();
  const uint64_t before = oracles ? MapOracle::before_read(slot.adapter->inspect(), every_byte) : 0;
  const std::optional<Word> actual = as ? slot.adapter->find_as(wanted) : slot.adapter->find(wanted);
  if (oracles) MapOracle::after_read(before, slot.adapter->inspect(), every_byte);
  const uint64_t id = identity_of(record.kind, word);
  judge_.expect_stored("look-up", record, id, actual);
  return record.model->value(id);
}

bool Entries::erase(MapSlot& slot, uint64_t key, bool as, Step& step) {
  return erase_word(slot, key_named(slot.record->kind, key), as, step);
}

bool Entries::erase_word(MapSlot& slot, Word key, bool as, Step& step) {
  ModelMap& model = *slot.record->model;
  const bool works = model.size() > 0;
  const uint64_t id = identity_of(slot.record->kind, key);
  const bool present = model.find(id) != nullptr && !is_nan(slot.record->kind, id);
  const Word wanted = as ? key : key_to_find(slot.record->kind, key);
  const BeforeWrite before = begin_write(slot, id, step);
  const bool actual = as ? slot.adapter->erase_as(wanted) : slot.adapter->erase(wanted);
  end_write(slot, before, false, works, present);
  const bool expected = model.erase(id);
  if (actual != expected) {
    throw Failure{"MD", "erase of key " + to_string(key) +
                            (expected ? " did not find it" : " found what is not there")};
  }
  MapJudge::expect_same_size(slot);
  return actual;
}

// What ends the loop's step leaves the entry erased.
void Entries::erase_at(MapSlot& slot, AdapterLoop& loop, uint64_t id, Step& step) {
  ModelMap& model = *slot.record->model;
  const bool findable = !is_nan(slot.record->kind, id);
  const BeforeWrite before = begin_write(slot, id, step);
  try {
    loop.erase(*slot.adapter);
  } catch (...) {
    if (slot.adapter->size() < model.size()) model.erase(id);
    throw;
  }
  end_write(slot, before, false, true, findable);
  if (findable) model.erase(id);
  MapJudge::expect_same_size(slot);
}

void Entries::clear(MapSlot& slot) {
  const MapState before = slot.adapter->inspect().state();
  slot.adapter->clear();
  slot.record->model->clear();
  slot.record->oracle.reset();
  if (environment_.oracles()) slot.record->oracle.after_clear(before, slot.adapter->inspect());
  MapJudge::expect_same_size(slot);
}

uint64_t Entries::finish_growth(MapSlot& slot, Step& step) {
  uint64_t erasures = 0;
  for (; slot.adapter->inspect().state().growth != 0 && slot.record->model->size() > 0; ++erasures)
    erase_word(slot, key_count(slot.record->kind), false, step);
  return erasures;
}

}  // namespace gcmap::harness
