// Maps as a whole: what resizes, copies and exchanges them, and callbacks that do what they must not.
#include <string>
#include <utility>
#include <vector>

#include "gcmap/misuse_error.h"
#include "harness/run/world.h"
#include "harness/subject/structure.h"

namespace gcmap::harness {
namespace {

using std::to_string;

}  // namespace

void World::reserve(size_t map, uint64_t entries) {
  MapSlot& slot = ensure(map);
  begin_write(slot, 0);
  slot.subject->reserve(entries);
  if (oracles_) slot.record->oracle.after_reserve(slot.subject->inspect(), entries);
}

void World::fit(size_t map) {
  MapSlot& slot = maps_[map];
  if (slot.subject == nullptr) return;
  begin_write(slot, 0);
  slot.subject->shrink_to_fit();
  if (oracles_) slot.record->oracle.after_fit(slot.subject->inspect());
}

void World::set_shrinking(size_t map, bool on) {
  MapSlot& slot = ensure(map);
  slot.subject->set_shrinking(on);
  slot.record->oracle.set_shrinking(on);
}

// M17: the clone holds what its source holds, which does not change. That they share nothing mutable shows
// later, when either is written to and both are compared, and in the end, when boxes are counted (G3).
bool World::clone(size_t map, size_t target) {
  MapSlot& source = maps_[map];
  if (source.subject == nullptr) {
    drop(target);
    return false;
  }
  MapRecord& record = *source.record;
  auto reference = std::make_shared<ReferenceMap>(*record.reference);
  const Ref ref = graph_.add_map(reference);
  if (oracles_) record.oracle.before_read(source.subject->inspect(), true);
  std::unique_ptr<Subject> subject = source.subject->clone(ref);
  hasher_.disarm();
  if (oracles_) record.oracle.after_read(source.subject->inspect(), true);
  graph_.set_address(ref, subject->header());
  MapRecord& copy = records_.emplace(ref, MapRecord{record.kind, std::move(reference), {}}).first->second;
  if (oracles_) {
    copy.oracle.after_clone(subject->inspect(), record.oracle);
    check_entries(copy, subject->inspect());
  }
  maps_[target].subject = std::move(subject);
  name_map(maps_[target], ref);
  return true;
}

// Handles of one kind are exchanged by the library, others by their names.
void World::swap(size_t map, size_t target) {
  MapSlot& first = maps_[map];
  MapSlot& second = maps_[target];
  const bool by_handles =
      first.subject != nullptr && second.subject != nullptr && first.record->kind == second.record->kind;
  if (by_handles) {
    first.subject->swap(*second.subject);
    std::swap(first.ref, second.ref);
    std::swap(first.record, second.record);
  } else {
    std::swap(first, second);
  }
}

// The loop inside meets every entry once. What ends it halfway leaves what it has erased by then.
uint64_t World::erase_if(size_t map, uint64_t modulus, uint64_t rest) {
  MapSlot& slot = maps_[map];
  if (slot.subject == nullptr) return 0;
  const MapKind kind = slot.record->kind;
  ReferenceMap& reference = *slot.record->reference;
  const auto wanted = [&](uint64_t id) { return !is_nan(kind, id) && id % modulus == rest; };
  uint64_t expected = 0;
  for (const auto& [id, entry] : reference.entries()) expected += wanted(id);
  const uint64_t before = reference.size();
  std::vector<uint64_t> chosen;
  const auto write_down = [&] {
    const uint64_t erased = before - slot.subject->size();
    for (uint64_t i = 0; i < erased && i < chosen.size(); ++i) reference.erase(chosen[i]);
    return erased;
  };
  begin_write(slot, rest);
  uint64_t answer = 0;
  try {
    answer = slot.subject->erase_if([&](Word key) {
      const uint64_t id = identity_of(kind, number_of_key(kind, key));
      if (wanted(id)) chosen.push_back(id);
      return wanted(id);
    });
  } catch (...) {
    write_down();
    throw;
  }
  const uint64_t erased = write_down();
  if (oracles_) slot.record->oracle.after_many_writes(slot.subject->inspect());
  if (answer != expected || erased != expected || chosen.size() != expected) {
    throw Failure{"MD", "erase_if: expected " + to_string(expected) + ", chose " + to_string(chosen.size()) +
                            ", erased " + to_string(erased) + ", said " + to_string(answer)};
  }
  return answer;
}

void World::arm_callback(uint64_t nth, CallbackDeed deed) {
  hasher_.arm(nth, [this, deed](uint64_t map) {
    if (deed != CallbackDeed::kThrow) return write_in_callback(static_cast<Ref>(map), deed);
    called_ = true;
    throw CallbackThrew{};
  });
}

// M16: what writes to the map that has called it is refused. Writes that need not look are none.
void World::write_in_callback(Ref map, CallbackDeed deed) {
  const MapRecord& record = records_.at(map);
  const std::unique_ptr<Subject> subject = open_subject(record.kind, const_cast<MapHeader*>(header_of(map)));
  if (subject->size() == 0) return;
  called_ = true;
  if (deed == CallbackDeed::kClear) {
    subject->clear();
  } else {
    subject->erase_as(key_count(record.kind));
  }
  throw Failure{"M16", "a callback wrote to the map that called it"};
}

}  // namespace gcmap::harness
