// The model: what a map must answer, built on std::unordered_map, sharing no code with lib/.
//
// Every entry has an incarnation, the serial of the insertion that made it: an erased and inserted key
// is another entry. An iteration is judged by incarnations (contract C1 to C9): what it produces must be
// present now with its latest value and not have been produced before, and at its end every entry present
// throughout must have been produced.
//
//   C2 C6 C9  what is produced is in the map now, with its value of now
//   C4        nothing is produced by an iteration over no map or an empty one
//   C5 C7     by incarnation: never twice, never missed
//   C8        clearing removes entries, so C2 covers it
//   C1 C3     allow what they allow: nothing is required
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace gcmap::harness {

inline constexpr size_t kIterators = 8;
inline constexpr size_t kLoops = 2;  // one inside the other; they are numbered behind the iterators

// An object of the model's graph (harness/model/graph.h), by number.
using ObjectId = uint32_t;
inline constexpr ObjectId kNoObject = 0;

class ModelMap {
 public:
  struct Entry {
    uint64_t value = 0;
    uint64_t incarnation = 0;
    uint64_t key_word = 0;  // of two zeroes the one that is stored, in maps with floating-point keys
    ObjectId key_object_id = kNoObject;  // the stored key and value, in maps that hold references
    ObjectId value_object_id = kNoObject;
    std::array<uint64_t, kIterators + kLoops> produced_by{};  // iteration that last produced it, by number
  };

  uint64_t size() const { return entries_.size(); }
  const Entry* find(uint64_t key) const {
    const auto found = entries_.find(key);
    return found == entries_.end() ? nullptr : &found->second;
  }
  std::optional<uint64_t> value(uint64_t key) const {
    const Entry* const entry = find(key);
    return entry == nullptr ? std::nullopt : std::optional(entry->value);
  }

  // Returns whether it inserted. The stored key of a present entry stays.
  bool put(uint64_t key, uint64_t value, uint64_t& serial, ObjectId key_object_id = kNoObject,
           ObjectId value_object_id = kNoObject) {
    const auto [entry, inserted] = entries_.try_emplace(key);
    if (inserted) {
      entry->second.incarnation = ++serial;
      entry->second.key_object_id = key_object_id;
    }
    entry->second.value = value;
    entry->second.value_object_id = value_object_id;
    leads_ = leads_ || key_object_id != kNoObject || value_object_id != kNoObject;
    return inserted;
  }
  // Says which of several equal keys is stored.
  // Requires: the key is present.
  void restate(uint64_t key, uint64_t word) { entries_.find(key)->second.key_word = word; }
  bool erase(uint64_t key) { return entries_.erase(key) != 0; }
  void clear() { entries_.clear(); }

  const std::unordered_map<uint64_t, Entry>& entries() const { return entries_; }
  // Has any entry ever led to an object?
  bool leads() const { return leads_; }

 private:
  friend class ModelIteration;
  bool leads_ = false;
  std::unordered_map<uint64_t, Entry> entries_;
};

// One iteration, watched from outside: told of everything that is produced, answers what is wrong with it.
class ModelIteration {
 public:
  // Begins now. `number` is the iterator's, `serial` the last incarnation so far, `id` never repeats.
  // An iteration over no map, or an empty one, has ended before it began (C4).
  ModelIteration(std::shared_ptr<ModelMap> map, size_t number, uint64_t serial, uint64_t id)
      : map_(std::move(map)), number_(number), begin_serial_(serial), id_(id) {
    ended_ = map_ == nullptr || map_->size() == 0;
  }

  struct Complaint {
    const char* oracle;
    std::string detail;
  };

  // The iterator produced this entry.
  std::optional<Complaint> produce(uint64_t key, uint64_t value);
  // The iterator says it has ended.
  std::optional<Complaint> end();

  bool ended() const { return ended_; }
  const ModelMap* map() const { return map_.get(); }

 private:
  std::shared_ptr<ModelMap> map_;
  size_t number_;
  uint64_t begin_serial_;
  uint64_t id_;
  bool ended_ = false;
};

}  // namespace gcmap::harness
