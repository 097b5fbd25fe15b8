// What a map answers and holds, compared with the model: values by the very object, keys by the very one
// of several that are equal. Reads alone.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "harness/run/environment.h"
#include "harness/run/maps/table.h"

namespace gcmap::harness {

class MapJudge {
 public:
  explicit MapJudge(const Environment& environment) : environment_(environment) {}

  // Those that answer nothing throw Failure.
  // After every single write, also inside a run: a wrong size soon turns into a growth that never ends.
  static void expect_same_size(const MapSlot& slot);
  // Are maps of one kind equal? Objects are, to be the same; a NaN equals nothing.
  static bool are_equal(const MapRecord& first, const MapRecord& second);
  // Is what the map holds for the key what the model says, the very object?
  void expect_stored(const char* what, const MapRecord& record, uint64_t key,
                     std::optional<Word> actual) const;
  // Is the key, as it is stored, the very one, of several that are equal?
  void expect_key(const MapRecord& record, const ModelMap::Entry& entry, Word key) const;
  // What an iterator produced, as numbers. If the model has such an entry, key and value are its
  // very objects.
  std::pair<uint64_t, uint64_t> judged_entry(const MapRecord& record, Word key, Word value) const;
  // The contents as the map's memory has them: a look-up needs a handle, which maps without a name lack, and
  // while marking a handle shades what it takes.
  void check_entries(const MapRecord& record, const MapInspector& map) const;

 private:
  const Environment& environment_;
};

}  // namespace gcmap::harness
