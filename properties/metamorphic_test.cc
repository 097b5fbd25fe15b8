// Relations between runs: what may be left out of a program, or done twice, without any difference.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <string>

#include "harness/mutate/generate.h"
#include "harness/program/codec_binary.h"
#include "harness/program/codec_text.h"
#include "harness/program/operands.h"
#include "harness/run/families.h"
#include "harness/run/interpreter.h"
#include "harness/subject/structure.h"
#include "properties/property.h"

namespace gcmap::properties {
namespace {

using harness::Operation;
using harness::OpKind;
using harness::Program;
using harness::Verdict;

// A random program, named by its seed: RapidCheck finds the seed, the reducer the program.
Program program_of(uint64_t seed) {
  Random random(seed);
  const auto profile = seed % 2 == 0 ? harness::Profile::kMap : harness::Profile::kHeap;
  return harness::generate(random, 200, {.profile = profile});
}

rc::Gen<uint64_t> gen_seed() {
  return rc::gen::noShrink(rc::gen::arbitrary<uint64_t>());
}

template <typename Predicate>
Program without(Program program, Predicate&& drop) {
  std::erase_if(program.operations, drop);
  return program;
}

// The structure of a map after the last operation: its digest, and its state in words.
struct Structure {
  uint64_t digest;
  std::string state;
};
using Structures = std::map<size_t, Structure>;

std::string in_words(const MapState& state) {
  return std::to_string(state.count) + " entries, B " + std::to_string(state.b) + ", growth " +
         std::to_string(state.growth) + " at " + std::to_string(state.nevacuate) + ", flags " +
         std::to_string(state.flags) + ", " + std::to_string(state.noverflow) + " overflow buckets, " +
         std::to_string(state.preallocated) + " spare";
}

// Runs the program; flags are left out unless asked for.
Verdict structures_of(const Program& program, bool flags, Structures& result) {
  harness::RunOptions options;
  options.inspect_maps_at_end = [&](size_t map, harness::MapKind kind, const MapInspector& inspector) {
    result[map] = {harness::structure_digest(inspector, kind, flags), in_words(inspector.state())};
  };
  about_to_run(program);
  return harness::run(program, options);
}

Verdict compare(const Structures& one, const Structures& other, const std::string& without) {
  const auto state = [](const Structures& all, size_t map) {
    return all.contains(map) ? all.at(map).state : "no map";
  };
  for (size_t map = 0; map < harness::kMaps; ++map) {
    if (one.contains(map) == other.contains(map) &&
        (!one.contains(map) || one.at(map).digest == other.at(map).digest)) {
      continue;
    }
    return differs("map " + std::to_string(map) + " has " + state(one, map) + "; " + without + " it has " +
                   state(other, map) + (state(one, map) == state(other, map) ? ", and other buckets" : ""));
  }
  return {};
}

// Do both leave maps of the same structure? `without`: how the other differs, for the report.
Verdict same_structures(const Program& program, const Program& other, bool flags,
                        const std::string& without) {
  Structures expected;
  Structures found;
  if (const Verdict verdict = structures_of(program, flags, expected); verdict.failed()) return verdict;
  if (const Verdict verdict = structures_of(other, flags, found); verdict.failed()) return verdict;
  return compare(expected, found, without);
}

// Does it tell a program when something happens that is not the program's to choose? An armed failure strikes
// what comes next, a limit whatever needs the page too many; when an object is found dead is the collector's,
// and with it which entries of weak maps are met, and when the last one goes: a map that becomes empty draws
// a seed.
bool tells_the_time(OpKind kind) {
  switch (kind) {
    case OpKind::kFail:
    case OpKind::kCallback:
    case OpKind::kSetLimit:
    case OpKind::kFinalize:
    case OpKind::kStrengthen:
    case OpKind::kWeakLoad:
    case OpKind::kWeakGet:
    case OpKind::kWeakPut:
    case OpKind::kWeakPutRun:
    case OpKind::kVisitWeakKeys:
    case OpKind::kPoolGet:
    case OpKind::kPoolGetOr:
      return true;
    default:
      return false;
  }
}

// Programs with operations to take out have none of these.
Program program_without_time(uint64_t seed) {
  return without(program_of(seed), [](const Operation& op) { return tells_the_time(op.kind); });
}

// Under iterators the mark of a NaN says where it goes: loops show where there are NaNs.
Program program_without_nans(uint64_t seed) {
  Program program = program_without_time(seed);
  if (harness::has_float_keys(static_cast<harness::MapKind>(program.config.kind))) program.config.kind = 0;
  return program;
}

GCMAP_PROPERTY(Metamorphic, TheCollectorDoesNotShowInTheMap) {
  holds_for(program_without_time(*gen_seed()), [](const Program& program) {
    Program quiet = without(program, [](const Operation& op) {
      return harness::is_collector(op.kind) || op.kind == OpKind::kInside;
    });
    quiet.config.pacing = static_cast<uint32_t>(harness::PacingKind::kManual);
    return same_structures(program, quiet, true, "without collections");
  });
}

GCMAP_PROPERTY(Metamorphic, WhatWaitsForDeathsDoesNotShowInTheMap) {
  holds_for(program_without_time(*gen_seed()), [](const Program& program) {
    const Program unaware = without(program, [](const Operation& op) {
      return op.kind == OpKind::kWeaken || op.kind == OpKind::kDropWeak || op.kind == OpKind::kWatch ||
             op.kind == OpKind::kPoll;
    });
    return same_structures(program, unaware, true, "without weak references and watches");
  });
}

GCMAP_PROPERTY(Metamorphic, LookUpsDoNotShowInTheMap) {
  holds_for(program_without_time(*gen_seed()), [](const Program& program) {
    const Program blind = without(program, [](const Operation& op) {
      const OpKind single = single_of(op.kind);
      return single == OpKind::kGet || single == OpKind::kGetAs || single == OpKind::kVerify;
    });
    return same_structures(program, blind, true, "without look-ups");
  });
}

GCMAP_PROPERTY(Metamorphic, LoopsShowInTheFlagsOnly) {
  // set_hash asks whether iterators run, so it goes from both.
  const Program looping = without(program_without_nans(*gen_seed()),
                                  [](const Operation& op) { return single_of(op.kind) == OpKind::kSetHash; });
  holds_for(looping, [](const Program& program) {
    const Program still = without(program, [](const Operation& op) {
      return op.kind == OpKind::kIterate || op.kind == OpKind::kAdvance || op.kind == OpKind::kStop;
    });
    return same_structures(program, still, false, "without loops");
  });
}

// Scanned and pointer-free buckets are two code paths to one structure: an entry hashes and counts as its
// number does, whatever holds the number. Maps of maps are left out, their values count as the maps they are,
// and so are kinds whose buckets have another size, for theirs is another number of spare ones.
GCMAP_PROPERTY(Metamorphic, WhatKeysAndValuesAreDoesNotShowInTheMap) {
  Program integers = without(program_without_time(*gen_seed()), [](const Operation& op) {
    return op.kind == OpKind::kStore || op.kind == OpKind::kStoreRun || op.kind == OpKind::kStoreMap ||
           op.kind == OpKind::kFetchMap || op.kind == OpKind::kOpen;
  });
  integers.config.kind = static_cast<uint32_t>(harness::MapKind::kU64);
  holds_for(integers, [](const Program& program) {
    Structures expected;
    Verdict verdict = structures_of(program, true, expected);
    for (const harness::MapKind kind : {harness::MapKind::kU64Object, harness::MapKind::kObjectU64,
                                        harness::MapKind::kObjectObject, harness::MapKind::kBoxBox}) {
      if (verdict.failed()) return verdict;
      Program other = program;
      other.config.kind = static_cast<uint32_t>(kind);
      Structures found;
      verdict = structures_of(other, true, found);
      if (!verdict.failed())
        verdict = compare(expected, found, "of kind " + std::to_string(other.config.kind));
    }
    return verdict;
  });
}

// Do two runs end with the same digest?
Verdict same_digests(const Verdict& one, const Verdict& other, const std::string& what) {
  if (one.failed() || other.failed()) return one.failed() ? one : other;
  if (one.digest == other.digest) return {};
  return differs("digest " + std::to_string(one.digest) + ", and " + std::to_string(other.digest) + " " +
                 what);
}

// G8 within one process; ci/digest_driver.cc compares builds.
GCMAP_PROPERTY(Metamorphic, TheSameProgramHasTheSameDigest) {
  const Program program = program_of(*gen_seed());
  const Program between = program_of(*gen_seed());  // leaves other garbage in the addresses used again
  holds_for(program, [between](const Program& same) {
    const Verdict first = harness::run(same);
    about_to_run(between);
    harness::run(between);
    about_to_run(same);
    return same_digests(first, harness::run(same), "the second time");
  });
}

GCMAP_PROPERTY(Metamorphic, VerificationChangesNothing) {
  Program watched = program_of(*gen_seed());
  watched.config.cadence = 1;
  holds_for(watched, [](const Program& program) {
    harness::RunOptions unwatched;
    unwatched.oracles = false;
    return same_digests(harness::run(program), harness::run(program, unwatched), "without verification");
  });
}

GCMAP_PROPERTY(Metamorphic, BothCodecsKeepTheProgram) {
  holds_for(program_of(*gen_seed()), [](const Program& program) -> Verdict {
    if (harness::decode(harness::encode(program)) != program)
      return differs("decode(encode()) is another program");
    harness::ParseError error;
    const auto parsed = harness::parse(harness::print(program), &error);
    if (!parsed) return differs("of its text, " + error.to_string());
    return *parsed == program ? Verdict{} : differs("parse(print()) is another program");
  });
}

}  // namespace
}  // namespace gcmap::properties
