// Every window of every recording ends in the structure Go had there.
#include "harness/go/window.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <memory>

#include "gcmap/internal/base/random.h"
#include "harness/go/replay.h"
#include "harness/go/state.h"
#include "harness/go/window_writer.h"
#include "harness/program/codec_text.h"
#include "harness/program/load.h"
#include "harness/program/test_corpus.h"
#include "harness/program/typed_operands.h"
#include "harness/run/interpreter.h"

namespace gcmap::harness {
namespace {

class TableHasher final : public KeyHasher {
 public:
  uint64_t hash(uint64_t key, uint64_t /*seed*/, uint64_t /*map*/) const override {
    const auto it = hashes_.find(key);
    return it == hashes_.end() ? mix64(key) : it->second;
  }
  void set(uint64_t key, uint64_t hash) { hashes_[key] = hash; }

 private:
  std::unordered_map<uint64_t, uint64_t> hashes_;
};

// Executes the operations a window is made of, on a bare map: quicker than the interpreter and its
// oracles, and stricter about what windows must not contain.
class Executor {
 public:
  void run(const Program& program) {
    for (const Operation& operation : program.operations) execute(operation);
  }
  MapInspector map() const { return map_->inspect(); }

 private:
  void execute(const Operation& operation) {
    switch (operation.kind) {
      case OpKind::kMake:
        map_ = make_adapter(MapKind::kU64, heap_, hasher_, 0, operation.c);
        return;
      case OpKind::kPut:
        return map_->put(operation.c, operation.d);
      case OpKind::kGet:
        map_->find(operation.c);
        return;
      case OpKind::kErase:
        map_->erase(operation.c);
        return;
      case OpKind::kClear:
        return map_->clear();
      case OpKind::kIterate:
        iterators_[operation.b] =
            map_->iterate({.bucket = operation.c, .offset = static_cast<uint32_t>(operation.d)});
        return;
      case OpKind::kAdvance:
        return advance(operation);
      case OpKind::kStop:
        EXPECT_EQ(iterators_.erase(operation.a), 1u)
            << "stops iterator " << int{operation.a} << ", which does not run";
        return;
      case OpKind::kSetHash:
        // The rule of the interpreter, by which it would ignore this one.
        ASSERT_TRUE(iterators_.empty()) << "sets a hash while an iterator runs";
        ASSERT_FALSE(map_ != nullptr && map_->find(operation.c)) << "sets the hash of a key the map holds";
        return hasher_.set(operation.c, operation.d);
      default:
        FAIL() << "an operation no window is made of: " << print(operation);
    }
  }

  void advance(const Operation& operation) {
    const auto it = iterators_.find(operation.a);
    ASSERT_NE(it, iterators_.end()) << "advances iterator " << int{operation.a} << ", which does not run";
    for (uint32_t i = 0; i < operation.b; ++i) {
      if (!it->second->next()) {
        EXPECT_EQ(i + 1u, operation.b) << "advances beyond the end";
        return;
      }
    }
  }

