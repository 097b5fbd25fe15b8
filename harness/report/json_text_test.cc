#include "harness/report/json_text.h"

#include <gtest/gtest.h>

namespace gcmap::harness {
namespace {

TEST(JsonText, CommasComeBetweenMembersAndNowhereElse) {
  JsonText json;
  json.begin_object().key("a").number(1).key("b").begin_array().number(2).null().begin_array().end_array();
  json.end_array().key("c").begin_object().end_object().key("d").boolean(false).end_object();
  EXPECT_EQ(json.text(), R"({"a":1,"b":[2,null,[]],"c":{},"d":false})");
}

TEST(JsonText, NumbersThatReadersRoundAreStrings) {
  JsonText json;
  json.begin_array().number(JsonText::kExactMax).number(JsonText::kExactMax + 1).end_array();
  EXPECT_EQ(json.text(), R"([9007199254740991,"9007199254740992"])");
}

TEST(JsonText, StringsHoldQuotesBackslashesAndControlCharacters) {
  JsonText json;
  json.string("a \"b\" \\ \x1b\xff\n");
  EXPECT_EQ(json.text(), R"("a \"b\" \\ \\x1b\\xff\\x0a")");
}

}  // namespace
}  // namespace gcmap::harness
