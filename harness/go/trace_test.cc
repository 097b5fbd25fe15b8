// The parser of recordings: what it reads, and that every kind of damage is found on its line.
#include "harness/go/trace.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdio>
#include <fstream>

#include "harness/program/test_corpus.h"

namespace gcmap::harness {
namespace {

const std::string kHeader =
    "T maptrace 1 go=go1.19.8 arch=amd64 key=u64 keysize=8 elemsize=8 bucketsize=144 indirectkey=0 "
    "bucketptr=0 "
    "reflexive=1 keyupdate=0 api=fast64 profile=mixed seed=7\n";
const std::string kPreallocated = "P 0 0 0 0 2 5 7 14 28 56 113 170 284 512 1024 2048\n";
const std::string kNew = "N 0 | 0 0 0 0 0 0 0 0 0 0 cbf29ce484222325 =\n";
const std::string kInsert = "I 7 2a00000000000000 9 - | 1 0 0 0 0 0 0 0 0 0 eaf96f5f8c8e84ec =\n";
const std::string kStart = "S 2 0 3 7:9 | 1 0 3 0 0 0 0 0 0 0 eaf96f5f8c8e84ec =\n";
const std::string kBegin = kHeader + kPreallocated + kNew;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

TEST(GoTrace, ReadsEveryTag) {
  const GoTrace trace = parse_go_trace("name", kBegin + kInsert + "F 2a00000000000000=7\n" + kStart +
                                                   "X 2 0 - | =\nD 2 | =\nL 7 2a00000000000000 9 | =\n" +
                                                   "E 7 2a00000000000000 1 | 0 0 3 0 0 0 0 0 0 0 "
                                                   "67fa87cc1f656550 0123456789abcdef\nR\nF .\nC | =\nZ 8\n");
  ASSERT_EQ(trace.records.size(), 8u);
  EXPECT_EQ(trace.header.at("profile"), "mixed");
  EXPECT_EQ(trace.preallocated[15], 2048u);
  const GoRecord& insert = trace.records[1];
  EXPECT_EQ(insert.tag, GoTag::kInsert);
  EXPECT_EQ(insert.line, 4u);
  EXPECT_EQ(insert.hash, 0x2a00000000000000u);
  EXPECT_EQ(insert.answer, std::nullopt);
  EXPECT_EQ(trace.line(insert.dump_line), "F 2a00000000000000=7");
  const GoRecord& start = trace.records[2];
  EXPECT_EQ(start.iteration.offset, 3u);
  EXPECT_EQ(start.iteration.yields, (std::vector<GoYield>{{.end = false, .id = 7, .value = 9}}));
  EXPECT_EQ(trace.records[3].iteration.yields, (std::vector<GoYield>{{.end = true}}));
  EXPECT_EQ(trace.records[3].state, start.state);
  EXPECT_EQ(trace.records[5].answer, 9u);
  EXPECT_TRUE(trace.records[6].found);
  EXPECT_TRUE(trace.records[6].reseeded);
  EXPECT_EQ(trace.records[6].state->lean, 0x0123456789abcdefu);
  EXPECT_EQ(trace.records[7].state, trace.records[6].state);
}

TEST(GoTrace, ReadsHashesOfNaNs) {
  const std::string header = replaced(kHeader, "key=u64", "key=f64");
  const GoTrace trace = parse_go_trace(
      "name", header + kPreallocated + kNew +
                  "I 1048576 0000000000000001 9 - h:0000000000000002,00000000000000ff | =\nZ 2\n");
  EXPECT_EQ(trace.records[1].nan_hashes, (std::vector<uint64_t>{2, 0xff}));
}

TEST(GoTrace, ReadsStatesLeftOut) {
  const std::string wide = replaced(kBegin, "profile=mixed", "profile=wide");
  const GoTrace trace = parse_go_trace("name", wide + "C | -\nC | -\nZ 3\n");
  EXPECT_EQ(trace.records[1].state, std::nullopt);
}

struct Damage {
  const char* name;
  std::string text;
  size_t line;
  const char* message;  // a part of it
};

void PrintTo(const Damage& damage, std::ostream* out) {
  *out << damage.name;
}

class GoTraceDamage : public testing::TestWithParam<Damage> {};

TEST_P(GoTraceDamage, IsFoundOnItsLine) {
  const Damage& damage = GetParam();
  try {
    parse_go_trace("some.trace", damage.text);
    FAIL() << "read without complaint";
  } catch (const GoTraceError& error) {
    const std::string message = error.what();
    EXPECT_EQ(error.line(), damage.line) << message;
    EXPECT_TRUE(message.starts_with("some.trace:" + std::to_string(damage.line) + ": ")) << message;
    EXPECT_NE(message.find(damage.message), std::string::npos) << message;
    EXPECT_NE(message.find("; "), std::string::npos) << "no advice: " << message;
    EXPECT_EQ(message.find('\n'), std::string::npos);
  }
}

std::vector<Damage> headers() {
  return {
      {"Empty", "", 1, "the file is empty"},
      {"SomethingElse", "hello\n", 1, "does not begin with"},
      {"LaterFormat", replaced(kBegin, "maptrace 1", "maptrace 2"), 1, "format '2' is not known"},
      {"HeaderFieldMissing", replaced(kBegin, " seed=7", ""), 1, "'seed' is missing"},
      {"HeaderFieldUnknown", replaced(kBegin, "seed=7", "seed=7 sed=7"), 1, "'sed' is not known"},
      {"HeaderFieldTwice", replaced(kBegin, "seed=7", "seed=7 seed=8"), 1, "'seed' twice"},
      {"HeaderFieldWithoutValue", replaced(kBegin, "seed=7", "seed="), 1, "'name=value' is expected"},
      {"HeaderNumber", replaced(kBegin, "keysize=8", "keysize=x"), 1, "bad number 'x'"},
      {"HeaderFlag", replaced(kBegin, "bucketptr=0", "bucketptr=2"), 1, "out of range"},
      {"KeyKind", replaced(kBegin, "key=u64", "key=u65"), 1, "key kind 'u65' is not known"},
      {"NoPreallocated", kHeader + kNew, 2, "a P line is expected"},
      {"OnlyHeader", kHeader, 2, "ends after its header"},
      {"ShortPreallocated", kHeader + "P 0 0\n" + kNew, 2, "wrong number of fields: 3"},
      {"FirstOperation", kHeader + kPreallocated + kInsert, 3, "the first operation is not N"},
      {"HugeHint", kHeader + kPreallocated + "N 212993 | 0 0 0 0 0 0 0 0 0 0 cbf29ce484222325 =\n", 3,
       "out of range for hint"},
      {"FirstStateRepeated", kHeader + kPreallocated + "N 0 | =\n", 3, "no previous state"},
  };
}

std::vector<Damage> lines() {
  return {
      {"UnknownTag", kBegin + "Q 1 | =\n", 4, "unknown tag 'Q'"},
      {"LongTag", kBegin + "CC | =\n", 4, "unknown tag 'CC'"},
      {"SecondHeader", kBegin + kHeader, 4, "unknown tag 'T'"},
      {"EmptyLine", kBegin + "\nC | =\n", 4, "empty line"},
      {"DoubleSpace", kBegin + "C  | =\n", 4, "single spaces"},
      {"NoBar", kBegin + "C =\n", 4, "no '|'"},
      {"NoState", kBegin + "C |\n", 4, "wrong number of fields: 0"},
      {"FieldTooMany", kBegin + "E 7 2a00000000000000 1 1 | =\n", 4, "wrong number of fields: 5 where 'E id"},
      {"FieldTooFew", kBegin + "I 7 2a00000000000000 9 | =\n", 4, "wrong number of fields: 4"},
      {"HashesOfNaNsInIntegers", kBegin + "E 7 2a00000000000000 1 h:0000000000000002 | =\n", 4,
       "number of fields"},
      {"BadNumber", kBegin + "L 7x 2a00000000000000 - | =\n", 4, "bad number '7x' for id"},
      {"NegativeNumber", kBegin + "L -7 2a00000000000000 - | =\n", 4, "bad number '-7'"},
      {"PaddedNumber", kBegin + "L 07 2a00000000000000 - | =\n", 4, "bad number '07'"},
      {"HugeNumber", kBegin + "L 99999999999999999999 2a00000000000000 - | =\n", 4, "bad number"},
      {"ShortHash", kBegin + "L 7 2a0000000000000 - | =\n", 4, "16 hexadecimal digits"},
      {"CarriageReturn", kBegin + "C | =\r\n", 4, "wrong number of fields: 1"},
      {"Found", kBegin + "E 7 2a00000000000000 2 | =\n", 4, "out of range for found"},
      {"NotHexadecimal", kBegin + "L 7 2A00000000000000 - | =\n", 4, "16 hexadecimal digits"},
      {"CutOff", kBegin + kInsert + "Z", 5, "the last line is cut off"},
      {"NoEnd", kBegin + kInsert, 5, "without its Z line"},
      {"WrongEnd", kBegin + kInsert + "Z 3\n", 5, "Z says 3 operations, the recording has 2"},
      {"LineAfterEnd", kBegin + "Z 1\nC | =\n", 5, "a line after Z"},
      {"ReseedBeforeOperation", kHeader + kPreallocated + "R\n", 3, "before the first operation"},
      {"ReseedTwice", kBegin + "R\nR\n", 5, "an R line out of place"},
      {"ReseedAfterDump", kBegin + "F\nR\n", 5, "an R line out of place"},
      {"SecondDumpDiffers", kBegin + "F .\nF\n", 5, "another structure"},
      {"DumpOfNoBucket", kBegin + "F 2a=7\n", 4, "the marks of a bucket"},
      {"DumpOfThreeArrays", kBegin + "F . / . / .\n", 4, "a second '/'"},
  };
}

std::vector<Damage> states_and_iterations() {
  const std::string begun = kBegin + kInsert + kStart;
  return {
      {"StateLeftOut", kBegin + "C | -\n", 4, "only recordings of profile wide"},
      {"RepeatedAfterLeftOut", replaced(kBegin, "profile=mixed", "profile=wide") + "C | -\nC | =\n", 5,
       "'=' after '-'"},
      {"ShortState", kBegin + "C | 0 0 0 0 0 0 0 0 0 0 cbf29ce484222325\n", 4, "wrong number of fields: 11"},
      {"HugeB", kBegin + "C | 0 16 0 0 0 0 0 0 0 0 cbf29ce484222325 =\n", 4, "out of range for B"},
      {"WritingFlag", kBegin + "C | 0 0 4 0 0 0 0 0 0 0 cbf29ce484222325 =\n", 4, "flags '4'"},
      {"Digest", kBegin + "C | 0 0 0 0 0 0 0 0 0 0 cbf2 =\n", 4, "bad number 'cbf2' for digest"},
      {"AdvanceOfNone", kBegin + kInsert + "X 2 0 7:9 | =\n", 5,
       "iteration 2 is advanced but was never begun"},
      {"AdvanceOfAnother", begun + "X 3 0 7:9 | =\n", 6, "iteration 3 is advanced but was never begun"},
      {"AdvanceOfDropped", begun + "D 2 | =\nX 2 0 7:9 | =\n", 7, "never begun"},
      {"AdvanceBeyondEnd", begun + "X 2 0 - | =\nX 2 0 - | =\n", 7, "advanced beyond its end"},
      {"EntryAfterEnd", begun + "X 2 0 - 7:9 | =\n", 6, "entries after the end"},
      {"AdvanceByNothing", begun + "X 2 0 | =\n", 6, "wrong number of fields: 3"},
      {"AdvanceInNewMap", begun + kNew + "X 2 0 7:9 | =\n", 7, "never begun"},
      {"DropOfNone", kBegin + "D 0 | =\n", 4, "iteration 0 is dropped but was never begun"},
      {"BegunTwice", begun + kStart, 6, "begun again"},
      {"BadYield", begun + "X 2 0 79 | =\n", 6, "bad entry '79'"},
      {"BadGeneration", begun + "X 2 3 - | =\n", 6, "out of range for gen"},
      {"StartBeyondArray", kBegin + kInsert + replaced(kStart, "S 2 0", "S 2 1"), 5,
       "not one of the 2^0 buckets"},
      {"BadOffset", kBegin + kInsert + replaced(kStart, "0 3 7:9", "0 8 7:9"), 5, "out of range for offset"},
      {"HalfEmptyStart", kBegin + "S 2 - 3 - | =\n", 4, "'- - -'"},
  };
}

constexpr auto kDamageName = [](const testing::TestParamInfo<Damage>& info) {
  return std::string(info.param.name);
};
INSTANTIATE_TEST_SUITE_P(Header, GoTraceDamage, testing::ValuesIn(headers()), kDamageName);
INSTANTIATE_TEST_SUITE_P(Line, GoTraceDamage, testing::ValuesIn(lines()), kDamageName);
INSTANTIATE_TEST_SUITE_P(State, GoTraceDamage, testing::ValuesIn(states_and_iterations()), kDamageName);

// Writes a file for the test at hand; gone with it.
class GoTraceFile : public testing::Test {
 protected:
  std::string write(const std::string& bytes) {
    std::ofstream(path_, std::ios::binary) << bytes;
    return path_;
  }