  TableHasher hasher_;
  Heap heap_;
  std::unique_ptr<MapAdapter> map_;
  std::map<uint64_t, std::unique_ptr<AdapterIterator>> iterators_;
};

class GoWindowRecording : public testing::TestWithParam<std::string> {};

TEST_P(GoWindowRecording, EveryWindowEndsAsRecorded) {
  const GoTrace trace = read_go_trace(GetParam());
  size_t windows = 0;
  size_t longest = 0;
  size_t next = 0;  // index of the record the next window must begin with
  for_each_go_window(trace, {}, [&](const GoWindow& window) {
    SCOPED_TRACE("window " + std::to_string(window.first_line) + "-" + std::to_string(window.last_line));
    ++windows;
    ASSERT_LT(next, trace.records.size());
    const size_t first = next;
    EXPECT_EQ(window.first_line, trace.records[next].line);
    while (next < trace.records.size() && trace.records[next].line <= window.last_line) ++next;
    longest = std::max(longest, next - first);
    Executor executor;
    executor.run(window.program);
    EXPECT_EQ(go_window_difference(window.expected, executor.map()), "");
  });
  EXPECT_EQ(next, trace.records.size()) << "windows do not cover the recording";
  if (trace.header.at("profile") == "wide") {
    EXPECT_GT(longest, 26000u);  // a window must end at a recorded state, and most are left out
  } else {
    EXPECT_GE(windows, trace.records.size() / 300);
    EXPECT_LE(longest, 300u);
  }
}

// The interpreter ignores what it cannot do; nothing of a window may be such. Long programs are left to
// the test above: the oracles look at whole maps.
class GoWindowInterpreted : public testing::TestWithParam<std::string> {};

TEST_P(GoWindowInterpreted, EndsAsRecorded) {
  const GoTrace trace = read_go_trace(GetParam());
  constexpr size_t kOperationsMax = 1500;
  size_t runs = 0;
  for_each_go_window(trace, {}, [&](const GoWindow& window) {
    if (window.program.operations.size() > kOperationsMax) return;
    ++runs;
    SCOPED_TRACE("window " + std::to_string(window.first_line) + "-" + std::to_string(window.last_line));
    std::string difference = "no map";
    RunOptions options;
    options.inspect_maps_at_end = [&](size_t, MapKind, const MapInspector& map) {
      difference = go_window_difference(window.expected, map);
    };
    const Verdict verdict = run(window.program, options);
    EXPECT_EQ(verdict.kind, VerdictKind::kOk) << verdict.signature() << " " << verdict.detail;
    EXPECT_EQ(difference, "");
  });
  EXPECT_GT(runs, 0u);
}

std::vector<std::string> recordings_of_short_windows() {
  std::vector<std::string> files = recordings_of("u64");
  std::erase_if(files, [](const std::string& path) { return path.find("-wide-") != std::string::npos; });
  return files;
}

INSTANTIATE_TEST_SUITE_P(Corpus, GoWindowRecording, testing::ValuesIn(recordings_of("u64")),
                         NamedAfterFile());
INSTANTIATE_TEST_SUITE_P(Corpus, GoWindowInterpreted, testing::ValuesIn(recordings_of_short_windows()),
                         NamedAfterFile());

TEST(GoWindow, TextSaysWhereItIsFromAndReadsBack) {
  const GoTrace trace = read_go_trace((corpus_folder() / "go-traces/u64-mixed-101.trace.gz").string());
  size_t windows = 0;
  for_each_go_window(trace, {}, [&](const GoWindow& window) {
    if (++windows > 3) return;
    const std::string text = go_window_text(trace, window);
    EXPECT_TRUE(text.starts_with("# from: u64-mixed-101 lines " + std::to_string(window.first_line) + "-" +
                                 std::to_string(window.last_line) + "\n# digest: "))
        << text.substr(0, 100);
    ParseError error;
    EXPECT_EQ(parse(text, &error), window.program) << error.to_string();
  });
}

TEST(GoWindow, RecordingsThatDoNotReplayAreNotCut) {
  GoTrace trace = read_go_trace((corpus_folder() / "go-traces/u64-mixed-101.trace.gz").string());
  trace.records[100].answer = 4242;
  EXPECT_THROW(for_each_go_window(trace, {}, [](const GoWindow&) {}), GoWindowError);
}

TEST(GoWindowWriter, SetsAHashBeforeTheIteratorsThatRunStart) {
  GoWindowWriter writer;
  writer.put(1, 0x10, 5);
  writer.iterate(0, 0, 0);
  writer.put(2, 0x20, 6);
  const std::vector<Operation> expected{encode(SetHashOperands{.key = 1, .hash = 0x10}),
                                        encode(PutOperands{.key = 1, .value = 5}),
                                        encode(SetHashOperands{.key = 2, .hash = 0x20}),
                                        encode(IterateOperands{}), encode(PutOperands{.key = 2, .value = 6})};
  EXPECT_EQ(writer.finish(), expected);
}

TEST(GoWindowWriter, StopsIteratorsWhenAKeyTheyMayHaveMetChangesItsHash) {
  GoWindowWriter writer;
  writer.put(1, 0x10, 5);
  writer.iterate(3, 0, 0);
  writer.clear();
  writer.put(1, 0x11, 6);
  EXPECT_FALSE(writer.running(3));
  const std::vector<Operation> expected{encode(SetHashOperands{.key = 1, .hash = 0x10}),
                                        encode(PutOperands{.key = 1, .value = 5}),
                                        encode(IterateOperands{.iterator = IteratorName(3)}),
                                        encode(ClearOperands{}),
                                        encode(StopOperands{.iterator = IteratorName(3)}),
                                        encode(SetHashOperands{.key = 1, .hash = 0x11}),
                                        encode(PutOperands{.key = 1, .value = 6})};
  EXPECT_EQ(writer.finish(), expected);
}

// The comment lines a seed cut from a recording begins with.
std::string header_line(const std::string& path, const std::string& name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line) && line.starts_with('#');) {
    if (line.starts_with("# " + name + ": ")) return line.substr(name.size() + 4);
  }
  return "";
}

class GoSeed : public testing::TestWithParam<std::string> {};

TEST_P(GoSeed, StillEndsInTheDigestThatGoHad) {
  const LoadResult loaded = load_program(GetParam());
  ASSERT_TRUE(loaded.program.has_value()) << loaded.error;
  std::string digest;
  RunOptions options;
  options.inspect_maps_at_end = [&](size_t, MapKind, const MapInspector& map) {
    digest = hexadecimal(go_state(map).digest);
  };
  const Verdict verdict = run(*loaded.program, options);
  EXPECT_EQ(verdict.kind, VerdictKind::kOk) << verdict.signature() << " " << verdict.detail;
  EXPECT_EQ(digest, header_line(GetParam(), "digest"));
}

std::vector<std::string> seeds_of_recordings() {
  std::vector<std::string> seeds = corpus_files("seeds", ".txt");
  std::erase_if(seeds, [](const std::string& path) {
    return !std::filesystem::path(path).filename().string().starts_with("go-");
  });
  return seeds;
}

TEST(GoSeeds, AreThere) {
  EXPECT_GE(seeds_of_recordings().size(), 25u);
}

INSTANTIATE_TEST_SUITE_P(Corpus, GoSeed, testing::ValuesIn(seeds_of_recordings()), NamedAfterFile());

}  // namespace
}  // namespace gcmap::harness
