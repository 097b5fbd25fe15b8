#include "gcmap/internal/base/sometimes.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace gcmap {
namespace {

#if GCMAP_REPORT_SOMETIMES

std::string contents(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Two sites that only this process has.
[[noreturn]] void end_with_two_sites(const char* report) {
  setenv("GCMAP_SOMETIMES_FILE", report, 1);
  static internal::SometimesSite reached("of a process that ends: reached");
  static internal::SometimesSite never("of a process that ends: never");
  const internal::SometimesEntry entries[] = {internal::SometimesEntry(reached),
                                              internal::SometimesEntry(never)};
  static_cast<void>(entries);
  reached.hit();
  reached.hit();
  std::exit(0);
}

// Made before all static objects without a priority.
struct EarlyObject {
  EarlyObject() { GCMAP_SOMETIMES(true, "a static object is made before a site it hits"); }
};
[[gnu::init_priority(101)]] EarlyObject early_object;

TEST(SometimesDeathTest, AProcessAppendsWhatItHitAndWhatItMissed) {
  const std::string report = testing::TempDir() + "sometimes_report.txt";
  std::ofstream(report) << "hit of another process\n";
  EXPECT_EXIT(end_with_two_sites(report.c_str()), testing::ExitedWithCode(0), "");
  const std::string lines = contents(report);
  EXPECT_EQ(lines.find("hit of another process\n"), 0u) << lines;
  EXPECT_NE(lines.find("\nhit of a process that ends: reached\n"), std::string::npos) << lines;
  EXPECT_NE(lines.find("\nmissed of a process that ends: never\n"), std::string::npos) << lines;
  EXPECT_NE(lines.find("\nhit a static object is made before a site it hits\n"), std::string::npos) << lines;
  EXPECT_NE(lines.find(" a condition that holds in a test\n"), std::string::npos)
      << "unknown before it is reached";
  std::remove(report.c_str());
}

TEST(Sometimes, EvaluatesItsConditionOnce) {
  int evaluated = 0;
  GCMAP_SOMETIMES(++evaluated == 1, "a condition that holds in a test");
  EXPECT_EQ(evaluated, 1);
}

#else

TEST(Sometimes, EvaluatesNothingUnlessItReports) {
  int evaluated = 0;
  GCMAP_SOMETIMES(++evaluated == 1, "a condition that holds in a test");
  EXPECT_EQ(evaluated, 0);
}

#endif

}  // namespace
}  // namespace gcmap
