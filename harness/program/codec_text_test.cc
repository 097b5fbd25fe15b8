// The text form: round trips, and what a person is told about a mistake.
#include "harness/program/codec_text.h"

#include <gtest/gtest.h>

#include <vector>

#include "gcmap/internal/base/random.h"
#include "harness/program/codec_binary.h"
#include "harness/program/operands.h"

namespace gcmap::harness {
namespace {

std::string error_of(std::string_view text) {
  ParseError error;
  return parse(text, &error) ? "parsed" : error.to_string();
}

void expect_error(std::string_view text, std::string_view line, std::vector<std::string_view> pieces) {
  const std::string error = error_of(text);
  EXPECT_TRUE(error.starts_with("line " + std::string(line) + ": ")) << error;
  for (std::string_view piece : pieces)
    EXPECT_NE(error.find(piece), std::string::npos) << error << "\nlacks " << piece;
}

TEST(TextCodec, ParseOfPrintIsTheProgram) {
  Random random(3);
  for (int i = 0; i < 500; ++i) {
    std::vector<uint8_t> bytes(kConfigBytes + kRecordBytes * random.below(20));
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random.next());
    for (size_t at = kConfigBytes; at < bytes.size(); at += kRecordBytes) {
      bytes[at] = static_cast<uint8_t>(all_ops()[random.below(all_ops().size())].kind);
    }
    const Program program = decode(bytes);
    ParseError error;
    const std::optional<Program> parsed = parse(print(program), &error);
    ASSERT_TRUE(parsed) << error.to_string() << "\n" << print(program);
    EXPECT_EQ(*parsed, program) << print(program);
  }
}

TEST(TextCodec, PrintsWhatAPersonWouldWrite) {
  const std::string text =
      "config version=2 hash=low hash_bits=3 pacing=growth swarm=0x11\n"
      "put m0 17 5\n"
      "put_run m1 1 9 0\n"
      "iterate m0 i2 3 7\n"
      "set_hash 17 0xff00000000000001\n"
      "collect\n";
  ParseError error;
  const std::optional<Program> program = parse(text, &error);
  ASSERT_TRUE(program) << error.to_string();
  EXPECT_EQ(program->config.hash, static_cast<uint32_t>(HashClass::kLow));
  EXPECT_EQ(program->operations.size(), 5u);
  EXPECT_EQ(print(*program), text);
}

TEST(TextCodec, AProgramOfVersion1MeansWhatItMeant) {
  const auto printed = [](std::string_view text) {
    ParseError error;
    const std::optional<Program> program = parse(text, &error);
    return program ? print(*program) : error.to_string();
  };
  EXPECT_EQ(printed("config version=1\nput m0 1 2\n"), "config version=2 cadence=8\nput m0 1 2\n");
  EXPECT_EQ(printed("config hash=low version=1\n"), "config version=2 hash=low cadence=8\n");
  EXPECT_EQ(printed("config version=1 cadence=16\n"), "config version=2\n");
  EXPECT_EQ(printed("config cadence=3 version=1 swarm=0x10\n"), "config version=2 cadence=3 swarm=0x10\n");
  EXPECT_EQ(printed("config version=2\n"), "config version=2\n");
}

TEST(TextCodec, NamedOperandsAreWrittenAsNamesAndReadAsBoth) {
  const std::string text =
      "config version=2 kind=object_u64 mutators=3\n"
      "inside map_entry_inserted 3 mark 17\n"
      "inside allocation_slow_path 1 collect 1\n"
      "new r15 4096\n"
      "link r1 4095 r2\n"
      "fetch_map m1 m2 7\n"
      "enter t3\n";
  ParseError error;
  const std::optional<Program> program = parse(text, &error);
  ASSERT_TRUE(program) << error.to_string();
  EXPECT_EQ(print(*program), text);
  EXPECT_EQ(get_operand(program->operations[0], OperandKind::kPoint),
            static_cast<uint64_t>(DecisionPoint::kMapEntryInserted));
  EXPECT_EQ(get_operand(program->operations[0], OperandKind::kStep),
            static_cast<uint64_t>(CollectorStep::kMark));
  EXPECT_EQ(get_operand(program->operations[4], OperandKind::kTarget), 1u);
  EXPECT_EQ(get_operand(program->operations[4], OperandKind::kMap), 2u);
  const std::optional<Program> numbers = parse("config version=2\ninside 5 3 1 17\n", nullptr);
  ASSERT_TRUE(numbers);
  EXPECT_EQ(numbers->operations[0], program->operations[0]);
}

TEST(TextCodec, EveryNameOfAnOperandIsRead) {
  for (const OpInfo& op : all_ops()) {
    for (const OperandInfo& operand : op.operands) {
      const OperandKindInfo& info = info_of(operand.kind);
      EXPECT_TRUE(info.names.empty() || info.names.size() == info.greatest + 1) << operand.name;
      for (uint64_t value = 0; value < info.names.size(); ++value) {
        Program program;
        program.operations = {simplest_operation(op.kind)};
        program.operations[0].set(operand.field, value);
        const std::string text = print(program);
        EXPECT_NE(text.find(' ' + std::string(info.names[value])), std::string::npos) << text;
        EXPECT_EQ(parse(text, nullptr), program) << text;
        EXPECT_EQ(info.names[value].find(' '), std::string_view::npos) << info.names[value];
      }
    }
  }
}

TEST(TextCodec, SaysWhichNamesAnOperandHas) {
  expect_error("config version=2\ninside map_entry_insrted 1 mark 1\n", "2",
               {"point 'map_entry_insrted'", "allocation_entered, ", "did you mean 'map_entry_inserted'?"});
  expect_error("config version=2\ninside safepoint 1 swep 1\n", "2",
               {"start, mark, terminate, sweep, collect, scavenge", "did you mean 'sweep'?"});
  expect_error("config version=2\ninside safepoint 1 6 1\n", "2", {"step '6'", "collect"});
}

TEST(TextCodec, CommentsBlankLinesAndForeignLineEndsAreFine) {
  const std::optional<Program> program = parse(
      "\xef\xbb\xbf# why this program is here\r\n\r\n  config   version=2 # first\r\n\tput m0 0x10 "
      "2#two\r\n# end",
      nullptr);
  ASSERT_TRUE(program);
  ASSERT_EQ(program->operations.size(), 1u);
  EXPECT_EQ(program->operations[0].c, 16u);
}

TEST(TextCodec, DefaultsAreLeftOut) {
  EXPECT_EQ(print(Program{}), "config version=2\n");
}

TEST(TextCodec, SaysWhichOperationWasMeant) {
  expect_error("config version=2\nputt m0 1 2\n", "2",
               {"unknown operation 'putt'", "did you mean 'put'?", "gcmap ops"});
  expect_error("config version=2\n\nerase_rum m0 1 2\n", "3", {"did you mean 'erase_run'?"});
  EXPECT_EQ(error_of("config version=2\nqqqqqqqqqq\n").find("did you mean"), std::string::npos);
}

TEST(TextCodec, SaysWhatOperandsAreMissing) {
  expect_error("config version=2\nput m0 1\n", "2",
               {"'put' takes 3 operands, found 2", "'put <map> <key> <value>'"});
  expect_error("config version=2\nclear\n", "2", {"takes 1 operand, found 0"});
  expect_error("config version=2\ncollect 3\n", "2",
               {"'collect' takes 0 operands, found 1; write 'collect'"});
}

TEST(TextCodec, SaysWhereARangeEnds) {
  expect_error("config version=2\nget m0 16777216\n", "2", {"key 16777216 is out of range", "0 to 16777215"});
  expect_error("config version=2\nclear m9\n", "2", {"map m9 is out of range", "0 to 3"});
  expect_error("config version=2\nadvance i0 0\n", "2", {"count 0 is out of range", "1 to 4096"});
  expect_error("config version=2 hash_bits=9\n", "1", {"hash_bits 9 is out of range"});
}

TEST(TextCodec, SaysWhatIsNoNumber) {
  expect_error("config version=2\nget m0 seven\n", "2", {"key 'seven' is not a number"});
  expect_error("config version=2\nget m0 -1\n", "2", {"key '-1' is not a number"});
  expect_error("config version=2\nset_hash 1 0x10000000000000000\n", "2",
               {"hash '0x10000000000000000'", "64 bits"});
  expect_error("config version=2\nget 0 1\n", "2", {"map '0': write m0 to m3"});
  expect_error("config version=2\nget m 1\n", "2", {"map 'm' is not a number"});
}

TEST(TextCodec, SaysWhatIsWrongWithTheConfiguration) {
  expect_error("put m0 1 2\n", "1", {"'put' before the configuration", "config version=2"});
  expect_error("# only this\n\n", "2", {"empty", "config version=2"});
  expect_error("", "1", {"empty"});
  expect_error("config hash=low\n", "1", {"names no version"});
  expect_error("config version=3\n", "1", {"version 3", "reads versions 1 to 2"});
  expect_error("config version=0\n", "1", {"version 0", "reads versions 1 to 2"});
  expect_error("config version=2 kind=u46\n", "1", {"u64, u64_object", "did you mean 'u64'?"});
  expect_error("config version=2 kind=99\n", "1", {"u64, u64_object"});
  expect_error("config version=2 hsh=low\n", "1",
               {"unknown configuration field 'hsh'", "did you mean 'hash'?"});
  expect_error("config version=2 hash=lw\n", "1", {"good, low, top", "did you mean 'low'?"});
  expect_error("config version=2 pacing\n", "1", {"name=value"});
  expect_error("config version=2 seed=1 seed=2\n", "1", {"'seed' is given twice"});
  expect_error("config version=2\nconfig version=2\n", "2", {"second 'config'"});
}

}  // namespace
}  // namespace gcmap::harness
