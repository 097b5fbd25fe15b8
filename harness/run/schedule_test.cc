// The walk must leave nothing out, run nothing twice, and say what it ran.
#include "harness/run/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "harness/program/codec_text.h"
#include "harness/run/interpreter.h"

namespace gcmap::harness {
namespace {

constexpr const char* kPrefix =
    "config version=2 cadence=0 barrier_buffer=1 piece=1 piece_roots=1 mark_stack=1\n"
    "new r0 2\n"
    "new r1 2\n";
constexpr size_t kBody = 2;

Program program_of(const std::string& body) {
  ParseError error;
  const std::optional<Program> program = parse(kPrefix + body, &error);
  EXPECT_TRUE(program) << error.to_string();
  return program.value_or(Program());
}

// Digests by schedule, of all that are walked.
std::map<std::string, uint64_t> walk_all(const Program& program, ScheduleBound bound) {
  std::map<std::string, uint64_t> digests;
  ScheduleWalk walk(program, kBody, bound);
  while (walk.next()) {
    EXPECT_FALSE(walk.verdict().failed()) << walk.verdict().detail;
    EXPECT_LE(walk.schedule().size(), bound.switches);
    EXPECT_TRUE(digests.emplace(print(walk.schedule()), walk.verdict().digest).second)
        << print(walk.schedule()) << " was walked twice";
  }
  EXPECT_EQ(walk.walked(), digests.size());
  return digests;
}

ScheduledSwitch at(uint32_t place, uint32_t choice) {
  ScheduledSwitch result;
  result.place = place;
  result.choice = choice;
  return result;
}

// All there can be of up to two switches, one by one, without the walk's order.
std::map<std::string, uint64_t> run_all(const Program& program, ScheduleBound bound, uint32_t places,
                                        uint32_t choices) {
  std::map<std::string, uint64_t> digests;
  const auto try_one = [&](const Schedule& schedule) {
    ScheduleWalk walk(program, kBody, bound);
    if (walk.run(schedule)) digests.emplace(print(schedule), walk.verdict().digest);
  };
  try_one({});
  for (uint32_t i = 0; i < places * choices; ++i) {
    const ScheduledSwitch first = at(i / choices, 1 + i % choices);
    try_one({first});
    for (uint32_t j = (first.place + 1) * choices; bound.switches > 1 && j < places * choices; ++j)
      try_one({first, at(j / choices, 1 + j % choices)});
  }
  return digests;
}

TEST(ScheduleWalk, LeavesOutOnlyWhatRepeatsAnother) {
  const Program program = program_of("link r0 0 r1\nrelease r1\n");
  const ScheduleBound bound{2, 4};
  const auto walked = walk_all(program, bound);
  const auto run = run_all(program, bound, 5, 24);
  std::set<uint64_t> walked_digests;
  for (const auto& [schedule, digest] : walked) {
    walked_digests.insert(digest);
    const auto found = run.find(schedule);
    ASSERT_NE(found, run.end()) << schedule;
    EXPECT_EQ(found->second, digest) << schedule;
  }
  EXPECT_LT(walked.size(), run.size());
  for (const auto& [schedule, digest] : run)
    EXPECT_TRUE(walked_digests.contains(digest)) << schedule << " ends as no schedule that was walked";
}

TEST(ScheduleWalk, WithoutSwitchesTheCollectorDoesNothing) {
  const Program program = program_of("new r2 2\n");
  const auto walked = walk_all(program, {0, 4});
  ASSERT_EQ(walked.size(), 1u);
  EXPECT_EQ(walked.begin()->first, "none");
  EXPECT_EQ(walked.begin()->second, run(scheduled_program(program, kBody, {})).digest);
}

TEST(ScheduleWalk, AScheduleDoesTheSameAsAProgram) {
  const Program program = program_of("new r2 6\nlink r2 3 r0\nmove r0 r1\n");
  ScheduleWalk walk(program, kBody, {2, 3});
  while (walk.next()) {
    const Program same = scheduled_program(program, kBody, walk.schedule());
    const Verdict verdict = run(same);
    ASSERT_EQ(verdict.kind, VerdictKind::kOk) << verdict.detail;
    ASSERT_EQ(verdict.digest, walk.verdict().digest) << print(walk.schedule()) << "\n" << print(same);
  }
  EXPECT_GT(walk.walked(), 1000u);
}

TEST(ScheduleWalk, AnArmedOperationKeepsItsArms) {
  const Program program = program_of("fail 1\nnew r2 2\nrelease r0\n");
  const auto kinds = [&] {
    std::string text;
    for (const Operation& operation : with_safepoints(program, kBody))
      text += std::string(info_of(operation.kind).text) + " ";
    return text;
  }();
  EXPECT_EQ(kinds, "safepoint fail new safepoint release safepoint ");
  EXPECT_GT(walk_all(program, {1, 4}).size(), 10u);
}

TEST(Schedule, ChoicesGoFromLessToMore) {
  for (const Phase phase : {Phase::kIdle, Phase::kMark, Phase::kSweep}) {
    EXPECT_TRUE(scheduled_choices(phase, false, false, 2).back().collect);
    for (const PacingDecision& decision : scheduled_choices(phase, false, true, 2)) {
      EXPECT_FALSE(decision.terminate || decision.sweep_spans > 0 || decision.collect) << name_of(phase);
    }
  }
  EXPECT_EQ(scheduled_choices(Phase::kIdle, false, true, 2).size(), 4u);  // start; and one, two, all units
  EXPECT_EQ(scheduled_choices(Phase::kMark, false, true, 2).size(), 3u);  // one, two, all units
  EXPECT_EQ(scheduled_choices(Phase::kMark, true, true, 2).size(), 0u);
  EXPECT_EQ(scheduled_choices(Phase::kMark, true, false, 2).size(),
            5u);  // terminate; and one, two, all spans; whole
  EXPECT_EQ(scheduled_choices(Phase::kSweep, false, true, 2).size(), 0u);
  EXPECT_EQ(scheduled_choices(Phase::kSweep, false, false, 2).size(), 4u);
}

TEST(Schedule, TextIsReadBackOrRefused) {
  for (const char* text : {"none", "0:1", "12:3,17:1", "3:4,4:1,5:20"}) {
    const auto schedule = parse_schedule(text);
    ASSERT_TRUE(schedule) << text;
    EXPECT_EQ(print(*schedule), text);
  }
  for (const char* text : {"", "1", "1:", ":1", "1:0", "1:1,", "2:1,1:1", "2:1,2:2", "1:1 ", "1:1;2:2",
                           "-1:1", "1:1:1", "1,1:1", "x", "4294967296:1", "None"}) {
    EXPECT_FALSE(parse_schedule(text)) << '"' << text << '"';
  }
}

}  // namespace
}  // namespace gcmap::harness
