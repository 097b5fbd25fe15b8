// One handler per tag of the recording; each returns a problem in words, or nothing.
#include "harness/go/replay.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "gcmap/internal/map/layout.h"
#include "harness/go/difference.h"
#include "harness/go/state.h"

namespace gcmap::harness {

namespace {

constexpr size_t kViolationsShown = 4;

std::string recorded_and_map(const std::string& what, const std::string& recorded,
                             const std::string& actual) {
  return recorded == actual ? "" : what + ": recorded " + recorded + ", map " + actual;
}

// The least hint for which a map has 2^b buckets.
uint64_t hint_for(size_t b) {
  return std::max<uint64_t>(8, 13 * ((uint64_t{1} << (b - 1)) / 2)) + 1;
}

GoYield yield_of(const std::optional<std::pair<uint64_t, uint64_t>>& entry) {
  return entry ? GoYield{.end = false, .id = entry->first, .value = entry->second} : GoYield{.end = true};
}

std::string words(const char* who, const Violations& violations) {
  std::string text;
  for (size_t i = 0; i < violations.size() && i < kViolationsShown; ++i) {
    const Violation& violation = violations[i];
    text += std::string(text.empty() ? "" : "; ") + who + " breaks " + violation.id + " at " +
            violation.path + ": " + violation.detail;
  }
  if (violations.size() > kViolationsShown)
    text += "; and " + std::to_string(violations.size() - kViolationsShown) + " more";
  return text;
}

}  // namespace

void GoHashTable::enter(uint64_t key, uint64_t hash) {
  own_.reset();
  if (floats_ && key >= kNanKey) {
    own_ = hash;
    return;
  }
  hashes_[key] = hash;
  if (floats_ && key <= 1) hashes_[key ^ 1] = hash;  // +0 and -0
}

void GoHashTable::enter_drawn(const std::vector<uint64_t>& hashes) {
  drawn_.assign(hashes.begin(), hashes.end());
}

uint64_t GoHashTable::hash(uint64_t key, uint64_t /*seed*/, uint64_t /*map*/) const {
  if (own_ && key >= kNanKey) return *std::exchange(own_, std::nullopt);
  if (!drawn_.empty() && key >= kNanKey) {
    const uint64_t hash = drawn_.front();
    drawn_.pop_front();
    return hash;
  }
  const auto it = hashes_.find(key);
  if (it != hashes_.end()) return it->second;
  if (!stray_) stray_ = key;
  return 0;
}

GoReplay::GoReplay(const GoTrace& trace, const GoReplayOptions& options)
    : trace_(trace),
      options_(options),
      key_(*find_go_key(trace.header.at("key"))),
      hashes_(trace.header.at("key") == "f64") {}

// The bucket and the P line, checked before anything else: a fresh array of every size.
std::optional<GoDifference> GoReplay::preallocation() {
  constexpr size_t kPreallocatedLine = 2;
  for (size_t b = 1; b < trace_.preallocated.size(); ++b) {
    const std::unique_ptr<MapAdapter> fresh = key_.adapter.make(heap_, hashes_, 0, hint_for(b));
    const MapState state = fresh->inspect().state();
    const std::string bucket_size = std::to_string(fresh->inspect().type().bucket_size);
    const std::string problem =
        bucket_size != trace_.header.at("bucketsize")
            ? recorded_and_map("bytes of a bucket", trace_.header.at("bucketsize"), bucket_size)
        : state.b != b
            ? recorded_and_map("B for hint " + std::to_string(hint_for(b)), std::to_string(b),
                               std::to_string(state.b))
            : recorded_and_map("preallocated overflow buckets for B = " + std::to_string(b),
                               std::to_string(trace_.preallocated[b]), std::to_string(state.preallocated));
    if (problem.empty()) continue;
    return GoDifference{.line = kPreallocatedLine,
                        .summary = problem,
                        .report = "  recorded: " + std::string(trace_.line(kPreallocatedLine)) + "\n"};
  }
  return std::nullopt;
}

std::string GoReplay::make(const GoRecord& record) {
  iterations_.clear();
  adapter_ = key_.adapter.make(heap_, hashes_, 0, record.hint);
  return "";
}

std::string GoReplay::insert(const GoRecord& record) {
  const std::optional<uint64_t> previous = adapter_->find(record.id);
  hashes_.enter(record.id, record.hash);  // again: it has been asked for
  adapter_->put(record.id, record.value);
  return recorded_and_map("previous value", value_text(record.answer), value_text(previous));
}

std::string GoReplay::erase(const GoRecord& record) {
  const bool found = adapter_->erase(record.id);
  return recorded_and_map("erase", record.found ? "found" : "absent", found ? "found" : "absent");
}

std::string GoReplay::look_up(const GoRecord& record) {
  const std::optional<uint64_t> value = adapter_->find(record.id);
  return recorded_and_map("value", value_text(record.answer), value_text(value));
}

std::string GoReplay::clear() {
  adapter_->clear();
  return "";
}

std::string GoReplay::start(const GoRecord& record) {
  std::unique_ptr<AdapterIterator>& iterator = iterations_[record.iteration.id];
  iterator = adapter_->iterate({.bucket = record.iteration.start, .offset = record.iteration.offset});
  return recorded_and_map("first entry", yield_text(record.iteration.yields[0]),
                          yield_text(yield_of(iterator->next())));
}

std::string GoReplay::advance(const GoRecord& record) {
  AdapterIterator& iterator = *iterations_.at(record.iteration.id);
  std::string problem = recorded_and_map("gen before the step", std::to_string(record.iteration.generation),
                                         std::to_string(iterator.generation()));
  for (size_t i = 0; i < record.iteration.yields.size() && problem.empty(); ++i) {
    const std::string which =
        "entry " + std::to_string(i + 1) + " of " + std::to_string(record.iteration.yields.size());
    problem = recorded_and_map(which, yield_text(record.iteration.yields[i]),
                               yield_text(yield_of(iterator.next())));
  }
  return problem;
}

// An operation on a key: its hashes first; all those drawn must have been asked for.
std::string GoReplay::enter_and(std::string (GoReplay::*operation)(const GoRecord&), const GoRecord& record) {
  hashes_.enter(record.id, record.hash);
  hashes_.enter_drawn(record.nan_hashes);
  const std::string problem = (this->*operation)(record);
  if (!problem.empty() || hashes_.drawn_left() == 0) return problem;
  return recorded_and_map("NaNs hashed while evacuating", std::to_string(record.nan_hashes.size()),
                          std::to_string(record.nan_hashes.size() - hashes_.drawn_left()));
}

std::string GoReplay::carry_out(const GoRecord& record) {
  switch (record.tag) {
    case GoTag::kNew:
      return make(record);
    case GoTag::kInsert:
      return enter_and(&GoReplay::insert, record);
    case GoTag::kErase:
      return enter_and(&GoReplay::erase, record);
    case GoTag::kLookUp:
      return enter_and(&GoReplay::look_up, record);
    case GoTag::kClear:
      return clear();
    case GoTag::kStart:
      return start(record);
    case GoTag::kAdvance:
      return advance(record);
    case GoTag::kDrop:
      iterations_.erase(record.iteration.id);
      return "";
  }
  return "";
}

std::string GoReplay::verify() const {
  std::string text = words("the map", adapter_->inspect().verify());
  return text.empty() ? words("the heap", heap_.verify()) : text;
}

// Everything the line says beside the operation's own answer, whose problem comes first.
std::optional<GoDifference> GoReplay::compare(const GoRecord& record, std::string problem) const {
  const GoMap map(adapter_->inspect(), key_.id);
  std::optional<GoState> state;
  if (record.state && options_.compare_states) state = go_state(map);
  const std::string fields = state ? differing_fields(*record.state, *state) : "";
  if (problem.empty() && !fields.empty()) problem = "state differs in " + fields;
  const std::string dump = record.dump_line == 0 || !options_.compare_states
                               ? ""
                               : dump_difference(trace_.line(record.dump_line), map);
  if (problem.empty() && !dump.empty()) problem = "dump differs";
  if (problem.empty() && hashes_.stray()) {
    problem =
        "the map asked for the hash of key " + std::to_string(*hashes_.stray()) + ", which never came up";
  }
  if (problem.empty() && options_.verify_every != 0 && (next_ % options_.verify_every == 0 || done())) {
    problem = verify();
  }
  if (problem.empty()) return std::nullopt;

  GoDifference difference{.line = record.line, .summary = std::move(problem), .report = ""};
  difference.report = "  recorded: " + std::string(trace_.line(record.line)) + "\n";
  if (state) difference.report += state_table(*record.state, *state);
  difference.report += dump;
  const bool keyed =
      record.tag == GoTag::kInsert || record.tag == GoTag::kErase || record.tag == GoTag::kLookUp;
  if (keyed && dump.empty()) difference.report += chains_of_hash(map, record.hash);
  return difference;
}

std::optional<GoDifference> GoReplay::step() {
  if (next_ == 0) {
    if (std::optional<GoDifference> difference = preallocation()) return difference;
  }
  const GoRecord& record = trace_.records[next_++];
  std::string problem;
  try {
    problem = carry_out(record);
    if (options_.collect_every != 0 && next_ % options_.collect_every == 0) heap_.collect();
  } catch (const std::exception& error) {
    problem = std::string("the operation threw: ") + error.what();
    if (adapter_ == nullptr) return GoDifference{.line = record.line, .summary = problem, .report = ""};
  }
  return compare(record, std::move(problem));
}

GoReplayResult replay_go_trace(const GoTrace& trace, const GoReplayOptions& options) {
  GoReplay replay(trace, options);
  GoReplayResult result;
  while (!replay.done() && !result.difference) result.difference = replay.step();
  result.operations = replay.operations();
  return result;
}

}  // namespace gcmap::harness
