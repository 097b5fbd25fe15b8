// What a failing property tells.
#include "properties/property.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "harness/program/load.h"

namespace gcmap::properties {
namespace {

using harness::Operation;
using harness::OpKind;
using harness::Program;
using harness::Verdict;

class PropertyReport : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::vector<std::filesystem::path> files() const {
    std::vector<std::filesystem::path> found;
    if (!std::filesystem::exists(folder_)) return found;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) found.push_back(entry.path());
    return found;
  }

  static Property property(const char* name, std::function<void()> body) {
    return {"Suite", name, "properties/some_test.cc", 42, std::move(body)};
  }

  static std::vector<std::string> lines(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> result;
    for (std::string line; std::getline(stream, line);) result.push_back(line);
    return result;
  }

  // Thirty look-ups and a collection among them.
  static Program program() {
    Program made;
    made.operations.assign(30, {.kind = OpKind::kGet, .c = 1});
    made.operations[11] = {.kind = OpKind::kCollect};
    return made;
  }

  static Verdict without_collections(const Program& program) {
    const auto collects = [](const Operation& op) { return op.kind == OpKind::kCollect; };
    return std::ranges::any_of(program.operations, collects) ? differs("it collects") : Verdict{};
  }

  const std::string folder_ = testing::TempDir() + "gcmap-properties-" + std::to_string(getpid()) + "/deep";
};

TEST_F(PropertyReport, NothingIsToldOfAPropertyThatHolds) {
  EXPECT_EQ(check(property("Holds", [] { holds_for({}, without_collections); }), folder_), std::nullopt);
  EXPECT_TRUE(files().empty());
}

TEST_F(PropertyReport, AFailureNamesPlaceDifferenceProgramAndWhatRepeatsIt) {
  const auto told = check(property("Collects", [] { holds_for(program(), without_collections); }), folder_);
  ASSERT_TRUE(told);
  const auto said = lines(*told);
  ASSERT_EQ(said.size(), 4u) << *told;
  ASSERT_EQ(files().size(), 1u);
  EXPECT_EQ(said[0], "Suite.Collects fails at properties/some_test.cc:42");
  EXPECT_EQ(said[1], "RELATION@end: it collects");
  EXPECT_EQ(said[2], "program: " + files()[0].string() + " (1 operations)");
  const size_t text = said[3].find(" --reproduce ") + std::strlen(" --reproduce ");
  EXPECT_TRUE(said[3].starts_with("repeat: ./dev properties Suite.Collects")) << said[3];
  EXPECT_GT(said[3].size(), text + 20) << said[3];
  EXPECT_EQ(said[3].find(' ', text), std::string::npos) << said[3];
}

TEST_F(PropertyReport, TheProgramIsReducedAndLoads) {
  check(property("Collects", [] { holds_for(program(), without_collections); }), folder_);
  ASSERT_EQ(files().size(), 1u);
  const harness::LoadResult loaded = harness::load_program(files()[0].string());
  ASSERT_TRUE(loaded.program) << loaded.error;
  EXPECT_EQ(loaded.program->operations, (std::vector<Operation>{{.kind = OpKind::kCollect}}));
}

TEST_F(PropertyReport, EachPropertyWritesAFileOfItsOwn) {
  check(property("One", [] { fail(program(), without_collections(program())); }), folder_);
  check(property("Other", [] { fail(program(), without_collections(program())); }), folder_);
  EXPECT_EQ(files().size(), 2u);
}

TEST_F(PropertyReport, TheLastCaseThatFailedIsTheSmallest) {
  const auto told = check(property("Shrinks",
                                   [] {
                                     const auto size = *rc::gen::inRange<size_t>(0, 100);
                                     Program made;
                                     made.operations.assign(size, {.kind = OpKind::kCollect});
                                     if (size >= 7) fail(made, differs("too long"));
                                   }),
                          folder_);
  ASSERT_TRUE(told);
  EXPECT_NE(told->find("(7 operations)"), std::string::npos) << *told;
}

TEST_F(PropertyReport, ADeathLeavesTheProgramThatRan) {
  const auto told = check(property("Dies",
                                   [] {
                                     about_to_run(program());
                                     ::raise(SIGTERM);
                                   }),
                          folder_);
  ASSERT_TRUE(told);
  const auto said = lines(*told);
  ASSERT_EQ(said.size(), 4u) << *told;
  EXPECT_EQ(said[1], "SIGTERM@end: the process died (above); its last program does not fail by itself");
  ASSERT_EQ(files().size(), 1u);
  EXPECT_EQ(*harness::load_program(files()[0].string()).program, program());
  EXPECT_TRUE(said[3].starts_with("repeat: ./dev properties Suite.Dies")) << said[3];
  EXPECT_NE(said[3].find(" --seed "), std::string::npos) << said[3];
}

TEST_F(PropertyReport, AChildThatIsKilledFromOutsideIsNoFailureOfTheProperty) {
  EXPECT_EXIT(check(property("Killed", [] { ::raise(SIGKILL); }), folder_), testing::ExitedWithCode(2),
              "gcmap_properties: Suite.Killed: its child was ended by SIGKILL");
}

TEST_F(PropertyReport, AnAssertionWithoutAProgramIsRepeatedAsWell) {
  const auto told = check(property("Asserts", [] { RC_ASSERT(1 + 1 == 3); }), folder_);
  ASSERT_TRUE(told);
  EXPECT_EQ(lines(*told).front(), "Suite.Asserts fails at properties/some_test.cc:42");
  EXPECT_TRUE(lines(*told).back().starts_with("repeat: ./dev properties Suite.Asserts")) << *told;
}

}  // namespace
}  // namespace gcmap::properties
