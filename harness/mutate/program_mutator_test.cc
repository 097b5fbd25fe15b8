// Every mutation changes programs, and nothing it makes is out of bounds.
#include "harness/mutate/program_mutator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "harness/mutate/generate.h"
#include "harness/mutate/program_editor.h"
#include "harness/program/codec_binary.h"
#include "harness/program/codec_text.h"
#include "harness/program/cost.h"
#include "harness/run/runner.h"

namespace gcmap::harness {
namespace {

constexpr size_t kMax = 40;

Program some_program(uint64_t seed, Profile profile = Profile::kMap) {
  Random random(seed);
  return generate(random, kMax, {profile});
}

void expect_sound(const Program& program, size_t operations_max) {
  EXPECT_EQ(decode(encode(program)), program) << print(program);
  EXPECT_LE(program.operations.size(), operations_max);
  EXPECT_LE(cost_of(program), kCostMax + program.operations.size());
}

// Every kind in programs of every profile.
class EveryMutation : public testing::TestWithParam<std::tuple<MutationInfo, Profile>> {
 protected:
  MutationKind kind() const { return std::get<0>(GetParam()).kind; }
  Profile profile() const { return std::get<1>(GetParam()); }
};

TEST_P(EveryMutation, ChangesMostProgramsAndKeepsThemSound) {
  Random random(1);
  int changed = 0;
  constexpr int kPrograms = 400;
  for (int i = 0; i < kPrograms; ++i) {
    Program program = some_program(static_cast<uint64_t>(i), profile());
    const Program before = program;
    const bool says_changed = mutate_once(kind(), program, random, kMax, profile());
    EXPECT_EQ(says_changed, program != before);
    changed += says_changed ? 1 : 0;
    expect_sound(program, kMax);
  }
  EXPECT_GT(changed, kPrograms / 3) << changed << " of " << kPrograms;
}

TEST_P(EveryMutation, TakesEmptyFullAndTinyPrograms) {
  Random random(2);
  for (int i = 0; i < 200; ++i) {
    Program empty;
    mutate_once(kind(), empty, random, kMax, profile());
    expect_sound(empty, kMax);
    Program full = some_program(static_cast<uint64_t>(i), profile());
    full.operations.resize(kMax, simplest_operation(OpKind::kPut));
    mutate_once(kind(), full, random, kMax, profile());
    expect_sound(full, kMax);
    Program tiny = some_program(static_cast<uint64_t>(i), profile());
    tiny.operations.resize(1);
    mutate_once(kind(), tiny, random, 1, profile());
    expect_sound(tiny, 1);
  }
}

TEST_P(EveryMutation, IsTheSameForOneSeed) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    Random random(seed);
    Random again(seed);
    Program first = some_program(seed, profile());
    Program second = first;
    mutate_once(kind(), first, random, kMax, profile());
    mutate_once(kind(), second, again, kMax, profile());
    EXPECT_EQ(first, second);
  }
}

INSTANTIATE_TEST_SUITE_P(Mutator, EveryMutation,
                         testing::Combine(testing::ValuesIn(all_mutations().begin(), all_mutations().end()),
                                          testing::Values(Profile::kMap, Profile::kHeap)),
                         [](const auto& test) {
                           return std::string(std::get<0>(test.param).name) +
                                  (std::get<1>(test.param) == Profile::kMap ? "_map" : "_heap");
                         });

TEST(Mutator, AlwaysChangesSomethingAndStaysSound) {
  Random random(3);
  int unchanged = 0;
  for (int i = 0; i < 1000; ++i) {
    Program program = some_program(static_cast<uint64_t>(i));
    const Program before = program;
    mutate(program, random, kMax);
    unchanged += program == before ? 1 : 0;
    expect_sound(program, kMax);
  }
  EXPECT_LE(unchanged, 5);
}

TEST(Mutator, ReachesEveryOperationFromNothing) {
  for (Profile profile : {Profile::kMap, Profile::kHeap}) {
    Random random(4);
    std::set<OpKind> seen;
    Program program;
    for (int i = 0; i < 3000; ++i) {
      mutate(program, random, kMax, {.profile = profile});
      for (const Operation& operation : program.operations) seen.insert(operation.kind);
    }
    EXPECT_EQ(seen.size(), all_ops().size());
  }
}

