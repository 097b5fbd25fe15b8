#include "harness/report/state_writer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "harness/program/codec_text.h"
#include "harness/program/load.h"
#include "harness/program/test_corpus.h"
#include "harness/run/test_families.h"

namespace gcmap::harness {
namespace {

using Lines = std::vector<std::string>;

Program program_of(const std::string& text) {
  ParseError error;
  const std::optional<Program> program = parse(text, &error);
  EXPECT_TRUE(program) << error.to_string();
  return program.value_or(Program());
}

Lines lines_of(const Program& program, size_t from = 0) {
  Lines lines;
  StateWriter writer(from, [&](const std::string& line) { lines.push_back(line); });
  RunOptions options;
  options.observer = &writer;
  const Verdict verdict = run(program, options);
  EXPECT_EQ(verdict.kind, VerdictKind::kOk) << verdict.detail;
  return lines;
}

Lines lines_of(const std::string& text, size_t from = 0) {
  return lines_of(program_of(text), from);
}

bool holds(const std::string& line, const std::string& what) {
  return line.find(what) != std::string::npos;
}

TEST(StateWriter, WritesALineAroundEveryOperation) {
  const Lines lines = lines_of("config version=2\nput m0 1 5\nget m0 1\n");
  ASSERT_EQ(lines.size(), 5u);
  EXPECT_TRUE(lines[0].starts_with(R"({"state":0,"roots":{})")) << lines[0];
  EXPECT_EQ(lines[1], R"({"before":0})");
  EXPECT_TRUE(lines[2].starts_with(R"({"state":1,"answer":"inserted, m0: 1 entries, B 0")")) << lines[2];
  EXPECT_TRUE(holds(lines[2], R"("roots":{"m0":1})")) << lines[2];
  EXPECT_TRUE(holds(lines[2], R"("buckets":[[16384,0,0,10,1,5]])")) << lines[2];
  EXPECT_EQ(lines[3], R"({"before":1,"about":[[16384,0]]})");
  EXPECT_EQ(lines[4], R"({"state":2,"answer":"5","about":[[16384,0]]})") << "nothing is new";
}

TEST(StateWriter, BeginsWithAWholeState) {
  const std::string text = "config version=2\nput m0 1 5\nnew r3 2\nput m0 2 6\nget m0 1\n";
  const Lines lines = lines_of(text, 3);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_TRUE(lines[0].starts_with(R"({"state":3,"roots":{"m0":1,"r3":2})")) << lines[0];
  EXPECT_TRUE(holds(lines[0], R"([16384,0,0,10,1,5,1,16,2,6])")) << lines[0];
  EXPECT_TRUE(holds(lines[0], R"({"id":2,"at":)")) << lines[0];
  EXPECT_EQ(lines[1], R"({"before":3,"about":[[16384,0]]})");
  EXPECT_EQ(lines_of(text, 4).size(), 1u);
  EXPECT_EQ(lines_of(text, 5).size(), 0u);
}

TEST(StateWriter, KeysAndValuesAreAProgramsNumbersAndObjects) {
  const std::pair<const char*, const char*> kinds[] = {{"u64", "5,7]"},
                                                       {"u64_object", R"(5,"#2"])"},
                                                       {"object_u64", R"("5#2",7])"},
                                                       {"object_object", R"("5#3","#2"])"},
                                                       {"u64_map", R"(5,"#2"])"},
                                                       {"str_u64", "5,7]"},
                                                       {"str_str", "5,7]"},
                                                       {"u64_str", "5,7]"},
                                                       {"box_box", "5,7]"},
                                                       {"large_u64", "5,7]"},
                                                       {"u64_none", "5,null]"},
                                                       {"u8_u8", "5,7]"},
                                                       {"u32_u8", "5,7]"},
                                                       {"f64_u64", "5,7]"},
                                                       {"object_str", R"("5#2",7])"},
                                                       {"ref_box_ref", R"("5#3","#2"])"},
                                                       {"box_ref_ref", R"("5#3","#2"])"}};
  EXPECT_EQ(std::size(kinds), kMapKinds);
  for (const auto& [kind, cells] : kinds) {
    const Lines lines = lines_of("config version=2 kind=" + std::string(kind) + "\nput m0 5 7\n");
    EXPECT_TRUE(holds(lines[2], cells)) << kind << ": " << lines[2];
  }
}

TEST(StateWriter, IteratorsStandWhereTheyProduced) {
  const Lines lines =
      lines_of("config version=2\nput_run m0 1 8 0\niterate m0 i2 0 3\nput m0 9 0\nadvance i2 1\n");
  EXPECT_TRUE(holds(lines[4], R"("i2":{"map":1,"running":true,"array":16384,"b":0,"generation":0,"start":0,)"
                              R"("next_chain":0,"bucket":0,"slot":8,"borrowed":0})"))
      << lines[4];
  EXPECT_TRUE(
      holds(lines[8], R"("generation":2,"start":0,"next_chain":0,"bucket":16384,"slot":3,"borrowed":0})"))
      << lines[8];
  EXPECT_TRUE(holds(lines[8], R"("about":[[16384,3]])")) << lines[8];
}

TEST(StateWriter, IteratorsSayWhichBucketComesNext) {
  const Lines lines = lines_of("config version=2\nput_run m0 1 20 0\niterate m0 i0 1 0\nadvance i0 1\n");
  EXPECT_TRUE(holds(lines[6], R"("b":2,"generation":0,"start":1,"next_chain":2,)")) << lines[6];
}

// An array the map has left is told as long as an iterator holds it.
TEST(StateWriter, HeldArraysAreTold) {
  const Lines lines =
      lines_of("config version=2\nput_run m0 1 8 0\niterate m0 i2 0 3\nput m0 9 0\nadvance i2 1\n");
  EXPECT_TRUE(holds(lines[6], "[16384,0,0,3,1,0,")) << lines[6];
}

TEST(StateWriter, SpansAndObjectsFollowACollection) {
  const Lines lines = lines_of("config version=2\nnew r0 2\nlink r0 0 r0\nrelease r0\ncollect\n");
  EXPECT_TRUE(holds(lines[2], R"("objects":[{"id":1,"at":8192,"map":false,"reachable":true,"alive":true,)"))
      << lines[2];
  EXPECT_TRUE(holds(lines[4], R"("links":[0,1])")) << lines[4];
  EXPECT_TRUE(holds(lines[6], R"("reachable":false)")) << lines[6];
  EXPECT_TRUE(holds(lines[8], R"("objects_gone":[1])")) << lines[8];
  EXPECT_TRUE(holds(lines[8], R"("spans_gone":[1])")) << lines[8];
}

TEST(StateWriter, WeakLinksAreToldApart) {
  const Lines lines = lines_of("config version=2\nnew r0 2\nnew r1 2\nweak_link r0 1 r1\nlink r0 0 r1\n");
  EXPECT_TRUE(holds(lines[6], R"("links":[],"weak_links":[1,2])")) << lines[6];
  EXPECT_TRUE(holds(lines[8], R"("links":[0,2],"weak_links":[1,2])")) << lines[8];
}

// G8 for whoever looks on: of every program of the corpus the digest is the same, and so are the lines
// of two runs.
TEST(StateWriter, ChangesNothingAndIsDeterministic) {
  for (const std::string& file : corpus_files("seeds", ".txt")) {
    const LoadResult loaded = load_program(file);
    ASSERT_TRUE(loaded.program) << loaded.error;
    if (loaded.program->operations.size() > 60) continue;
    Lines lines;
    StateWriter writer(0, [&](const std::string& line) { lines.push_back(line); });
    RunOptions watched;
    watched.observer = &writer;
    EXPECT_EQ(run(*loaded.program, watched).digest, run(*loaded.program).digest) << file;
    EXPECT_EQ(lines, lines_of(*loaded.program)) << file;
  }
}

// A structure that is broken, as after a failure or under a planted fault.
class BrokenMap : public testing::Test {
 protected:
  explicit BrokenMap(MapKind kind = MapKind::kU64)
      : families_(with_one_chain(kind)), log_(*families_.operator->()) {
    families_.run(PutRunOperands{.map = MapName(0), .key = 1, .count = 12, .value = 3});
    bucket_ = present_chain(header(), 0, type());
  }

  static Config with_one_chain(MapKind kind) {
    Config config = config_of(kind);
    config.hash = static_cast<uint32_t>(HashClass::kConstant);
    return config;
  }

  MapHeader& header() { return *families_->maps.table().slot(MapName(0)).adapter->header(); }
  const MapType& type() { return families_->maps.table().slot(MapName(0)).adapter->inspect().type(); }
  void** link() {
    return reinterpret_cast<void**>(static_cast<char*>(bucket_.memory()) + type().overflow_offset);
  }
  // Inside the heap, where no object is.
  static char* past(void* object) { return static_cast<char*>(object) + (size_t{1} << 20); }
  std::string told() {
    const SoundMemory memory(families_.heap());
    JsonText json;
    json.begin_object();
    log_.tell(memory, ObjectAddresses(*families_.operator->()), json);
    return json.end_object().text();
  }

  TestFamilies families_;
  MapLog log_;
  Bucket bucket_;
};

TEST_F(BrokenMap, ALinkToWhatIsNoObjectIsTheEndOfItsChain) {
  void* const sound = *link();
  ASSERT_NE(sound, nullptr);
  const std::string offset = std::to_string(families_.heap().offset_of(bucket_.memory()));
  for (void* const dangling : {static_cast<void*>(&families_), static_cast<void*>(past(sound))}) {
    *link() = dangling;
    const std::string broken = told();
    *link() = sound;
    EXPECT_TRUE(holds(broken, "[" + offset + ",-1")) << broken;
    EXPECT_TRUE(holds(told(), "[" + offset + "," + std::to_string(families_.heap().offset_of(sound)) + "]"));
  }
}

TEST_F(BrokenMap, ACyclicChainIsToldOnce) {
  void* const sound = *link();
  *link() = bucket_.memory();
  const std::string offset = std::to_string(families_.heap().offset_of(bucket_.memory()));
  EXPECT_TRUE(holds(told(), "[" + offset + "," + offset + ",0,")) << "a bucket that leads to itself";
  *link() = sound;
}

TEST_F(BrokenMap, BytesInADeadSlotAreLeft) {
  told();
  const Bucket last = bucket_.overflow();
  ASSERT_EQ(last.marks()[7], 0);
  *static_cast<uint64_t*>(last.key(7)) = 9;
  EXPECT_TRUE(holds(told(), R"(,0,7,0,"left",null]])"));
  *static_cast<uint64_t*>(last.key(7)) = 0;
}

class BrokenMapOfReferences : public BrokenMap {
 protected:
  BrokenMapOfReferences() : BrokenMap(MapKind::kU64Object) {}
};

TEST_F(BrokenMapOfReferences, AValueThatLeadsNowhereIsLost) {
  told();
  auto* const value = static_cast<void**>(bucket_.value(2));
  void* const sound = *value;
  *value = past(sound);
  EXPECT_TRUE(holds(told(), R"(,"lost"]])"));
  *value = sound;
}

class BrokenMapOfStrings : public BrokenMap {
 protected:
  BrokenMapOfStrings() : BrokenMap(MapKind::kStrU64) {}
};

TEST_F(BrokenMapOfStrings, AKeyWhoseBytesAreGoneIsLost) {
  told();
  auto* const key = static_cast<void**>(bucket_.key(2));
  void* const sound = *key;
  *key = past(sound);
  EXPECT_TRUE(holds(told(), R"(,"lost",)"));
  *key = sound;
}

class BrokenMapOfBoxedReferences : public BrokenMap {
 protected:
  BrokenMapOfBoxedReferences() : BrokenMap(MapKind::kBoxRefRef) {}
};

TEST_F(BrokenMapOfBoxedReferences, AKeyWhoseBoxIsGoneIsLost) {
  told();
  auto* const key = static_cast<void**>(bucket_.key(2));
  void* const sound = *key;
  *key = past(sound);
  EXPECT_TRUE(holds(told(), R"(,"lost","#)"));
  *key = sound;
}

TEST(BitsInHex, FourSlotsADigitTheFirstLowest) {
  const auto digits = [](uint32_t slots, std::initializer_list<uint32_t> set) {
    return bits_in_hex(slots, [&](uint32_t i) { return std::find(set.begin(), set.end(), i) != set.end(); });
  };
  EXPECT_EQ(digits(10, {0, 5, 9}), "122");
  EXPECT_EQ(digits(64, {1, 2, 3}), "e");
  EXPECT_EQ(digits(8, {}), "");
}

}  // namespace
}  // namespace gcmap::harness
