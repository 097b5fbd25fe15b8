// The reducer on targets whose minimum is known.
#include "harness/reduce/reducer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gcmap/internal/base/random.h"
#include "harness/mutate/generate.h"
#include "harness/program/boundaries.h"
#include "harness/program/codec_text.h"
#include "harness/program/operands.h"
#include "harness/program/order.h"
#include "harness/program/typed_operands.h"
#include "harness/run/child.h"

namespace gcmap::harness {
namespace {

using Target = std::function<Verdict(const Program&)>;

Verdict bug(std::string oracle, size_t index, OpKind op) {
  return {VerdictKind::kBug, std::move(oracle), index, op, "planted", 0};
}

// Fails at a clear if at some iterate before, the map held nine keys or more: what a growth bug looks like.
Verdict iterate_over_nine(const Program& program) {
  std::map<uint64_t, std::set<uint64_t>> maps;
  std::set<uint64_t> iterated;
  for (size_t i = 0; i < program.operations.size(); ++i) {
    const Operation& operation = program.operations[i];
    const uint64_t map = get_operand(operation, OperandKind::kMap);
    std::set<uint64_t>& keys = maps[map];
    const KeyRange named = keys_of(operation);
    for (uint64_t key = named.first; key < named.first + named.count; ++key) {
      const OpKind single = single_of(operation.kind);
      const bool erases = single == OpKind::kErase || single == OpKind::kEraseAs;
      if (erases) keys.erase(key);
      if (is_write(operation.kind) && !erases) keys.insert(key);
    }
    if (operation.kind == OpKind::kIterate && keys.size() >= 9) iterated.insert(map);
    if (operation.kind == OpKind::kDrop || operation.kind == OpKind::kMake) keys.clear();
    if (operation.kind == OpKind::kClear) {
      if (iterated.count(map) != 0) return bug("C8", i, operation.kind);
      keys.clear();
    }
  }
  return {};
}

// Fails at a clear when as many verifies as stops came before, and as many drops: no single deletion and no
// deletion of a kind keeps that.
Verdict balanced(const Program& program, const std::vector<OpKind>& kinds) {
  std::map<OpKind, size_t> counts;
  for (size_t i = 0; i < program.operations.size(); ++i) {
    const Operation& operation = program.operations[i];
    ++counts[operation.kind];
    if (operation.kind != OpKind::kClear || counts[kinds[0]] == 0) continue;
    const auto same = [&](OpKind kind) { return counts[kind] == counts[kinds[0]]; };
    if (std::all_of(kinds.begin(), kinds.end(), same)) return bug("G2", i, operation.kind);
  }
  return {};
}

// A random program of `size` operations with these somewhere inside, in order.
Program hide(const std::vector<Operation>& needed, size_t size, uint64_t seed) {
  Random random(seed);
  Program program;
  program.config = generate_config(random);
  while (program.operations.size() < size)
    program.operations.push_back(Generator(random, program).operation());
  std::vector<size_t> gaps;
  for (size_t i = 0; i < needed.size(); ++i) gaps.push_back(random.below(size + 1));
  std::sort(gaps.begin(), gaps.end());
  for (size_t i = needed.size(); i > 0; --i) {
    program.operations.insert(program.operations.begin() + static_cast<ptrdiff_t>(gaps[i - 1]),
                              needed[i - 1]);
  }
  return program;
}

// A long program with the growth bug inside that nothing random in it undoes.
Program hide_growth_bug(size_t size) {
  const std::vector<Operation> needed = {
      encode(PutRunOperands{.map = MapName(2), .key = 100, .count = 20, .value = 5}),
      encode(IterateOperands{.map = MapName(2), .iterator = IteratorName(3), .bucket = 1, .offset = 4}),
      encode(ClearOperands{.map = MapName(2)})};
  for (uint64_t seed = 0;; ++seed) {
    Program program = hide(needed, size, seed);
    if (iterate_over_nine(program).failed()) return program;
  }
}

ReduceResult reduce_on(const Target& target, const Program& program,
                       Strictness strictness = Strictness::kSameBug) {
  ReduceOptions options;
  options.strictness = strictness;
  options.run = target;
  return reduce(program, options);
}

TEST(Reducer, FindsTheMinimumBehindAGrowthThreshold) {
  const std::vector<Operation> needed = {
      encode(PutRunOperands{.map = MapName(2), .key = 100, .count = 20, .value = 5}),
      encode(IterateOperands{.map = MapName(2), .iterator = IteratorName(3), .bucket = 1, .offset = 4}),
      encode(ClearOperands{.map = MapName(2)})};
  int failing = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    const Program start = hide(needed, 100, seed);
    const ReduceResult result = reduce_on(iterate_over_nine, start);
    if (!result.original.failed()) continue;
    ++failing;
    EXPECT_EQ(print(result.program), "config version=2\nput_run m0 1 9 0\niterate m0 i0 0 0\nclear m0\n")
        << "seed " << seed;
    EXPECT_LE(result.stats.executions, 400u) << "seed " << seed;
    EXPECT_TRUE(result.complete);
  }
  EXPECT_GT(failing, 20);
}

TEST(Reducer, MakesARunOfScatteredPuts) {
  Program start;
  for (uint32_t i = 0; i < 12; ++i) {
    const uint32_t key = 1000 - i * i;
    start.operations.push_back(i % 3 == 0 ? encode(IncrementOperands{.key = key, .value = i})
                                          : encode(PutOperands{.key = key, .value = i}));
    if (i % 2 == 0) start.operations.push_back(encode(GetOperands{.map = MapName(0), .key = i}));
  }
  start.operations.push_back(
      encode(IterateOperands{.map = MapName(0), .iterator = IteratorName(0), .bucket = 0, .offset = 0}));
  start.operations.push_back(encode(ClearOperands{.map = MapName(0)}));
  EXPECT_EQ(print(reduce_on(iterate_over_nine, start).program),
            "config version=2\nput_run m0 1 9 0\niterate m0 i0 0 0\nclear m0\n");
}

TEST(Reducer, DeletesPairsWhereSingleOperationsStick) {
  Program start;
  for (uint32_t i = 0; i < 5; ++i) {
    start.operations.push_back(encode(VerifyOperands{}));
    start.operations.push_back(encode(GetOperands{.map = MapName(0), .key = i}));
    start.operations.push_back(encode(StopOperands{.iterator = IteratorName(i)}));
  }
  start.operations.push_back(encode(ClearOperands{.map = MapName(0)}));
  const ReduceResult result = reduce_on(
      [](const Program& program) {
        return balanced(program, {OpKind::kVerify, OpKind::kStop});
      },
      start);
  EXPECT_EQ(print(result.program), "config version=2\nverify\nstop i0\nclear m0\n");
}

TEST(Reducer, DeletesTriplesInTinyPrograms) {
  Program start;
  start.operations = {encode(VerifyOperands{}),
                      encode(VerifyOperands{}),
                      encode(StopOperands{.iterator = IteratorName(0)}),
                      encode(DropOperands{.map = MapName(1)}),
                      encode(StopOperands{.iterator = IteratorName(1)}),
                      encode(DropOperands{.map = MapName(2)}),
                      encode(ClearOperands{.map = MapName(0)})};
  const ReduceResult result = reduce_on(
      [](const Program& program) {
        return balanced(program, {OpKind::kVerify, OpKind::kStop, OpKind::kDrop});
      },
      start);
  EXPECT_EQ(result.program.operations.size(), 4u) << print(result.program);
}

TEST(Reducer, KeepsTheConfigurationAndOperandsThatMatter) {
  const Target target = [](const Program& program) -> Verdict {
    std::map<uint64_t, uint64_t> hashes;
    for (size_t i = 0; i < program.operations.size(); ++i) {
      const Operation& operation = program.operations[i];
      if (operation.kind == OpKind::kSetHash) hashes[operation.c] = operation.d;
      if (operation.kind != OpKind::kPut || program.config.pacing != 3 || program.config.gogc < 300) continue;
      const auto hash = hashes.find(operation.c);
      if (hash != hashes.end() && hash->second >> 56 == 3 && operation.d >= 77)
        return bug("M2", i, operation.kind);
    }
    return {};
  };
  Program start = hide({encode(SetHashOperands{.key = 4000, .hash = 0x03ffee0000001234}),
                        encode(PutOperands{.map = MapName(1), .key = 4000, .value = 999})},
                       30, 5);
  std::erase_if(start.operations, [](const Operation& o) {
    return o.kind == OpKind::kSetHash && o.c == 4000 && o.d != 0x03ffee0000001234;
  });
  start.config.pacing = 3;
  start.config.gogc = 900;
  EXPECT_EQ(print(reduce_on(target, start).program),
            "config version=2 pacing=growth gogc=300\nset_hash 1 0x300000000000000\nput m0 1 77\n");
}

TEST(Reducer, VerifiesAlwaysWhereTheCadenceHidesTheFault) {
  // The fault happens at an erase of key 5; verification sees it when its turn comes.
  const Target target = [](const Program& program) -> Verdict {
    bool broken = false;
    const uint32_t cadence = program.config.cadence;
    for (size_t i = 0; i < program.operations.size(); ++i) {
      const Operation& operation = program.operations[i];
      broken = broken || (operation.kind == OpKind::kErase && operation.c == 5);
      if (broken && cadence != 0 && (i + 1) % cadence == 0) return bug("M1", i, operation.kind);
    }
    return broken ? bug("M1", program.operations.size(), OpKind::kNop) : Verdict{};
  };
  Program start = hide({encode(EraseOperands{.map = MapName(0), .key = 5})}, 50, 9);
  for (uint32_t cadence : {0, 4, 8, 16}) {
    start.config.cadence = cadence;
    const ReduceResult result = reduce_on(target, start);
    EXPECT_EQ(print(result.program), "config version=2 cadence=1\nerase m0 5\n");
    EXPECT_EQ(result.verdict.signature(), "M1@erase");
  }
}

TEST(Reducer, KeepsWhatGoesWrongFirstInTheSameRun) {
  // A put of key 5 breaks the structure, which verification sees; the next get stumbles over it.
  const Target target = [](const Program& program) -> Verdict {
    bool broken = false;
    const uint32_t cadence = program.config.cadence;
    for (size_t i = 0; i < program.operations.size(); ++i) {
      const Operation& operation = program.operations[i];
      broken = broken || (operation.kind == OpKind::kPut && operation.c == 5);
      if (broken && operation.kind == OpKind::kGet) return bug("MD", i, operation.kind);
      if (broken && cadence != 0 && (i + 1) % cadence == 0) return bug("M3", i, operation.kind);
    }
    return {};
  };
  Program start;
  start.operations = {encode(EraseOperands{.map = MapName(0), .key = 1}),
                      encode(PutOperands{.map = MapName(0), .key = 5, .value = 0}),
                      encode(EraseOperands{.map = MapName(0), .key = 2}),
                      encode(GetOperands{.map = MapName(0), .key = 3})};
  EXPECT_EQ(print(reduce_on(target, start).program), "config version=2 cadence=1\nput m0 5 0\n");
  EXPECT_EQ(print(reduce_on(target, start, Strictness::kSameOracle).program),
            "config version=2\nput m0 5 0\nget m0 1\n");
}

TEST(Reducer, JumpsFromGrowthToGrowth) {
  // Fails when the map is exactly full: between two sizes there is nothing to bisect.
  const Target target = [](const Program& program) -> Verdict {
    uint64_t keys = 0;
    for (size_t i = 0; i < program.operations.size(); ++i) {
      const Operation& operation = program.operations[i];
      if (operation.kind == OpKind::kPutRun) keys = operation.b;
      const bool full =
          std::find(std::begin(kFullCounts), std::end(kFullCounts), keys) != std::end(kFullCounts);
      if (operation.kind == OpKind::kAdvance && full && operation.b >= 3000 / keys)
        return bug("C7", i, operation.kind);
    }
    return {};
  };
  Program start;
  start.operations = {encode(PutRunOperands{.map = MapName(0), .key = 1, .count = 1664, .value = 0}),
                      encode(AdvanceOperands{.iterator = IteratorName(0), .count = 2})};
  EXPECT_EQ(print(reduce_on(target, start).program), "config version=2\nput_run m0 1 8 0\nadvance i0 375\n");
}

TEST(Reducer, LetsARunTakeOverAKeyThatMustComeFirst) {
  // Key k is put, then eight others, then k again.
  const Target target = [](const Program& program) -> Verdict {
    std::vector<uint64_t> puts;
    for (size_t i = 0; i < program.operations.size(); ++i) {
      const Operation& operation = program.operations[i];
      if (!is_write(operation.kind)) continue;
      const KeyRange named = keys_of(operation);
      for (uint64_t key = named.first; key < named.first + named.count; ++key) {
        puts.push_back(key);
        const std::set<uint64_t> distinct(puts.begin(), puts.end());
        if (distinct.size() >= 9 && key == puts.front()) return bug("C6", i, operation.kind);
      }
    }
    return {};
  };
  Program start;
  start.operations = {encode(PutOperands{.map = MapName(0), .key = 1, .value = 0}),
                      encode(GetOperands{.map = MapName(0), .key = 1}),
                      encode(PutRunOperands{.map = MapName(0), .key = 2, .count = 8, .value = 0}),
                      encode(PutOperands{.map = MapName(0), .key = 1, .value = 1})};
  EXPECT_EQ(reduce_on(target, start).program.operations.size(), 2u);
}

TEST(Reducer, GivesOddKeysPlainNamesUnderOtherHashes) {
  // Three keys in one chain: odd keys under the good hash, any keys under the constant one.
  const Target target = [](const Program& program) -> Verdict {
    std::map<uint64_t, std::set<uint64_t>> chains;
    for (size_t i = 0; i < program.operations.size(); ++i) {
      const Operation& operation = program.operations[i];
      if (operation.kind != OpKind::kPut) continue;
      const bool constant = program.config.hash == static_cast<uint32_t>(HashClass::kConstant);
      const uint64_t chain = constant ? 0 : mix64(operation.c) % 64;
      chains[chain].insert(operation.c);
      if (chains[chain].size() == 3) return bug("M3", i, operation.kind);
    }
    return {};
  };
  Random random(1);
  Program start;
  for (int i = 0; i < 200; ++i) {
    start.operations.push_back(
        encode(PutOperands{.map = MapName(0), .key = 1'000'000 + random.below(1000), .value = 0}));
  }
  EXPECT_EQ(print(reduce_on(target, start).program),
            "config version=2 hash=constant\nput m0 1 0\nput m0 2 0\nput m0 3 0\n");
}

// A random program about the heap with these somewhere inside, side by side.
Program hide_in_heap_program(const std::vector<Operation>& needed, uint64_t seed) {
  Random random(seed);
  Program program = generate(random, 60, {Profile::kHeap});
  const auto gap = static_cast<ptrdiff_t>(random.below(program.operations.size() + 1));
  program.operations.insert(program.operations.begin() + gap, needed.begin(), needed.end());
  return program;
}

// A put that marks, in an open cycle, after its entry is inserted.
Verdict mark_inside_put(const Program& program) {
  constexpr auto kPoint = static_cast<uint64_t>(DecisionPoint::kMapEntryInserted);
  constexpr auto kMarks = static_cast<uint64_t>(CollectorStep::kMark);
  bool open = false;
  bool armed = false;
  for (size_t i = 0; i < program.operations.size(); ++i) {
    const Operation& operation = program.operations[i];
    if (operation.kind == OpKind::kStart) open = true;
    if (operation.kind == OpKind::kTerminate || operation.kind == OpKind::kCollect) open = false;
    if (operation.kind == OpKind::kInside) {
      armed = armed || (get_operand(operation, OperandKind::kPoint) == kPoint &&
                        get_operand(operation, OperandKind::kStep) == kMarks);
    }
    if (is_arm(operation.kind)) continue;
    const bool of_objects = program.config.kind == static_cast<uint32_t>(MapKind::kU64Object);
    if (operation.kind == OpKind::kPut && open && armed && of_objects) return bug("G9", i, operation.kind);
    armed = false;
  }
  return {};
}

TEST(Reducer, KeepsTheArmThatMatters) {
  const std::vector<Operation> needed = {
      encode(StartOperands{}),
      encode(InsideOperands{
          .point = DecisionPoint::kSafepoint, .arrival = 9, .step = CollectorStep::kSweep, .units = 12}),
      encode(InsideOperands{.point = DecisionPoint::kMapEntryInserted,
                            .arrival = 5,
                            .step = CollectorStep::kMark,
                            .units = 300}),
      encode(FailOperands{.nth = 7}), encode(PutOperands{.map = MapName(3), .key = 500, .value = 9})};
  for (uint64_t seed = 0; seed < 30; ++seed) {
    Program start = hide_in_heap_program(needed, seed);
    start.config.kind = static_cast<uint32_t>(MapKind::kU64Object);
    const ReduceResult result = reduce_on(mark_inside_put, start);
    EXPECT_EQ(print(result.program),
              "config version=2 kind=u64_object\nstart\ninside map_entry_inserted 1 mark 1\nput m0 1 0\n")
        << "seed " << seed;
    EXPECT_LE(result.stats.executions, 400u) << "seed " << seed;
  }
}

TEST(Reducer, RenamesRootsInBothRolesAndMutators) {
  // An object made under one mutator is moved under another, to a root that holds something.
  const Target target = [](const Program& program) -> Verdict {
    std::map<uint64_t, uint64_t> made_by;
    uint64_t mutator = 0;
    for (size_t i = 0; i < program.operations.size(); ++i) {
      const Operation& operation = program.operations[i];
      if (operation.kind == OpKind::kEnter) mutator = get_operand(operation, OperandKind::kMutator);
      if (operation.kind == OpKind::kRelease) made_by.erase(get_operand(operation, OperandKind::kRoot));
      if (operation.kind == OpKind::kNew) made_by[get_operand(operation, OperandKind::kRoot)] = mutator;
      if (operation.kind != OpKind::kMove) continue;
      const auto root = made_by.find(get_operand(operation, OperandKind::kRoot));
      const auto source = made_by.find(get_operand(operation, OperandKind::kSource));
      if (root == made_by.end() || source == made_by.end() || root == source) continue;
      if (source->second != mutator && root->second == mutator) return bug("G3", i, operation.kind);
    }
    return {};
  };
  const std::vector<Operation> needed = {
      encode(EnterOperands{.mutator = MutatorName(2)}), encode(NewOperands{.root = RootName(9), .cells = 70}),
      encode(EnterOperands{.mutator = MutatorName(3)}), encode(NewOperands{.root = RootName(12), .cells = 5}),
      encode(MoveOperands{.root = RootName(12), .source = RootName(9)})};
  for (uint64_t seed = 0; seed < 30; ++seed) {
    const ReduceResult result = reduce_on(target, hide_in_heap_program(needed, seed));
    EXPECT_EQ(print(result.program), "config version=2\nnew r0 2\nenter t1\nnew r1 2\nmove r1 r0\n")
        << "seed " << seed;
  }
}

TEST(Reducer, RenamesWeakReferencesAndTables) {
  // What reads a name must follow what wrote it: no name is lowered without the other.
  const Target target = [](const Program& program) -> Verdict {
    std::set<uint64_t> weaks;
    std::set<uint64_t> tables;
    bool strengthened = false;
    for (size_t i = 0; i < program.operations.size(); ++i) {
      const Operation& operation = program.operations[i];
      if (operation.kind == OpKind::kWeaken) weaks.insert(get_operand(operation, OperandKind::kWeak));
      if (operation.kind == OpKind::kStrengthen)
        strengthened = strengthened || weaks.contains(get_operand(operation, OperandKind::kWeak));
      if (operation.kind == OpKind::kAnnotate) tables.insert(get_operand(operation, OperandKind::kTable));
      if (operation.kind == OpKind::kRecall && strengthened &&
          tables.contains(get_operand(operation, OperandKind::kTable)))
        return bug("G10", i, operation.kind);
    }
    return {};
  };
  const std::vector<Operation> needed = {encode(WeakenOperands{.weak = WeakName(5), .root = RootName(9)}),
                                         encode(StrengthenOperands{.root = RootName(3), .weak = WeakName(5)}),
                                         encode(AnnotateOperands{.table = TableName(1), .root = RootName(9)}),
                                         encode(RecallOperands{.root = RootName(4), .table = TableName(1)})};
  for (uint64_t seed = 0; seed < 10; ++seed) {
    const ReduceResult result = reduce_on(target, hide_in_heap_program(needed, seed));
    EXPECT_EQ(print(result.program),
              "config version=2\nweaken w0 r0\nstrengthen r0 w0\nannotate k0 r0 r0\nrecall r0 k0 r0\n")
        << "seed " << seed;
  }
}

TEST(Reducer, TakesTheNearestNameThatFails) {
  // Any point from allocation_published on, and starting or marking: names are tried one by one.
  const Target target = [](const Program& program) -> Verdict {
    for (size_t i = 0; i < program.operations.size(); ++i) {
      const Operation& operation = program.operations[i];
      if (operation.kind == OpKind::kInside &&
          get_operand(operation, OperandKind::kPoint) >=
              static_cast<uint64_t>(DecisionPoint::kAllocationPublished) &&
          get_operand(operation, OperandKind::kStep) <= static_cast<uint64_t>(CollectorStep::kMark)) {
        return bug("H2", i, operation.kind);
      }
    }
    return {};
  };
  Program start;
  start.operations = {encode(InsideOperands{
      .point = DecisionPoint::kSafepoint, .arrival = 3, .step = CollectorStep::kStart, .units = 7})};
  EXPECT_EQ(print(reduce_on(target, start).program),
            "config version=2\ninside allocation_published 1 mark 1\n");
}

TEST(Reducer, DropsRootsMapsAndPlainerKindsAreTried) {
  // Nothing but the put under a key matters; it came as a store of an object that was moved about.
  const Target target = [](const Program& program) -> Verdict {
    for (size_t i = 0; i < program.operations.size(); ++i) {
      const Operation& operation = program.operations[i];
      const bool puts = operation.kind == OpKind::kStore || operation.kind == OpKind::kPut;
      if (puts && program.config.mark_stack == 3) return bug("M3", i, OpKind::kPut);
    }
    return {};
  };
  Program start =
      hide_in_heap_program({encode(StoreOperands{.map = MapName(2), .key = 77, .source = RootName(4)})}, 1);
  std::erase_if(start.operations, [](const Operation& o) {
    return is_write(o.kind) && !(o.kind == OpKind::kStore && o.c == 77);
  });
  start.config.mark_stack = 3;
  EXPECT_EQ(print(reduce_on(target, start).program), "config version=2 mark_stack=3\nput m0 1 0\n");
}

TEST(Reducer, DoesNotSlipToAnotherBug) {
  // Any put fails one way; a get of key 9 after three puts another way.
  const Target target = [](const Program& program) -> Verdict {
    size_t puts = 0;
    for (size_t i = 0; i < program.operations.size(); ++i) {
      const Operation& operation = program.operations[i];
      puts += operation.kind == OpKind::kPut ? 1 : 0;
      if (operation.kind == OpKind::kGet && operation.c == 9 && puts >= 3)
        return bug("MD", i, operation.kind);
      if (operation.kind == OpKind::kErase && puts == 0) return bug("MD", i, operation.kind);
    }
    return puts % 2 == 1 ? bug("M3", program.operations.size(), OpKind::kNop) : Verdict{};
  };
  Program start;
  for (uint32_t i = 0; i < 10; ++i)
    start.operations.push_back(encode(PutOperands{.map = MapName(0), .key = i, .value = i}));
  start.operations.push_back(encode(EraseOperands{.map = MapName(0), .key = 1}));
  start.operations.push_back(encode(GetOperands{.map = MapName(0), .key = 9}));
  EXPECT_EQ(print(reduce_on(target, start).program),
            "config version=2\nput m0 1 0\nput m0 1 0\nput m0 1 0\nget m0 9\n");
  EXPECT_EQ(print(reduce_on(target, start, Strictness::kSameOracle).program),
            "config version=2\nerase m0 1\n");
  EXPECT_EQ(reduce_on(target, start, Strictness::kAnyFailure).program.operations.size(), 1u);
}

TEST(Reducer, AProgramThatDoesNotFailIsLeftAlone) {
  const Program start = hide({}, 20, 1);
  const ReduceResult result = reduce_on([](const Program&) { return Verdict{}; }, start);
  EXPECT_FALSE(result.original.failed());
  EXPECT_EQ(result.program, start);
  EXPECT_EQ(result.stats.executions, 1u);
}

TEST(Reducer, IsDeterministicAndOnlyEverGetsSimpler) {
  const Program start = hide_growth_bug(80);
  std::vector<std::string> histories[2];
  for (std::vector<std::string>& history : histories) {
    std::optional<Program> last;
    ReduceOptions options;
    options.run = iterate_over_nine;
    options.on_better = [&](const Program& best, const Verdict& verdict, const ReduceStats& stats) {
      EXPECT_TRUE(verdict.failed());
      // Asking for more verification is the one step that need not be simpler.
      if (last && stats.pass != "verify always") {
        EXPECT_TRUE(is_simpler(best, *last)) << print(best);
      }
      last = best;
      history.push_back(print(best) + std::to_string(stats.executions));
    };
    const ReduceResult result = reduce(start, options);
    EXPECT_EQ(result.program, last);
  }
  EXPECT_GT(histories[0].size(), 3u);
  EXPECT_EQ(histories[0], histories[1]);
}

TEST(Reducer, StopsWhenItsExecutionsRunOut) {
  const Program start = hide_growth_bug(80);
  ReduceOptions options;
  options.run = iterate_over_nine;
  options.executions_max = 10;
  const ReduceResult result = reduce(start, options);
  EXPECT_FALSE(result.complete);
  EXPECT_EQ(result.stats.executions, 10u);
  EXPECT_TRUE(iterate_over_nine(result.program).failed());
}

TEST(Reducer, SurvivesCrashesAndHangs) {
  const RunFunction crash = [](const Program& program, const RunOptions& options) -> Verdict {
    uint64_t puts = 0;
    for (size_t i = 0; i < program.operations.size(); ++i) {
      *options.progress = static_cast<uint32_t>(i);
      const Operation& operation = program.operations[i];
      puts += operation.kind == OpKind::kPut ? 1 : 0;
      if (operation.kind == OpKind::kErase && puts >= 2) std::abort();
    }
    for (volatile bool forever = puts == 1; forever;) {
    }
    return {};
  };
  ReduceOptions options;
  options.run = [&](const Program& program) {
    ChildOptions child;
    child.cpu_ms_max = 20;
    child.runner = crash;
    return run_in_child(program, child);
  };
  const Program start = hide({encode(PutOperands{.map = MapName(0), .key = 7, .value = 7}),
                              encode(PutOperands{.map = MapName(0), .key = 8, .value = 7}),
                              encode(EraseOperands{.map = MapName(0), .key = 3})},
                             10, 3);
  const ReduceResult result = reduce(start, options);
  EXPECT_EQ(result.verdict.signature(), "SIGABRT@erase");
  EXPECT_EQ(print(result.program), "config version=2\nput m0 1 0\nput m0 1 0\nerase m0 1\n");
}

TEST(Reducer, VerifyingAlwaysMakesNoHangOfABug) {
  // A loop produces what was erased; verifying after each operation takes so long that it counts as a hang.
  const Target target = [](const Program& program) -> Verdict {
    if (program.config.cadence == 1) {
      Verdict hang = bug("HANG", 0, OpKind::kErase);
      hang.kind = VerdictKind::kHang;
      return hang;
    }
    for (size_t i = 0; i < program.operations.size(); ++i) {
      if (program.operations[i].kind == OpKind::kAdvance) return bug("C2", i, OpKind::kAdvance);
    }
    return {};
  };
  const ReduceResult result = reduce_on(target, hide({simplest_operation(OpKind::kAdvance)}, 20, 3));
  EXPECT_EQ(result.verdict.signature(), "C2@advance");
  EXPECT_EQ(print(result.program), "config version=2\n" + print(simplest_operation(OpKind::kAdvance)) + "\n");
}

TEST(Reducer, EndsWhenItIsToldTo) {
  ReduceOptions options;
  uint64_t runs = 0;
  options.run = [&](const Program& program) {
    ++runs;
    return iterate_over_nine(program);
  };
  options.stop = [&] { return runs >= 3; };
  const ReduceResult result = reduce(hide_growth_bug(80), options);
  EXPECT_FALSE(result.complete);
  EXPECT_EQ(result.stats.executions, 3u);
}

}  // namespace
}  // namespace gcmap::harness
