// The text form: round trips, and what a person is told about a mistake.
#include "harness/codec_text.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/random.h"
#include "harness/codec_binary.h"
#include "harness/operands.h"

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
    std::vector<uint8_t> bytes(kRecordBytes * (1 + random.below(20)));
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random.next());
    for (size_t at = kRecordBytes; at < bytes.size(); at += kRecordBytes) {
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
      "config version=1 hash=low hash_bits=3 pacing=growth swarm=0x11\n"
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

TEST(TextCodec, CommentsBlankLinesAndForeignLineEndsAreFine) {
  const std::optional<Program> program = parse(
      "\xef\xbb\xbf# why this program is here\r\n\r\n  config   version=1 # first\r\n\tput m0 0x10 "
      "2#two\r\n# end",
      nullptr);
  ASSERT_TRUE(program);
  ASSERT_EQ(program->operations.size(), 1u);
  EXPECT_EQ(program->operations[0].c, 16u);
}

TEST(TextCodec, DefaultsAreLeftOut) {
  EXPECT_EQ(print(Program{}), "config version=1\n");
}

TEST(TextCodec, SaysWhichOperationWasMeant) {
  expect_error("config version=1\nputt m0 1 2\n", "2",
               {"unknown operation 'putt'", "did you mean 'put'?", "gcmap ops"});
  expect_error("config version=1\n\nerase_rum m0 1 2\n", "3", {"did you mean 'erase_run'?"});
  EXPECT_EQ(error_of("config version=1\nqqqqqqqqqq\n").find("did you mean"), std::string::npos);
}

TEST(TextCodec, SaysWhatOperandsAreMissing) {
  expect_error("config version=1\nput m0 1\n", "2",
               {"'put' takes 3 operands, found 2", "'put <map> <key> <value>'"});
  expect_error("config version=1\nclear\n", "2", {"takes 1 operand, found 0"});
  expect_error("config version=1\ncollect 3\n", "2",
               {"'collect' takes 0 operands, found 1; write 'collect'"});
}

TEST(TextCodec, SaysWhereARangeEnds) {
  expect_error("config version=1\nget m0 16777216\n", "2", {"key 16777216 is out of range", "0 to 16777215"});
  expect_error("config version=1\nclear m9\n", "2", {"map m9 is out of range", "0 to 3"});
  expect_error("config version=1\nadvance i0 0\n", "2", {"count 0 is out of range", "1 to 4096"});
  expect_error("config version=1 hash_bits=9\n", "1", {"hash_bits 9 is out of range"});
}

TEST(TextCodec, SaysWhatIsNoNumber) {
  expect_error("config version=1\nget m0 seven\n", "2", {"key 'seven' is not a number"});
  expect_error("config version=1\nget m0 -1\n", "2", {"key '-1' is not a number"});
  expect_error("config version=1\nset_hash 1 0x10000000000000000\n", "2",
               {"hash '0x10000000000000000'", "64 bits"});
  expect_error("config version=1\nget 0 1\n", "2", {"map '0': write m0 to m3"});
  expect_error("config version=1\nget m 1\n", "2", {"map 'm' is not a number"});
}

TEST(TextCodec, SaysWhatIsWrongWithTheConfiguration) {
  expect_error("put m0 1 2\n", "1", {"'put' before the configuration", "config version=1"});
  expect_error("# only this\n\n", "2", {"empty", "config version=1"});
  expect_error("", "1", {"empty"});
  expect_error("config hash=low\n", "1", {"names no version"});
  expect_error("config version=2\n", "1", {"version 2", "reads version 1"});
  expect_error("config version=1 hsh=low\n", "1",
               {"unknown configuration field 'hsh'", "did you mean 'hash'?"});
  expect_error("config version=1 hash=lw\n", "1", {"good, low, top", "did you mean 'low'?"});
  expect_error("config version=1 pacing\n", "1", {"name=value"});
  expect_error("config version=1 seed=1 seed=2\n", "1", {"'seed' is given twice"});
  expect_error("config version=1\nconfig version=1\n", "2", {"second 'config'"});
}

}  // namespace
}  // namespace gcmap::harness
