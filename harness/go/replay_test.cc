// Every recording comes out the same on our map, and a recording that lies is caught at the lie.
#include "harness/go/replay.h"

#include <gtest/gtest.h>

#include <tuple>

#include "harness/go/state.h"
#include "harness/program/test_corpus.h"

namespace gcmap::harness {
namespace {

std::string words(const std::optional<GoDifference>& difference) {
  if (!difference) return "";
  return "line " + std::to_string(difference->line) + ": " + difference->summary + "\n" + difference->report;
}

class GoReplayRecording : public testing::TestWithParam<std::string> {};

TEST_P(GoReplayRecording, ComesOutTheSame) {
  const GoTrace trace = read_go_trace(GetParam());
  const GoReplayResult result = replay_go_trace(trace);
  EXPECT_EQ(words(result.difference), "");
  EXPECT_EQ(result.operations, trace.records.size());
}

TEST_P(GoReplayRecording, ComesOutTheSameWithCollectionsBetween) {
  const GoTrace trace = read_go_trace(GetParam());
  const GoReplayResult result = replay_go_trace(trace, {.collect_every = 50, .verify_every = 64});
  EXPECT_EQ(words(result.difference), "");
}

INSTANTIATE_TEST_SUITE_P(Corpus, GoReplayRecording, testing::ValuesIn(recordings()), NamedAfterFile());

// Damages one line of a recording and expects the replay to stop there.
class GoReplayLie : public testing::Test {
 protected:
  static constexpr const char* kRecording = "go-traces/u64-iterate-101.trace.gz";

  // The first line from `from` on that begins with `tag` and contains `part`.
  size_t find_line(size_t from, const std::string& tag, const std::string& part) const {
    for (size_t line = from; line <= trace_.line_starts.size(); ++line) {
      const std::string_view text = trace_.line(line);
      if (text.starts_with(tag) && text.find(part) != std::string_view::npos) return line;
    }
    ADD_FAILURE() << "no line with " << tag << " and " << part;
    return 1;
  }

  // Replays with the last occurrence of `part` in a line replaced.
  GoDifference lie(size_t line, const std::string& part, const std::string& replacement) const {
    std::string text = trace_.text;
    const size_t at = trace_.line(line).rfind(part);
    EXPECT_NE(at, std::string_view::npos);
    text.replace(trace_.line_starts[line - 1] + at, part.size(), replacement);
    const GoTrace lying = parse_go_trace("lying", text);
    const GoReplayResult result = replay_go_trace(lying);
    EXPECT_TRUE(result.difference.has_value()) << "not caught";
    return result.difference.value_or(GoDifference{});
  }

  static void expect_part(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  }

