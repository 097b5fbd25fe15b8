#include "harness/model/map.h"

namespace gcmap::harness {

using std::to_string;

std::optional<ModelIteration::Complaint> ModelIteration::produce(uint64_t key, uint64_t value) {
  if (ended_) return Complaint{"C4", "key " + to_string(key) + " produced by an iteration over nothing"};
  const auto found = map_->entries_.find(key);
  if (found == map_->entries_.end()) {
    return Complaint{"C2", "key " + to_string(key) + " produced, but it is not in the map"};
  }
  ModelMap::Entry& entry = found->second;
  if (entry.produced_by[number_] == id_) return Complaint{"C5", "key " + to_string(key) + " produced twice"};
  if (entry.value != value) {
    return Complaint{"C6", "key " + to_string(key) + " produced with value " + to_string(value) +
                               ", its latest is " + to_string(entry.value)};
  }
  entry.produced_by[number_] = id_;
  return std::nullopt;
}

std::optional<ModelIteration::Complaint> ModelIteration::end() {
  if (ended_) return std::nullopt;
  ended_ = true;
  // The least key, so that the complaint is the same on every standard library.
  std::optional<uint64_t> missed;
  for (const auto& [key, entry] : map_->entries_) {
    if (entry.incarnation > begin_serial_ || entry.produced_by[number_] == id_) continue;
    if (!missed || key < *missed) missed = key;
  }
  if (!missed) return std::nullopt;
  return Complaint{"C7", "key " + to_string(*missed) + " was present throughout and never produced"};
}

}  // namespace gcmap::harness
