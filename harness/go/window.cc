// Cutting recordings: one walk over the recording chooses windows, one walk over each window writes it.
#include "harness/go/window.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "harness/go/difference.h"
#include "harness/go/rebuild.h"
#include "harness/go/replay.h"
#include "harness/go/state.h"
#include "harness/go/window_writer.h"
#include "harness/program/codec_text.h"

namespace gcmap::harness {

namespace {

constexpr uint32_t kCadence = 16;
// Verifying a whole map every few operations is quadratic in the length of a program.
constexpr size_t kOperationsForCadence = 4096;
// Away from windows' ends rebuilding is planned the less often the larger the map is, or planning would
// outweigh everything else.
constexpr uint64_t kEntriesPerSpacing = 16;

// A place of the recording from which programs can begin.
struct Snapshot {
  size_t at = 0;                   // records carried out
  std::optional<Rebuild> rebuild;  // nothing: before the first record
};

class Cutter {
 public:
  Cutter(const GoTrace& trace, const GoWindowOptions& options,
         const std::function<void(const GoWindow&)>& visit)
      : trace_(trace), options_(options), visit_(visit), snapshots_{{.at = 0, .rebuild = std::nullopt}} {}

  void run();

 private:
  size_t length(size_t end) const { return end - begin_; }
  void take_snapshot(const GoReplay& replay);
  bool state_recorded_at(size_t end) const { return trace_.records[end - 1].state.has_value(); }
  std::optional<size_t> choose_end(size_t walked) const;
  void cut(size_t end);
  std::set<size_t> starts_in_use(size_t from, size_t end) const;
  void write(GoWindowWriter& writer, size_t index, bool in_prefix) const;
  void write_erase(GoWindowWriter& writer, size_t index, bool in_prefix) const;
  void write_advance(GoWindowWriter& writer, const GoRecord& record) const;

