#include "harness/schedule.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/time.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "harness/child.h"
#include "harness/codec_text.h"

namespace gcmap::harness {
namespace {

// Constants that make rare paths common.
constexpr std::string_view kTiny =
    "config version=2 cadence=0 barrier_buffer=2 piece=1 piece_roots=1 refill_sweeps=1 ";

struct ShortProgram {
  const char* name;
  const char* config;  // on top of kTiny
  const char* prefix;  // operations, with semicolons between
  const char* body;
  ScheduleBound bound;
};

constexpr ShortProgram kPrograms[] = {
    {"MoveBetweenRoots", "", "new r0 2; new r1 2; new r2 2", "move r3 r0; move r0 r1; move r1 r3; move r2 r0", {3, 8}},
    {"RootToBlackObject", "", "new r0 2; new r1 2; new r2 2",
     "link r2 0 r0; release r0; link r2 1 r1; release r1; load r0 r2 0", {3, 8}},
    {"HeapToScannedRoot", "", "new r0 2; new r1 2; link r0 0 r1; release r1",
     "load r1 r0 0; unlink r0 0; link r1 1 r0; release r0", {3, 8}},
    {"ChainRelinked", "",
     "new r0 2; new r1 2; new r2 2; link r0 0 r1; link r1 0 r2; release r2; release r1",
     "load r1 r0 0; load r2 r1 0; unlink r1 0; link r2 0 r1; link r0 0 r2; release r1; release r2", {2, 8}},
    {"EdgesSwapped", "",
     "new r0 2; new r1 2; new r2 2; link r0 0 r1; link r0 1 r2; release r1; release r2",
     "load r1 r0 0; load r2 r0 1; link r0 0 r2; link r0 1 r1; release r1; release r2", {3, 8}},
    {"DroppedAndLinkedAgain", "",
     "new r0 2; new r1 2; new r2 2; link r0 0 r1; link r1 0 r2; release r1; release r2; new r1 2",
     "load r2 r0 0; unlink r0 0; link r1 1 r2; release r2; load r2 r1 1", {2, 8}},
    {"HandedToAMutatorThatSlept", "mutators=2", "new r0 2; enter t1; new r1 2; enter t0",
     "enter t1; link r0 0 r1; release r1; enter t0; load r2 r0 0; unlink r0 0", {3, 8}},
    {"TwoMutatorsAllocate", "mutators=2", "new r0 2; enter t1; new r1 2; enter t0",
     "new r2 2; link r0 0 r2; enter t1; new r2 2; link r1 0 r2; enter t0; new r2 2", {1, 8}},
    {"LargeObjectInPieces", "", "new r0 12; new r1 2; link r0 11 r1; release r1",
     "load r1 r0 11; link r0 0 r1; unlink r0 11; release r1; load r1 r0 0", {3, 8}},
    {"BornWhileMarking", "", "new r0 2", "new r1 2; link r0 0 r1; new r1 2; link r1 0 r0; release r0", {2, 8}},
    {"StoredInAMap", "kind=u64_object", "make m0 0; put m0 1 1; new r0 2",
     "store m0 1 r0; release r0; fetch r1 m0 1; erase m0 1; store m0 2 r1; release r1", {2, 8}},
    {"ValueOverwritten", "kind=u64_object", "put m0 1 1; put m0 2 2", "put m0 1 3; fetch r0 m0 2; put m0 2 4", {2, 8}},
    {"ObjectAsKey", "kind=object_u64", "put m0 1 1; put m0 2 2", "put m0 3 3; erase m0 1; put m0 1 4", {2, 4}},
    {"MapOfTwoBucketsGrows", "kind=u64_object", "put_run m0 0 13 0", "put m0 13 0; get m0 3", {1, 32}},
    {"GrowsToTheSameSize", "kind=u64_object hash=identity",
     "put m0 0 0; put m0 2 0; put m0 4 0; put m0 6 0; put m0 8 0; put m0 10 0; put m0 12 0; put m0 14 0; "
     "put m0 16 0; erase m0 0; erase m0 2; erase m0 4; erase m0 6; erase m0 8; erase m0 10; erase m0 12; "
     "put m0 1 0; put m0 3 0; put m0 5 0; put m0 7 0; put m0 9 0; put m0 11 0; put m0 13 0; put m0 15 0; "
     "put m0 17 0",
     "put m0 18 0; erase m0 1", {1, 32}},
    {"ErasedAndPutWhileEvacuating", "kind=u64_object", "put_run m0 0 27 0", "erase m0 3; put m0 3 1", {1, 32}},
    {"IteratorOverAGrowingMap", "kind=u64_object", "put_run m0 0 13 0; iterate m0 i0 0 0; advance i0 2",
     "put m0 13 0; advance i0 20", {1, 32}},
    {"ClearedWhileGrowing", "kind=u64_object", "put_run m0 0 27 0; iterate m0 i0 1 0; advance i0 1",
     "clear m0; put m0 1 1; advance i0 30", {1, 32}},
    {"ClonedWhileGrowing", "kind=u64_object", "put_run m0 0 9 0; put_run m1 0 27 0",
     "clone m2 m0; drop m0; put m2 1 5", {1, 32}},
};

std::string lines(std::string_view operations) {
  std::string text;
  for (const char c : operations) text += c == ';' ? '\n' : c;
  return text + "\n";
}

struct Variant {
  const char* name;
  const char* config;
};
constexpr Variant kVariants[] = {{"Immediate", "mark_stack=1"},
                                 {"Quarantined", "mark_stack=2 quarantine=2"}};

TEST(X, Y) {
  for (const auto& v : kVariants)
  for (const auto& p : kPrograms) {
    const std::string config = std::string(kTiny) + v.config + " " + p.config + "\n";
    ParseError e;
    auto program = parse(config + lines(p.prefix) + lines(p.body), &e);
    ASSERT_TRUE(program) << p.name << e.to_string();
    const size_t body = parse(config + lines(p.prefix), &e)->operations.size();
    ScheduleBound b = p.bound;
    if (const char* s = std::getenv("SW")) b.switches = static_cast<uint32_t>(std::atoi(s));
    if (const char* s = std::getenv("UN")) b.units = static_cast<uint32_t>(std::atoi(s));
    ScheduleWalk walk(*program, body, b);
    timespec t0, t1;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t0);
    while (walk.next()) {
      if (walk.verdict().failed()) {
        ADD_FAILURE() << p.name << " " << walk.verdict().signature() << " " << walk.verdict().detail << " "
                      << print(walk.schedule()) << " after " << walk.walked();
        break;
      }
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t1);
    double s = double(t1.tv_sec - t0.tv_sec) + 1e-9 * double(t1.tv_nsec - t0.tv_nsec);
    std::printf("%-30s %8lu walked, %3zu places, %6.2f s, %6.1f us\n", p.name, walk.walked(), walk.places_max(), s,
                s * 1e6 / double(walk.walked()));
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace gcmap::harness