// The operations a kind of mutation leaves in an empty program.
std::set<OpKind> kinds_made_by(MutationKind kind, Config config, size_t operations_max) {
  std::set<OpKind> kinds;
  Random random(8);
  for (int i = 0; i < 100; ++i) {
    Program program;
    program.config = config;
    mutate_once(kind, program, random, operations_max, Profile::kHeap);
    for (const Operation& operation : program.operations) kinds.insert(operation.kind);
  }
  return kinds;
}

TEST(Mutator, TemplatesBringWhatTheyAreNamedAfter) {
  const auto expect_kinds = [](MutationKind mutation, MapKind maps, std::vector<OpKind> wanted) {
    Config config;
    config.kind = static_cast<uint32_t>(maps);
    const std::set<OpKind> made = kinds_made_by(mutation, config, kMax);
    for (OpKind kind : wanted) EXPECT_EQ(made.count(kind), 1u) << info_of(kind).text;
  };
  expect_kinds(MutationKind::inside_write, MapKind::kU64,
               {OpKind::kInside, OpKind::kPutRun, OpKind::kTerminate});
  expect_kinds(MutationKind::fail_write, MapKind::kU64, {OpKind::kFail, OpKind::kPutRun});
  expect_kinds(MutationKind::shrink, MapKind::kU64,
               {OpKind::kShrink, OpKind::kPutRun, OpKind::kIterate, OpKind::kEraseRun, OpKind::kAdvance});
  expect_kinds(MutationKind::clone, MapKind::kU64, {OpKind::kClone, OpKind::kPutRun, OpKind::kIncrement});
  expect_kinds(MutationKind::callback, MapKind::kU64, {OpKind::kCallback, OpKind::kPut});
  expect_kinds(MutationKind::root_moves, MapKind::kU64,
               {OpKind::kEnter, OpKind::kNew, OpKind::kMove, OpKind::kMark, OpKind::kLink, OpKind::kRelease});
  expect_kinds(MutationKind::graph, MapKind::kU64,
               {OpKind::kNew, OpKind::kLink, OpKind::kLoad, OpKind::kUnlink});
  expect_kinds(MutationKind::hide, MapKind::kU64,
               {OpKind::kLink, OpKind::kLoad, OpKind::kUnlink, OpKind::kRelease});
  expect_kinds(MutationKind::hide, MapKind::kU64Object,
               {OpKind::kStore, OpKind::kFetch, OpKind::kErase, OpKind::kLink});
  expect_kinds(MutationKind::map_of_maps, MapKind::kU64Map,
               {OpKind::kStoreMap, OpKind::kFetchMap, OpKind::kDrop});
  expect_kinds(MutationKind::map_of_maps, MapKind::kU64Object,
               {OpKind::kLinkMap, OpKind::kOpen, OpKind::kStore});
  expect_kinds(MutationKind::reuse, MapKind::kU64,
               {OpKind::kArenaNew, OpKind::kArenaFree, OpKind::kPoolPut, OpKind::kPoolGet, OpKind::kWeakPut,
                OpKind::kWeakGet, OpKind::kWeakErase});
}

TEST(Mutator, EachProfileHasItsOwnWeights) {
  const MutationMask only_two =
      ~(1u << static_cast<uint32_t>(MutationKind::churn) | 1u << static_cast<uint32_t>(MutationKind::hide));
  const auto share_of_objects = [&](Profile profile) {
    Random random(11);
    int objects = 0;
    for (int i = 0; i < 300; ++i) {
      Program program;
      mutate(program, random, 200, {.without = only_two, .profile = profile});
      for (const Operation& operation : program.operations) objects += operation.kind == OpKind::kNew;
    }
    return objects;
  };
  EXPECT_GT(share_of_objects(Profile::kHeap), share_of_objects(Profile::kMap) * 3 / 2);
}

