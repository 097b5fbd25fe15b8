// Carries a recording of the Go runtime out on our map and compares everything the recording says.
//
// Hashes come from the recording, through a table entered line by line; so do iteration starts. With
// them, Go's rules determine every bit of the structure: answers, entries produced, the twelve fields
// of the state, dumps. The collector may run in between: it must not show.
//
// Keys of every kind a recording can have (harness/go/key.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "gcmap/heap.h"
#include "harness/go/key.h"
#include "harness/go/trace.h"
#include "harness/subject/map_adapter.h"

namespace gcmap::harness {

struct GoReplayOptions {
  uint64_t collect_every = 0;  // a whole collection after every so many operations; 0: only what pacing does
  uint64_t verify_every = 64;  // verify heap and map after every so many operations; 0: never
  bool compare_states = true;  // false: only answers and entries, which cost nothing
};

// Where recording and map part.
struct GoDifference {
  size_t line = 0;      // of the recording
  std::string summary;  // one line: "state differs", "previous value: recorded 28, map absent"
  std::string report;   // several lines, each ended: the recorded line, fields side by side, buckets
};

// Hashes by key, as recorded. A key that was never entered hashes to 0 and is remembered as a stray:
// the map has made it up. A NaN has another hash each time it is asked for: the operation's own, once, and
// then those that were drawn while evacuating, in order.
class GoHashTable final : public KeyHasher {
 public:
  explicit GoHashTable(bool floats = false) : floats_(floats) {}

  void enter(uint64_t key, uint64_t hash);
  // The hashes for NaNs that the next operation will evacuate.
  void enter_drawn(const std::vector<uint64_t>& hashes);
  uint64_t hash(uint64_t key, uint64_t seed, uint64_t map) const override;

  std::optional<uint64_t> stray() const { return stray_; }
  size_t drawn_left() const { return drawn_.size(); }

 private:
  bool floats_;
  std::unordered_map<uint64_t, uint64_t> hashes_;
  mutable std::optional<uint64_t> own_;  // of the operation's key, a NaN, until it is asked for
  mutable std::deque<uint64_t> drawn_;
  mutable std::optional<uint64_t> stray_;
};

// A recording being carried out, a line at a time.
class GoReplay {
 public:
  // `trace` must outlive the replay.
  explicit GoReplay(const GoTrace& trace, const GoReplayOptions& options = {});

  // Carries out the next record.
  // Returns the difference, if there is one; then the replay is over.
  // Requires: !done().
  std::optional<GoDifference> step();
  bool done() const { return next_ == trace_.records.size(); }

  size_t operations() const { return next_; }  // carried out
  const MapAdapter& adapter() const { return *adapter_; }
  const GoHashTable& hashes() const { return hashes_; }

 private:
  std::optional<GoDifference> preallocation();
  std::string carry_out(const GoRecord& record);
  std::string make(const GoRecord& record);
  std::string insert(const GoRecord& record);
  std::string erase(const GoRecord& record);
  std::string look_up(const GoRecord& record);
  std::string clear();
  std::string start(const GoRecord& record);
  std::string advance(const GoRecord& record);
  std::string verify() const;
  std::optional<GoDifference> compare(const GoRecord& record, std::string problem) const;

  std::string enter_and(std::string (GoReplay::*operation)(const GoRecord&), const GoRecord& record);

  const GoTrace& trace_;
  const GoReplayOptions options_;
  const GoKey& key_;
  Heap heap_;
  GoHashTable hashes_;
  std::unique_ptr<MapAdapter> adapter_;
  std::map<uint64_t, std::unique_ptr<AdapterIterator>> iterations_;
  size_t next_ = 0;
};

struct GoReplayResult {
  uint64_t operations = 0;  // carried out, the differing one included
  std::optional<GoDifference> difference;
};

// Replays all of it, up to the first difference.
GoReplayResult replay_go_trace(const GoTrace& trace, const GoReplayOptions& options = {});

}  // namespace gcmap::harness
