#include "harness/run/maps/judge.h"

#include <string>

#include "harness/oracle/expect.h"
#include "harness/subject/structure.h"

namespace gcmap::harness {

using std::to_string;

void MapJudge::expect_same_size(const MapSlot& slot) {
  const uint64_t expected = slot.record->model->size();
  const uint64_t actual = slot.adapter->size();
  if (expected != actual)
    throw Failure{"MD", "size: expected " + to_string(expected) + ", got " + to_string(actual)};
}

bool MapJudge::are_equal(const MapRecord& first, const MapRecord& second) {
  if (first.model->size() != second.model->size()) return false;
  for (const auto& [id, entry] : first.model->entries()) {
    const ModelMap::Entry* const other = second.model->find(id);
    if (other == nullptr || is_nan(first.kind, id) || other->value != entry.value ||
        other->value_object_id != entry.value_object_id)
      return false;
  }
  return true;
}

void MapJudge::expect_stored(const char* what, const MapRecord& record, uint64_t key,
                             std::optional<Word> actual) const {
  const ModelMap::Entry* const entry = record.model->find(key);
  if (entry == nullptr || !actual || entry->value_object_id == kNoObject) {
    expect_same(what, key, record.model->value(key), actual);
    return;
  }
  if (environment_.graph().freed(entry->value_object_id)) {
    throw Failure{"G3",
                  std::string(what) + " of key " + to_string(key) + " leads to an object the sweeper freed"};
  }
  if (reinterpret_cast<Word>(environment_.graph().address(entry->value_object_id)) != *actual) {
    throw Failure{"MD", std::string(what) + " of key " + to_string(key) + " leads to another object"};
  }
  expect_same(what, key, entry->value, number_of_value(record.kind, *actual));
}

void MapJudge::expect_key(const MapRecord& record, const ModelMap::Entry& entry, Word key) const {
  if (entry.key_object_id != kNoObject &&
      key != reinterpret_cast<Word>(environment_.graph().address(entry.key_object_id))) {
    throw Failure{"C9", "key " + to_string(number_of_key(record.kind, key)) + " is another key object"};
  }
  if (has_float_keys(record.kind) && key != entry.key_word) {
    throw Failure{"C9", "the entry of key " + to_string(entry.key_word) + " has key " + to_string(key)};
  }
}

std::pair<uint64_t, uint64_t> MapJudge::judged_entry(const MapRecord& record, Word key, Word value) const {
  const uint64_t id = identity_of(record.kind, number_of_key(record.kind, key));
  const ModelMap::Entry* const entry = record.model->find(id);
  const uint64_t value_number = number_of_value(record.kind, value);
  if (entry == nullptr) return {id, value_number};
  expect_key(record, *entry, key);
  if (entry->value_object_id != kNoObject &&
      value != reinterpret_cast<Word>(environment_.graph().address(entry->value_object_id)))
    throw Failure{"C6", "key " + to_string(id) + " produced with another value object"};
  return {id, value_number};
}

void MapJudge::check_entries(const MapRecord& record, const MapInspector& map) const {
  uint64_t found = 0;
  for_each_live_entry(map, record.kind, [&](Word key, Word value) {
    ++found;
    const uint64_t id = identity_of(record.kind, number_of_key(record.kind, key));
    expect_stored("entry", record, id, value);
    expect_key(record, *record.model->find(id), key);
  });
  if (found != record.model->size()) {
    throw Failure{"MD",
                  "entries: expected " + to_string(record.model->size()) + ", found " + to_string(found)};
  }
}

}  // namespace gcmap::harness