  // Compressed without compression, so that a byte of the file is a byte of the text.
  static std::string stored(std::string text) {
    std::string bytes(text.size() + 256, '\0');
    z_stream stream{};
    deflateInit2(&stream, Z_NO_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    stream.next_in = reinterpret_cast<Bytef*>(text.data());
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
    stream.avail_out = static_cast<uInt>(bytes.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    bytes.resize(stream.total_out);
    deflateEnd(&stream);
    return bytes;
  }

  void TearDown() override { std::remove(path_.c_str()); }

  const std::string path_ = testing::TempDir() + "gcmap_go_trace_" +
                            testing::UnitTest::GetInstance()->current_test_info()->name() + ".trace.gz";
  const std::string text_ = kBegin + kInsert + "Z 2\n";
};

TEST_F(GoTraceFile, MayBePlainOrCompressed) {
  EXPECT_EQ(read_go_trace(write(text_)).records.size(), 2u);
  EXPECT_EQ(read_go_trace(write(stored(text_))).records.size(), 2u);
}

TEST_F(GoTraceFile, TruncatedAnywhereIsAnErrorOnThatLine) {
  const std::string bytes = stored(text_);
  const size_t text_begins = bytes.find('T');
  for (const size_t length : {kHeader.size() + 3, kBegin.size() + 10, text_.size()}) {
    const auto line = 1 + static_cast<size_t>(std::count(
                              text_.begin(), text_.begin() + static_cast<ptrdiff_t>(length), '\n'));
    try {
      read_go_trace(write(bytes.substr(0, text_begins + length)));
      FAIL() << "read without complaint";
    } catch (const GoTraceError& error) {
      EXPECT_EQ(error.line(), line);
      EXPECT_NE(std::string(error.what()).find("ends early"), std::string::npos) << error.what();
    }
  }
}

TEST_F(GoTraceFile, DamagedCompressedDataIsAnError) {
  std::string bytes = stored(text_);
  bytes[bytes.size() - 8] ^= 1;  // of the checksum
  EXPECT_THROW(read_go_trace(write(bytes)), GoTraceError);
}

TEST_F(GoTraceFile, NoFileOrAFolderIsAnError) {
  for (const std::string& path : {std::string("/nowhere/x.trace.gz"), testing::TempDir()}) {
    try {
      read_go_trace(path);
      FAIL() << "read without complaint";
    } catch (const GoTraceError& error) {
      EXPECT_EQ(error.line(), 0u);
      EXPECT_NE(std::string(error.what()).find("cannot be read ("), std::string::npos) << error.what();
    }
  }
}

TEST(GoTraceCorpus, IsThere) {
  EXPECT_GE(recordings_of("u64").size(), 13u);
  for (const char* key : {"k24", "str", "f64", "ind"}) EXPECT_GE(recordings_of(key).size(), 2u) << key;
}

class GoTraceRecording : public testing::TestWithParam<std::string> {};

TEST_P(GoTraceRecording, IsRead) {
  const GoTrace trace = read_go_trace(GetParam());
  EXPECT_GE(trace.records.size(), 5000u);
  EXPECT_TRUE(trace.records.back().state.has_value());
}

INSTANTIATE_TEST_SUITE_P(Corpus, GoTraceRecording, testing::ValuesIn(recordings()), NamedAfterFile());

}  // namespace
}  // namespace gcmap::harness
