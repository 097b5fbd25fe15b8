// Entries of maps: every read and write on both sides, judged around and compared afterwards.
//
// A write is announced to the step (step.h) before it is done, so that the chain of its key is looked at once
// the operation is over, whether or not it went through.
#pragma once

#include <cstdint>
#include <optional>

#include "gcmap/handles.h"
#include "harness/run/maps/judge.h"
#include "harness/run/maps/table.h"
#include "harness/run/step.h"

namespace gcmap::harness {

// Key and value of a write as the map takes them, and as the graph knows them. The words are unrooted: the
// map's own business from the call on.
struct WrittenWords {
  uint64_t id = 0;  // of the key: equal keys have one
  Word key = 0;
  Word value = 0;
  uint64_t number = 0;  // what the value counts as
  ObjectId key_object_id = kNoObject;
  ObjectId value_object_id = kNoObject;
};

class Entries {
 public:
  Entries(Environment& environment, MapTable& table);

  // What a map of that kind takes for a key's word and a value's number: a map of nodes new nodes, a map of
  // maps a new map.
  // Errors: std::bad_alloc.
  WrittenWords words(MapKind kind, Word key, uint64_t value);
  // From the word of a key to the key: a new node, or a NaN that no map has seen.
  void make_key(MapKind kind, WrittenWords& words);
  // Look-ups and erasures compare keys and keep none: one node serves them all.
  Word key_to_find(MapKind kind, Word key) const;

  // Each does it on both sides, throws Failure on a difference, and returns what the map answered. Keys and
  // values are a program's numbers (harness/program/map_kind.h), those of assign and erase_word apart.
  // Errors: std::bad_alloc, and it has not happened.
  // Requires: the slot stands for a map.
  bool assign(MapSlot& slot, const WrittenWords& words, Step& step);
  bool put(MapSlot& slot, uint64_t key, uint64_t value, Step& step);
  bool insert(MapSlot& slot, uint64_t key, uint64_t value, Step& step);
  // As a range, `count` keys from `key` on.
  // Returns how many were inserted. Whatever ends it, those before stay.
  uint64_t insert_range(MapSlot& slot, uint64_t key, uint64_t value, uint64_t count, Step& step);
  uint64_t increment(MapSlot& slot, uint64_t key, uint64_t delta, Step& step);
  // `as`: by a number in place of a key. `every_byte`: also compares every byte around the look-up.
  std::optional<uint64_t> find(MapSlot& slot, uint64_t key, bool as, bool every_byte);
  bool erase(MapSlot& slot, uint64_t key, bool as, Step& step);
  bool erase_word(MapSlot& slot, Word key, bool as, Step& step);
  // By a loop over the map, which goes on; `id`: of the key it stands on.
  void erase_at(MapSlot& slot, AdapterLoop& loop, uint64_t id, Step& step);
  // Erases every key that is `rest` modulo `modulus`.
  // Returns how many.
  uint64_t erase_if(MapSlot& slot, uint64_t modulus, uint64_t rest, Step& step);
  void clear(MapSlot& slot);
  void reserve(MapSlot& slot, uint64_t entries, Step& step);
  void fit(MapSlot& slot, Step& step);
  // Ends a growth in progress by erasing a key that is not there.
  // Returns how many erasures it took: none move an empty map on.
  uint64_t finish_growth(MapSlot& slot, Step& step);

  // The last incarnation so far (harness/model/map.h).
  uint64_t serial() const { return serial_; }
  // The node that serves look-ups goes.
  void drop_probe() { probe_.reset(); }

 private:
  // What a write is judged by. `steps` are of all maps.
  struct BeforeWrite {
    MapState state;
    GrowthSteps steps;
  };
  BeforeWrite begin_write(const MapSlot& slot, uint64_t id, Step& step) const;
  void end_write(const MapSlot& slot, const BeforeWrite& before, bool inserts, bool works,
                 bool erases = false);
  void write_down(const MapRecord& record, const WrittenWords& words, bool overwrites_key);

  GrowthSteps steps_so_far() const;

  Environment& environment_;
  MapTable& table_;
  MapJudge judge_;
  std::optional<Root<Node>> probe_;  // id 0, no object of the graph
  uint64_t serial_ = 0;
  uint64_t nans_ = 0;  // inserted so far
};

}  // namespace gcmap::harness