  const GoTrace& trace_;
  const GoWindowOptions options_;
  const std::function<void(const GoWindow&)>& visit_;
  size_t begin_ = 0;                 // of the present window
  size_t last_recorded_ = 0;         // operations up to the last recorded state so far
  std::vector<Snapshot> snapshots_;  // the last one up to begin_, and all after it
};

void Cutter::run() {
  GoReplay replay(trace_, {.collect_every = 0, .verify_every = 0, .compare_states = false});
  while (!replay.done()) {
    if (const std::optional<GoDifference> difference = replay.step()) {
      throw GoWindowError(trace_.name + ":" + std::to_string(difference->line) + ": " + difference->summary +
                          "; a recording must replay to be cut: see gcmap go-trace");
    }
    take_snapshot(replay);
    if (state_recorded_at(replay.operations())) last_recorded_ = replay.operations();
    if (length(replay.operations()) < options_.operations_max && !replay.done()) continue;
    if (const std::optional<size_t> end = choose_end(replay.operations())) cut(*end);
  }
  if (begin_ != trace_.records.size())
    throw GoWindowError(trace_.name + ": the last operations have no recorded state");
}

void Cutter::take_snapshot(const GoReplay& replay) {
  const size_t at = replay.operations();
  const bool near_end = length(at) >= options_.operations_min && length(at) <= options_.operations_max;
  const size_t spacing = replay.adapter().size() / kEntriesPerSpacing;
  if (!near_end && at - snapshots_.back().at < spacing) return;
  std::optional<Rebuild> rebuild = plan_rebuild(replay.adapter().inspect(), replay.hashes());
  if (!rebuild) return;
  if (snapshots_.back().at > begin_ && !near_end) snapshots_.pop_back();
  snapshots_.push_back({.at = at, .rebuild = std::move(rebuild)});
}

// Preferably where the next window can begin without a prefix of repeated operations.
std::optional<size_t> Cutter::choose_end(size_t walked) const {
  if (walked == trace_.records.size() && last_recorded_ == walked) return walked;
  for (auto snapshot = snapshots_.rbegin(); snapshot != snapshots_.rend(); ++snapshot) {
    if (snapshot->at < begin_ + options_.operations_min) break;
    if (state_recorded_at(snapshot->at)) return snapshot->at;
  }
  if (last_recorded_ >= begin_ + options_.operations_min) return last_recorded_;
  return std::nullopt;
}

// The S records from `from` on whose iterators run in the window.
std::set<size_t> Cutter::starts_in_use(size_t from, size_t end) const {
  std::set<size_t> in_use;
  std::map<uint64_t, size_t> started;
  for (size_t i = from; i < end; ++i) {
    const GoRecord& record = trace_.records[i];
    if (record.tag == GoTag::kNew) started.clear();
    if (record.tag == GoTag::kDrop) started.erase(record.iteration.id);
    if (record.tag == GoTag::kStart) started[record.iteration.id] = i;
    const bool seen = record.tag == GoTag::kStart || record.tag == GoTag::kAdvance;
    if (i < begin_ || !seen) continue;
    if (const auto it = started.find(record.iteration.id); it != started.end()) in_use.insert(it->second);
  }
  return in_use;
}

void Cutter::write_erase(GoWindowWriter& writer, size_t index, bool in_prefix) const {
  const GoRecord& record = trace_.records[index];
  const std::optional<GoState>& before = trace_.records[index - 1].state;
  const bool works = !before || before->grow != 0;
  if (!record.found && works) {
    writer.erase_absent_while_growing(record.id, record.hash);
  } else if (record.found || !in_prefix) {
    writer.erase(record.id);
  }
}

void Cutter::write_advance(GoWindowWriter& writer, const GoRecord& record) const {
  writer.advance(record.iteration.id, record.iteration.yields.size());
  if (record.iteration.yields.back().end) writer.stop(record.iteration.id);
}

void Cutter::write(GoWindowWriter& writer, size_t index, bool in_prefix) const {
  const GoRecord& record = trace_.records[index];
  switch (record.tag) {
    case GoTag::kNew: {
      const uint64_t greatest = info_of(OperandKind::kHint).greatest;
      writer.make(record.hint <= greatest ? record.hint : least_hint(record.state->b));
      return;
    }
    case GoTag::kInsert:
      return writer.put(record.id, record.hash, record.value);
    case GoTag::kErase:
      return write_erase(writer, index, in_prefix);
    case GoTag::kLookUp:
      if (!in_prefix) writer.get(record.id);
      return;
    case GoTag::kClear:
      return writer.clear();
    case GoTag::kStart:
      writer.iterate(record.iteration.id, record.iteration.start, record.iteration.offset);
      return write_advance(writer, record);
    case GoTag::kAdvance:
      if (writer.running(record.iteration.id)) write_advance(writer, record);
      return;
    case GoTag::kDrop:
      if (writer.running(record.iteration.id)) writer.stop(record.iteration.id);
      return;
  }
}

// Writes the window [begin_, end) and moves on behind it.
void Cutter::cut(size_t end) {
  const Snapshot& base = *std::find_if(snapshots_.rbegin(), snapshots_.rend(),
                                       [this](const Snapshot& snapshot) { return snapshot.at <= begin_; });
  GoWindowWriter writer;
  if (base.rebuild) {
    writer.make(base.rebuild->hint);
    for (const RebuildStep& step : base.rebuild->steps) {
      if (step.kind == RebuildStep::Kind::kPut) {
        writer.put(step.id, step.hash, step.value);
      } else {
        writer.erase(step.id);
      }
    }
  }
  const std::set<size_t> in_use = starts_in_use(base.at, end);
  size_t prefix = 0;
  for (size_t i = base.at; i < end; ++i) {
    if (i == begin_) prefix = writer.size();
    if (trace_.records[i].tag != GoTag::kStart || in_use.contains(i)) write(writer, i, i < begin_);
  }
  GoWindow window{.program = {},
                  .prefix = prefix,
                  .first_line = trace_.records[begin_].line,
                  .last_line = trace_.records[end - 1].line,
                  .expected = *trace_.records[end - 1].state};
  window.program.operations = writer.finish();
  window.program.config.cadence = window.program.operations.size() > kOperationsForCadence ? 0 : kCadence;
  visit_(window);

  begin_ = end;
  const auto last_base = std::find_if(snapshots_.rbegin(), snapshots_.rend(),
                                      [this](const Snapshot& snapshot) { return snapshot.at <= begin_; });
  snapshots_.erase(snapshots_.begin(), last_base.base() - 1);
}

// What a program cannot say. Empty if all of the recording fits.
std::string misfit(const GoTrace& trace) {
  if (const std::string& key = trace.header.at("key"); key != "u64")
    return trace.name + ": a recording of key kind " + key + "; programs are cut from u64";
  const auto greatest = [](OperandKind kind) { return info_of(kind).greatest; };
  for (const GoRecord& record : trace.records) {
    const bool fits = record.id < kPlaceholderIds && record.value <= greatest(OperandKind::kValue) &&
                      record.iteration.id <= greatest(OperandKind::kIterator) &&
                      record.iteration.start <= greatest(OperandKind::kBucket);
    const bool small = record.tag != GoTag::kNew || record.hint <= greatest(OperandKind::kHint) ||
                       (record.state && least_hint(record.state->b) <= greatest(OperandKind::kHint));
    if (fits && small) continue;
    return trace.name + ":" + std::to_string(record.line) +
           ": a key, value, iteration, bucket or hint is larger than programs can write "
           "(harness/program/operand.def)";
  }
  return "";
}

}  // namespace

void for_each_go_window(const GoTrace& trace, const GoWindowOptions& options,
                        const std::function<void(const GoWindow&)>& visit) {
  if (const std::string problem = misfit(trace); !problem.empty()) throw GoWindowError(problem);
  Cutter(trace, options, visit).run();
}

std::string go_window_difference(const GoState& expected, const MapInspector& map) {
  GoState actual = go_state(map);
  actual.flags = expected.flags;
  if (expected.grow == 0 && actual.grow == 0) actual.nevacuate = expected.nevacuate;
  return differing_fields(expected, actual);
}

std::string go_trace_stem(const GoTrace& trace) {
  std::string stem = std::filesystem::path(trace.name).filename().string();
  for (const std::string_view extension : {".gz", ".trace"}) {
    if (stem.ends_with(extension)) stem.resize(stem.size() - extension.size());
  }
  return stem;
}

std::string go_window_text(const GoTrace& trace, const GoWindow& window) {
  return "# from: " + go_trace_stem(trace) + " lines " + std::to_string(window.first_line) + "-" +
         std::to_string(window.last_line) + "\n# digest: " + hexadecimal(window.expected.digest) +
         "\n# state: " + to_text(window.expected) + "\n" + print(window.program);
}

}  // namespace gcmap::harness
