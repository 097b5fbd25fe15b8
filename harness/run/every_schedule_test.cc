// Short programs under every schedule within their bounds (harness/run/schedule.h): no lost object, no
// lost barrier, no unsound structure in any interleaving with the collector, and the same run again gives
// the same digest.
//
// Each program runs with the harness's oracles: G1 and G2 at phase changes, G3 after every operation, G9 at
// every store, verifiers of heap and maps at phase changes and after every operation, and at the end the live
// set exactly, all by the model's own graph (harness/run/ending.h). The heaps have tiny constants, so
// that buffers overflow, stacks lose entries and objects come in pieces.
//
// A program is a few words of operations: see kPrograms. The figure behind a bound is how many schedules
// there are at least; it is asserted, so that no walk becomes an empty one. One more switch, for whoever has
// the time:
//   GCMAP_SCHEDULE_SWITCHES=1 gcmap_harness_test --gtest_filter='*EverySchedule*'
// A failure prints the line that repeats its schedule, and a program that does the same without a walk.
//
// What it finds: docs/HACKING.md.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "harness/program/codec_text.h"
#include "harness/program/repeat.h"
#include "harness/run/child.h"
#include "harness/run/schedule.h"

namespace gcmap::harness {
namespace {

struct Bound {
  const char* name = nullptr;
  ScheduleBound bound = {};
  uint64_t schedules_min = 0;
};

struct ShortProgram {
  const char* name;
  const char* config;  // on top of the tiny constants
  const char* prefix;  // operations, semicolons between them
  const char* body;
  Bound bounds[2];  // the second one may be missing
};

constexpr ShortProgram kPrograms[] = {
    // Objects and roots. Roots are scanned newest first.
    {"MoveBetweenRoots",
     "",
     "new r0 2; new r1 2; new r2 2",
     "move r3 r0; move r0 r1; move r1 r3; move r2 r0",
     {{"", {3, 8}, 7'000}}},
    {"RootsToBlackObject",  // three: one more than a barrier buffer holds
     "",
     "new r0 2; new r1 2; new r2 2; new r3 3",
     "link r3 0 r0; release r0; link r3 1 r1; release r1; link r3 2 r2; release r2",
     {{"", {3, 8}, 30'000}}},
    {"HeapToScannedRoot",
     "",
     "new r0 2; new r1 2; link r0 0 r1; release r1",
     "load r1 r0 0; unlink r0 0; link r1 1 r0; release r0",
     {{"", {3, 8}, 3'500}}},
    {"ChainRelinked",
     "",
     "new r0 2; new r1 2; new r2 2; link r0 0 r1; link r1 0 r2; release r2; release r1",
     "load r1 r0 0; load r2 r1 0; unlink r1 0; link r2 0 r1; link r0 0 r2; release r1; release r2",
     {{"", {2, 8}, 2'000}}},
    {"EdgesSwapped",
     "",
     "new r0 2; new r1 2; new r2 2; link r0 0 r1; link r0 1 r2; release r1; release r2",
     "load r1 r0 0; load r2 r0 1; link r0 0 r2; link r0 1 r1; release r1; release r2",
     {{"", {2, 8}, 1'800}}},
    {"DroppedAndLinkedAgain",
     "",
     "new r0 2; new r1 2; new r2 2; link r0 0 r1; link r1 0 r2; release r1; release r2; new r1 2",
     "load r2 r0 0; unlink r0 0; link r1 1 r2; release r2; load r2 r1 1",
     {{"", {2, 8}, 1'300}}},
    {"LargeObjectInPieces",
     "",
     "new r0 12; new r1 2; link r0 11 r1; release r1",
     "load r1 r0 11; link r0 0 r1; unlink r0 11; release r1; load r1 r0 0",
     {{"", {3, 8}, 12'000}}},
    {"BornWhileMarking",
     "",
     "new r0 2",
     "new r1 2; link r0 0 r1; new r1 2; link r1 0 r0; release r0",
     {{"", {2, 8}, 3'000}}},
    // Two mutators: one sleeps, with pointers in its barrier buffer and spans in its cache.
    {"HandedToAMutatorThatSlept",
     "mutators=2",
     "new r0 2; enter t1; new r1 2; enter t0",
     "enter t1; link r0 0 r1; release r1; enter t0; load r2 r0 0; unlink r0 0",
     {{"", {3, 8}, 14'000}}},
    {"TwoMutatorsAllocate",
     "mutators=2",
     "new r0 2; enter t1; new r1 2; enter t0",
     "new r2 2; link r0 0 r2; enter t1; new r2 2; link r1 0 r2",
     {{"", {2, 4}, 5'000}}},
    // What hangs on objects: weak references, finalizers, weak keys, watches.
    {"WeakRead",
     "",
     "new r0 2; new r1 2; link r0 0 r1; release r1; weaken w0 r0",
     "release r0; strengthen r1 w0; load r2 r1 0; release r1; strengthen r3 w0",
     {{"", {2, 8}, 1'200}}},
    {"FinalizerRevives",  // object 1, which root 1 then holds
     "",
     "new r0 2; new r1 2; link r0 0 r1; release r1; finalize r0 keep; weaken w0 r0",
     "release r0; strengthen r2 w0; release r2; run_finalizers 4; load r3 r1 0; release r1",
     {{"", {2, 8}, 1'400}}},
    {"FinalizersInOrder",
     "",
     "new r0 2; new r1 2; link r0 0 r1; finalize r0 nothing; finalize r1 nothing; release r1",
     "release r0; run_finalizers 1; run_finalizers 1; run_finalizers 1",
     {{"", {3, 8}, 3'000}}},
    {"FinalizerSetWhileMarking",
     "",
     "new r0 2; new r1 2; link r0 1 r1; release r1",
     "finalize r0 nothing; release r0; run_finalizers 2; new r2 2",
     {{"", {3, 8}, 12'000}}},
    {"WeakKeysInAChain",
     "",
     "new r0 2; new r1 2; new r2 2; annotate k0 r0 r1; annotate k1 r1 r2; release r1; release r2",
     "recall r3 k0 r0; release r0; recall r4 k1 r3; release r3; recall r0 k1 r4",
     {{"", {2, 8}, 550}}},
    {"WeakKeySetWhileMarking",
     "",
     "new r0 2; new r1 2; new r2 2",
     "annotate k0 r0 r1; release r1; annotate k0 r0 r2; release r2; recall r1 k0 r0",
     {{"", {2, 8}, 800}}},
    {"WatchedAndFinalized",  // object 1, which root 1 then holds
     "",
     "new r0 2; watch r0; finalize r0 keep",
     "release r0; poll; run_finalizers 1; poll; release r1; poll",
     {{"", {2, 8}, 450}}},
    {"WeakValueRead",
     "",
     "new r0 2; weak_put 1 r0",
     "release r0; weak_get r1 1; weak_put 2 r1; release r1; weak_get r2 2; weak_erase 1",
     {{"", {2, 8}, 4'000}}},
    // Pools and arenas.
    {"TakenFromThePool",
     "",
     "new r0 2; new r1 2; link r0 0 r1; release r1; pool_put r0",
     "pool_get r2; load r1 r2 0; release r2; pool_put r1; pool_get r3",
     {{"", {2, 8}, 4'500}}},
    {"ArenaFreedWhileMarking",
     "",
     "arena_new r0 2; new r1 2; link r0 0 r1; release r1",
     "load r1 r0 0; arena_free; new r2 2; link r2 0 r1; release r1; load r3 r2 0",
     {{"", {3, 8}, 38'000}}},
    {"ArenaObjectInTheHeap",
     "",
     "new r0 2; arena_new r1 2; link r0 0 r1",
     "release r1; load r2 r0 0; release r0; new r3 2; link r2 1 r3; release r3; load r3 r2 1; arena_free",
     {{"", {2, 8}, 4'000}}},
    // Objects in maps.
    {"StoredInAMap",
     "kind=u64_object",
     "put m0 1 1; new r0 2",
     "store m0 1 r0; release r0; fetch r1 m0 1; erase m0 1; store m0 2 r1; release r1",
     {{"", {2, 8}, 2'500}}},
    {"ValueOverwritten",
     "kind=u64_object",
     "put m0 1 1; put m0 2 2",
     "put m0 1 3; fetch r0 m0 2; put m0 2 4",
     {{"", {2, 4}, 3'000}}},
    {"ObjectAsKey",
     "kind=object_u64",
     "put m0 1 1; put m0 2 2",
     "put m0 3 3; erase m0 1; put m0 1 4",
     {{"", {2, 4}, 4'000}}},
    // Growth. One switch anywhere in detail, and two in outline.
    {"OneBucketBecomesTwo",
     "kind=u64_object",
     "put_run m0 0 8 0",
     "put m0 8 0; erase m0 3",
     {{"", {2, 1}, 6'000}, {"InDetail", {1, 64}, 300}}},
    {"TwoBucketsBecomeFour",
     "kind=u64_object",
     "put_run m0 0 13 0",
     "put m0 13 0",
     {{"", {2, 1}, 9'000}, {"InDetail", {1, 64}, 500}}},
    {"GrowsToTheSameSize",
     "kind=u64_object hash=identity",
     "put m0 0 0; put m0 2 0; put m0 4 0; put m0 6 0; put m0 8 0; put m0 10 0; put m0 12 0; put m0 14 0; "
     "put m0 16 0; erase m0 0; erase m0 2; erase m0 4; erase m0 6; erase m0 8; erase m0 10; erase m0 12; "
     "put m0 1 0; put m0 3 0; put m0 5 0; put m0 7 0; put m0 9 0; put m0 11 0; put m0 13 0; put m0 15 0; "
     "put m0 17 0",
     "put m0 18 0; erase m0 1",
     {{"InDetail", {1, 64}, 500}}},
    {"ErasedAndPutWhileEvacuating",
     "kind=u64_object",
     "put_run m0 0 27 0",
     "erase m0 3; put m0 3 1",
     {{"", {2, 1}, 3'000}, {"InDetail", {1, 64}, 500}}},
    {"IteratorOverAGrowingMap",
     "kind=u64_object",
     "put_run m0 0 13 0; iterate m0 i0 0 0; advance i0 2",
     "put m0 13 0; advance i0 20",
     {{"", {2, 1}, 9'000}, {"InDetail", {1, 64}, 500}}},
    {"ClearedWhileGrowing",
     "kind=u64_object",
     "put_run m0 0 27 0; iterate m0 i0 1 0; advance i0 1",
     "clear m0; put m0 1 1; advance i0 30",
     {{"", {2, 1}, 900}, {"InDetail", {1, 64}, 300}}},
    {"ClonedWhileGrowing",
     "kind=u64_object",
     "put_run m0 0 27 0",
     "clone m1 m0; drop m0; put m1 1 5",
     {{"", {2, 1}, 2'000}, {"InDetail", {1, 64}, 500}}},
};

constexpr const char* kTiny =
    "config version=2 cadence=0 barrier_buffer=2 piece=1 piece_roots=1 refill_sweeps=1 ";

// Freed slots are used again at once, or wait for two more: less can go wrong then, and bounds are lower.
struct Variant {
  const char* name;
  const char* config;
  uint32_t fewer_switches;
};
constexpr Variant kVariants[] = {{"UsedAgainAtOnce", "mark_stack=1 ", 0},
                                 {"InQuarantine", "mark_stack=2 quarantine=2 ", 1}};

struct Case {
  const ShortProgram* program;
  Bound bound;  // of the variant
  Variant variant;

  std::string name() const {
    return std::string(program->name) + (*bound.name != '\0' ? "_" : "") + bound.name + "_" + variant.name;
  }
};

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const ShortProgram& program : kPrograms) {
    for (const Bound& bound : program.bounds) {
      for (const Variant& variant : kVariants) {
        if (bound.name == nullptr) continue;
        cases.push_back({&program, bound, variant});
        Bound& lowered = cases.back().bound;
        if (variant.fewer_switches == 0) continue;
        if (lowered.bound.switches > variant.fewer_switches) lowered.bound.switches -= variant.fewer_switches;
        lowered.schedules_min = 20;
      }
    }
  }
  return cases;
}

// The programs of a case: what is walked, and where its body begins.
struct Prepared {
  Program program;
  size_t body = 0;
};

Prepared prepare(const Case& walked) {
  const auto parsed = [&](const std::string& operations) {
    std::string text =
        kTiny + std::string(walked.variant.config) + walked.program->config + "\n" + operations + "\n";
    std::replace(text.begin(), text.end(), ';', '\n');
    ParseError error;
    const std::optional<Program> program = parse(text, &error);
    EXPECT_TRUE(program) << walked.program->name << ": " << error.to_string();
    return program.value_or(Program());
  };
  const std::string prefix = walked.program->prefix;
  return {parsed(prefix + "\n" + walked.program->body), parsed(prefix).operations.size()};
}

// What a child that walks has come to, in memory its parent sees: it may die under any schedule.
class Progress {
 public:
  Progress() {
    void* const memory =
        ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) std::abort();
    shared_ = new (memory) Shared;
  }
  ~Progress() { ::munmap(shared_, sizeof(Shared)); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void begin(const Schedule& schedule) {
    ++shared_->begun;
    shared_->size = std::min(schedule.size(), kSwitchesMax);
    std::copy_n(schedule.begin(), shared_->size, shared_->switches);
  }
  void end(const ScheduleWalk& walk) {
    shared_->walked = walk.walked();
    shared_->places_max = walk.places_max();
  }

  Schedule schedule() const { return {shared_->switches, shared_->switches + shared_->size}; }
  uint64_t begun() const { return shared_->begun; }
  uint64_t walked() const { return shared_->walked; }
  uint64_t places_max() const { return shared_->places_max; }

 private:
  static constexpr size_t kSwitchesMax = 16;
  struct Shared {
    uint64_t begun = 0;
    uint64_t walked = 0;
    uint64_t places_max = 0;
    size_t size = 0;
    ScheduledSwitch switches[kSwitchesMax];
  };
  Shared* shared_;
};

// Each schedule has this much processor time: none ends in thousandths of it, unless it hangs.
void limit_processor_time() {
  itimerval limit = {};
  limit.it_value.tv_sec = 10;
  ::setitimer(ITIMER_PROF, &limit, nullptr);
}
constexpr uint32_t kWalkMsMax = 86'400'000;  // a day: walks may be long

// The one schedule to run, and switches to add to every bound: from the environment. What cannot be
// understood ends the process.
[[noreturn]] void refuse(const std::string& line) {
  std::fprintf(stderr, "%s\n", line.c_str());
  std::fflush(stdout);
  std::_Exit(2);
}

std::optional<Schedule> wanted_schedule() {
  const char* const text = std::getenv("GCMAP_SCHEDULE");
  if (text == nullptr) return std::nullopt;
  const std::optional<Schedule> schedule = parse_schedule(text);
  if (!schedule) {
    refuse("GCMAP_SCHEDULE is \"" + std::string(text) +
           "\"; it must be places and choices like 12:3,17:1, places rising and choices from 1, or none");
  }
  return schedule;
}

uint32_t further_switches() {
  const char* const text = std::getenv("GCMAP_SCHEDULE_SWITCHES");
  if (text == nullptr) return 0;
  const std::string_view digit = text;
  if (digit.size() != 1 || digit < "0" || digit > "4") {
    refuse("GCMAP_SCHEDULE_SWITCHES is \"" + std::string(text) +
           "\"; it must be how many switches to add to each bound, 0 to 4");
  }
  return static_cast<uint32_t>(digit[0] - '0');
}

class EverySchedule : public testing::TestWithParam<Case> {
 protected:
  static void SetUpTestSuite() {
    wanted_schedule();
    further_switches();
  }

  // Walks in this process. Every so often the same run once more, as a program: G8.
  Verdict walk(const Program& program, size_t body, Progress& progress) {
    constexpr uint64_t kRepeatEvery = 101;
    ScheduleBound bound = GetParam().bound.bound;
    bound.switches += further_switches();
    ScheduleWalk walk(program, body, bound, [&](const Schedule& schedule) {
      progress.begin(schedule);
      limit_processor_time();
    });
    while (!walk.verdict().failed() && walk.next()) {
      progress.end(walk);
      if (walk.walked() % kRepeatEvery != 0 || walk.verdict().failed()) continue;
      Verdict again = run(scheduled_program(program, body, walk.schedule()));
      if (again.failed()) return again;
      if (again.digest == walk.verdict().digest) continue;
      again.kind = VerdictKind::kBug;
      again.oracle = "G8";
      again.detail = "the schedule as a program ended with another digest";
      return again;
    }
    return walk.verdict();
  }

  static Verdict run_one(const Program& program, size_t body, const Schedule& schedule) {
    ScheduleWalk walk(program, body, GetParam().bound.bound);
    Verdict verdict;
    if (!walk.run(schedule)) {
      verdict.kind = VerdictKind::kMisuse;
    } else {
      verdict = walk.verdict();
    }
    return verdict;
  }

  static std::string how_to_repeat(const Schedule& schedule) {
    return "repeat: GCMAP_SCHEDULE=" + shell_quoted(print(schedule)) + " " +
           shell_quoted(std::filesystem::read_symlink("/proc/self/exe").string()) +
           " '--gtest_filter=*EverySchedule*/" + GetParam().name() + "'";
  }
};

TEST_P(EverySchedule, IsSound) {
  const Prepared prepared = prepare(GetParam());
  const std::optional<Schedule> wanted = wanted_schedule();
  Progress progress;
  ChildOptions options;
  options.cpu_ms_max = kWalkMsMax;
  options.runner = [&](const Program& program, const RunOptions&) {
    return wanted ? run_one(program, prepared.body, *wanted) : walk(program, prepared.body, progress);
  };
  std::string report;
  const Verdict verdict = run_in_child(prepared.program, options, &report);
  if (wanted) {
    if (verdict.kind == VerdictKind::kMisuse)
      refuse("GCMAP_SCHEDULE is \"" + print(*wanted) + "\"; " + GetParam().name() +
             " has no such place or choice");
    EXPECT_FALSE(verdict.failed()) << verdict.oracle << ": " << verdict.detail << "\n"
                                   << report << how_to_repeat(*wanted);
    return;
  }
  const Schedule schedule = progress.schedule();
  ASSERT_FALSE(verdict.failed()) << GetParam().name() << ", schedule " << print(schedule) << ": "
                                 << verdict.oracle << ": " << verdict.detail << "\nafter "
                                 << progress.walked() << " others\n"
                                 << print(scheduled_program(prepared.program, prepared.body, schedule))
                                 << report << how_to_repeat(schedule);
  ASSERT_EQ(verdict.kind, VerdictKind::kOk) << verdict.detail;
  std::printf("%s: %lu schedules of up to %lu places (%lu runs)\n", GetParam().name().c_str(),
              progress.walked(), progress.places_max(), progress.begun());
  EXPECT_GE(progress.walked(), GetParam().bound.schedules_min);
}

void PrintTo(const Case& walked, std::ostream* out) {
  *out << walked.name();
}

INSTANTIATE_TEST_SUITE_P(Programs, EverySchedule, testing::ValuesIn(all_cases()),
                         [](const auto& test) { return test.param.name(); });

TEST(EveryScheduleOfAll, IsMoreThanAHundredThousand) {
  uint64_t schedules_min = 0;
  for (const Case& walked : all_cases()) schedules_min += walked.bound.schedules_min;
  EXPECT_GE(schedules_min, 100'000u);
}

}  // namespace
}  // namespace gcmap::harness