  const GoTrace trace_ = read_go_trace((corpus_folder() / kRecording).string());
};

TEST_F(GoReplayLie, Digest) {
  const GoRecord* record = nullptr;
  for (const GoRecord& candidate : trace_.records) {
    if (candidate.line > 1000 && candidate.tag == GoTag::kInsert &&
        trace_.line(candidate.line).ends_with(" =")) {
      record = &candidate;
      break;
    }
  }
  ASSERT_NE(record, nullptr);
  const std::string_view text = trace_.line(record->line);
  const std::string digest(text.substr(text.size() - 18, 16));
  std::string other = digest;
  other[15] = digest[15] == '0' ? '1' : '0';
  const GoDifference difference = lie(record->line, digest, other);
  EXPECT_EQ(difference.line, record->line);
  EXPECT_EQ(difference.summary, "state differs in digest, lean");
  expect_part(difference.report, "* digest      " + other + "  " + digest);
  expect_part(difference.report, "  count       ");
  expect_part(difference.report, "of the present array\n    map      ");
}

TEST_F(GoReplayLie, Yield) {
  const size_t line = find_line(1000, "X", ":");
  const std::string_view text = trace_.line(line);
  const std::string entry(text.substr(text.rfind(' ', text.rfind(':'))));
  const std::string yield = entry.substr(1, entry.find(' ', 1) - 1);
  const GoDifference difference = lie(line, yield, yield + "0");
  EXPECT_EQ(difference.line, line);
  expect_part(difference.summary, "recorded " + yield + "0, map " + yield);
}

TEST_F(GoReplayLie, Generation) {
  size_t line = 0;
  for (const GoRecord& record : trace_.records) {
    if (record.tag == GoTag::kAdvance && record.iteration.generation == 1) line = record.line;
  }
  ASSERT_NE(line, 0u);
  const std::string_view text = trace_.line(line);
  const std::string begin(text.substr(0, text.find(' ', 4)));  // "X 2 1"
  const GoDifference difference = lie(line, begin, begin.substr(0, begin.size() - 1) + "0");
  EXPECT_EQ(difference.line, line);
  EXPECT_EQ(difference.summary, "gen before the step: recorded 0, map 1");
}

TEST_F(GoReplayLie, PreviousValue) {
  const size_t line = find_line(1000, "I", " - |");
  const GoDifference difference = lie(line, " - |", " 77 |");
  EXPECT_EQ(difference.line, line);
  EXPECT_EQ(difference.summary, "previous value: recorded 77, map absent");
}

TEST_F(GoReplayLie, ErasedAndFound) {
  const size_t line = find_line(1000, "E", " 1 |");
  EXPECT_EQ(lie(line, " 1 |", " 0 |").summary, "erase: recorded absent, map found");
  const size_t absent = find_line(1000, "L", " - |");
  EXPECT_EQ(lie(absent, " - |", " 5 |").summary, "value: recorded 5, map absent");
}

TEST_F(GoReplayLie, Dump) {
  const size_t line = find_line(100, "F", "=");
  const GoDifference difference = lie(line, "=", "=4242,");
  EXPECT_EQ(difference.summary, "dump differs");
  EXPECT_LT(difference.line, line);  // the operation it belongs to
  expect_part(difference.report, "*   recorded ");
  expect_part(difference.report, "*   map      ");
}

TEST_F(GoReplayLie, Preallocation) {
  const GoDifference difference = lie(2, " 28 ", " 29 ");
  EXPECT_EQ(difference.line, 2u);
  EXPECT_EQ(difference.summary, "preallocated overflow buckets for B = 8: recorded 29, map 28");
}

// A NaN hash too many, too few or another one: the map must ask for exactly the recorded ones.
TEST(GoReplayNaN, HashesAreThoseRecorded) {
  const GoTrace trace = read_go_trace((corpus_folder() / "go-traces/f64-mixed-101.trace.gz").string());
  const GoRecord* drawing = nullptr;
  for (const GoRecord& record : trace.records) {
    if (record.nan_hashes.size() > 1) drawing = &record;
  }
  ASSERT_NE(drawing, nullptr);
  const auto lie = [&](const std::string& from, const std::string& to) {
    std::string text = trace.text;
    const size_t at = trace.line_starts[drawing->line - 1] + trace.line(drawing->line).find(from);
    text.replace(at, from.size(), to);
    const GoTrace lying = parse_go_trace("lying", text);
    const auto difference = replay_go_trace(lying).difference.value_or(GoDifference{});
    EXPECT_EQ(difference.line, drawing->line);
    return difference.summary;
  };
  const std::string count = std::to_string(drawing->nan_hashes.size());
  EXPECT_EQ(lie(" h:", " h:0000000000000000,"), "NaNs hashed while evacuating: recorded " +
                                                    std::to_string(drawing->nan_hashes.size() + 1) +
                                                    ", map " + count);
  const std::string first = hexadecimal(drawing->nan_hashes[0]);
  EXPECT_NE(lie(" h:" + first + ",", " h:"), "") << "one too few";
}

TEST(GoReplayNaN, IdsSurviveEveryKindOfKey) {
  for (const char* name : {"u64", "k24", "str", "f64", "ind"}) {
    const GoKey& key = *find_go_key(name);
    for (const uint64_t id :
         {uint64_t{0}, uint64_t{1}, uint64_t{2}, uint64_t{999}, kNanKey - 1, kNanKey, kNanKey + 77}) {
      Heap heap;
      GoHashTable hashes(std::string(name) == "f64");
      hashes.enter(id, 0x2a00000000000000);
      const auto adapter = key.adapter.make(heap, hashes, 0, 0);
      adapter->put(id, 5);
      EXPECT_EQ(go_dump(GoMap(adapter->inspect(), key.id)), "2a00000000000000=" + std::to_string(id)) << name;
    }
  }
  EXPECT_EQ(find_go_key("u65"), nullptr);
}

}  // namespace
}  // namespace gcmap::harness