TEST(Mutator, ArmsAreFollowedByTheOperationTheyAreFor) {
  Random random(10);
  for (MutationKind kind : {MutationKind::inside_write, MutationKind::fail_write}) {
    for (int i = 0; i < 200; ++i) {
      Program program;
      program.operations.assign(1 + random.below(4), simplest_operation(OpKind::kPut));
      mutate_once(kind, program, random, kMax, Profile::kHeap);
      const std::vector<Operation>& operations = program.operations;
      EXPECT_FALSE(is_arm(operations.back().kind));
      for (size_t at = 0; at + 1 < operations.size(); ++at) {
        const OpKind next = operations[at + 1].kind;
        if (is_arm(operations[at].kind)) {
          EXPECT_TRUE(is_arm(next) || is_write(next) || next == OpKind::kStart) << print(program);
        }
      }
    }
  }
}

struct Regrowth {
  bool doubled = false;  // while no iterator ran yet
  int same_size = 0;     // growths to the same size while one ran
};

// How a program that regrow put together goes on the library: what is a growth to the same size is the map's
// affair, so it is asked.
Regrowth regrowth_of(const Program& program) {
  Regrowth regrowth;
  bool iterating = false;
  bool growing = false;
  const RunOptions options;
  Runner runner(program.config, options);
  for (const Operation& operation : program.operations) {
    EXPECT_FALSE(runner.step(operation)) << print(operation);
    iterating = iterating || operation.kind == OpKind::kIterate;
    for (size_t map = 0; map < kMaps; ++map) {
      const MapSlot& slot = runner.families().maps.table().slot(MapName(map));
      if (slot.adapter == nullptr) continue;
      const MapState state = slot.adapter->inspect().state();
      if (state.growth == 0) {
        growing = false;
        continue;
      }
      if (!growing && state.growth == 2 && iterating) ++regrowth.same_size;
      if (!growing && state.growth == 1 && !iterating) regrowth.doubled = true;
      growing = true;
    }
  }
  return regrowth;
}

TEST(Mutator, RegrowGrowsToTheSameSizeUnderIterators) {
  Random random(9);
  int staged = 0;
  int same_size = 0;
  constexpr int kPrograms = 200;
  for (int i = 0; i < kPrograms; ++i) {
    Program program;
    mutate_once(MutationKind::regrow, program, random, 250);
    const Regrowth regrowth = regrowth_of(program);
    same_size += regrowth.same_size > 0;
    if (program.operations[0].kind != OpKind::kSetHash) continue;
    ++staged;
    // One staged form makes one growth to the same size after a doubling, the other two of them.
    EXPECT_EQ(regrowth.same_size, regrowth.doubled ? 1 : 2) << print(program);
  }
  EXPECT_GT(staged, kPrograms / 3);
  EXPECT_GT(same_size, kPrograms / 3);
}

TEST(Mutator, LeavesOutWhatItIsToldTo) {
  const MutationMask only_trim = ~(1u << static_cast<uint32_t>(MutationKind::trim));
  Random random(5);
  for (int i = 0; i < 200; ++i) {
    Program program = some_program(static_cast<uint64_t>(i));
    const Program before = program;
    mutate(program, random, kMax, {.without = only_trim});
    ASSERT_LE(program.operations.size(), before.operations.size());
    EXPECT_TRUE(std::equal(program.operations.begin(), program.operations.end(), before.operations.begin()));
  }
}

TEST(Crossover, TakesFromBothParentsAndStaysSound) {
  Random random(6);
  int of_both = 0;
  for (int i = 0; i < 300; ++i) {
    Program puts;
    puts.operations.assign(1 + random.below(20), simplest_operation(OpKind::kPut));
    Program clears;
    clears.operations.assign(1 + random.below(20), simplest_operation(OpKind::kClear));
    const Program child = crossover(puts, clears, random, 25);
    expect_sound(child, 25);
    std::set<OpKind> kinds;
    for (const Operation& operation : child.operations) kinds.insert(operation.kind);
    of_both += kinds.size() == 2 ? 1 : 0;
  }
  EXPECT_GT(of_both, 150);
}

TEST(Crossover, TakesEmptyParents) {
  Random random(7);
  for (int i = 0; i < 50; ++i) {
    expect_sound(crossover({}, {}, random, 4), 4);
    expect_sound(crossover(some_program(1), {}, random, 4), 4);
    expect_sound(crossover({}, some_program(2), random, 4), 4);
  }
}

}  // namespace
}  // namespace gcmap::harness
