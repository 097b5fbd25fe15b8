// What resizes a map on demand, and what writes to it many times.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/run/maps/entries.h"
#include "harness/subject/structure.h"

namespace gcmap::harness {

using std::to_string;

void Entries::reserve(MapSlot& slot, uint64_t entries, Step& step) {
  const MapState before = begin_write(slot, 0, step).state;
  slot.adapter->reserve(entries);
  if (environment_.oracles()) slot.record->oracle.after_reserve(before, slot.adapter->inspect(), entries);
}

void Entries::fit(MapSlot& slot, Step& step) {
  const MapState before = begin_write(slot, 0, step).state;
  slot.adapter->shrink_to_fit();
  if (environment_.oracles()) slot.record->oracle.after_fit(before, slot.adapter->inspect());
}

// An element is written down when the next one is made: the range is at that one, so it is in.
uint64_t Entries::insert_range(MapSlot& slot, uint64_t key, uint64_t value, uint64_t count, Step& step) {
  const MapKind kind = slot.record->kind;
  const uint64_t before = slot.record->model->size();
  std::optional<WrittenWords> last;
  const auto write_down_last = [&] {
    if (last && slot.record->model->find(last->id) == nullptr) write_down(*slot.record, *last, false);
    last.reset();
  };
  slot.adapter->insert_range(count, [&](uint64_t i) {
    write_down_last();
    last = words(kind, key_named(kind, key + i), value_named(kind, value + i));
    begin_write(slot, last->id, step);
    return std::pair(last->key, last->value);
  });
  write_down_last();
  if (environment_.oracles()) slot.record->oracle.after_many_writes(slot.adapter->inspect());
  MapJudge::expect_same_size(slot);
  return slot.record->model->size() - before;
}

// The loop inside meets every entry once. What ends it halfway leaves what it has erased by then.
uint64_t Entries::erase_if(MapSlot& slot, uint64_t modulus, uint64_t rest, Step& step) {
  const MapKind kind = slot.record->kind;
  ModelMap& model = *slot.record->model;
  const auto wanted = [&](uint64_t id) { return !is_nan(kind, id) && id % modulus == rest; };
  uint64_t expected = 0;
  for (const auto& [id, entry] : model.entries()) expected += wanted(id);
  const uint64_t before = model.size();
  std::vector<uint64_t> chosen;
  const auto write_down = [&] {
    const uint64_t erased = before - slot.adapter->size();
    for (uint64_t i = 0; i < erased && i < chosen.size(); ++i) model.erase(chosen[i]);
    return erased;
  };
  begin_write(slot, rest, step);
  uint64_t answer = 0;
  try {
    answer = slot.adapter->erase_if([&](Word key) {
      const uint64_t id = identity_of(kind, number_of_key(kind, key));
      if (wanted(id)) chosen.push_back(id);
      return wanted(id);
    });
  } catch (...) {
    write_down();
    throw;
  }
  const uint64_t erased = write_down();
  if (environment_.oracles()) slot.record->oracle.after_many_writes(slot.adapter->inspect());
  if (answer != expected || erased != expected || chosen.size() != expected) {
    throw Failure{"MD", "erase_if: expected " + to_string(expected) + ", chose " + to_string(chosen.size()) +
                            ", erased " + to_string(erased) + ", said " + to_string(answer)};
  }
  return answer;
}

}  // namespace gcmap::harness
