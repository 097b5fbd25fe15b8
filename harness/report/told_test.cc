#include "harness/report/told.h"

#include <gtest/gtest.h>

namespace gcmap::harness {
namespace {

std::string round(Told& told, const std::map<uint64_t, std::string>& things) {
  JsonText line;
  line.begin_object();
  for (const auto& [id, json] : things) told.tell(id, json);
  told.end(line);
  return line.end_object().text();
}

TEST(Told, SaysWhatIsNewAndWhatIsGone) {
  Told told("spans", "spans_gone");
  EXPECT_EQ(round(told, {{1, "[1]"}, {2, "[2]"}}), R"({"spans":[[1],[2]]})");
  EXPECT_EQ(round(told, {{1, "[1]"}, {2, "[2]"}}), "{}");
  EXPECT_EQ(round(told, {{1, "[1]"}, {2, "[3]"}}), R"({"spans":[[3]]})");
  EXPECT_EQ(round(told, {{2, "[3]"}}), R"({"spans_gone":[1]})");
  EXPECT_EQ(round(told, {{1, "[1]"}, {2, "[3]"}}), R"({"spans":[[1]]})") << "what comes back is new";
}

}  // namespace
}  // namespace gcmap::harness
