// Relations between runs: what may be left out of a program, or done twice, without any difference.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "harness/codec_binary.h"
#include "harness/codec_text.h"
#include "harness/generate.h"
#include "harness/interpreter.h"
#include "harness/operands.h"
#include "harness/structure.h"

namespace gcmap::properties {
namespace {

using harness::Operation;
using harness::OpKind;
using harness::Program;

// A random program, named by its seed: RapidCheck finds the seed, ./dev reduce the program.
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

// The structure of every map after the last operation; flags left out unless asked for.
std::map<size_t, uint64_t> structures(const Program& program, bool flags) {
  std::map<size_t, uint64_t> result;
  harness::RunOptions options;
  options.inspect_maps_at_end = [&](size_t map, harness::MapKind kind, const MapInspector& inspector) {
    harness::Digest digest;
    digest.add(harness::structure_digest(inspector, kind, flags));
    result[map] = digest.value();
  };
  const harness::Verdict verdict = harness::run(program, options);
  if (verdict.failed()) RC_FAIL(verdict.signature() + ": " + verdict.detail + "\n" + harness::print(program));
  return result;
}

// Does it tell a program when something happens that is not the program's to choose? An armed failure strikes
// what comes next, a limit whatever needs the page too many; when an object is found dead is the collector's.
bool tells_the_time(OpKind kind) {
  switch (kind) {
    case OpKind::kFail:
    case OpKind::kCallback:
    case OpKind::kSetLimit:
    case OpKind::kFinalize:
    case OpKind::kStrengthen:
    case OpKind::kWeakGet:
    case OpKind::kPoolGet:
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

RC_GTEST_PROP(Metamorphic, TheCollectorDoesNotShowInTheMap, ()) {
  const Program program = program_without_time(*gen_seed());
  Program quiet = without(program, [](const Operation& op) {
    return harness::is_collector(op.kind) || op.kind == OpKind::kInside;
  });
  quiet.config.pacing = static_cast<uint32_t>(harness::PacingKind::kManual);
  RC_ASSERT(structures(program, true) == structures(quiet, true));
}

RC_GTEST_PROP(Metamorphic, WhatWaitsForDeathsDoesNotShowInTheMap, ()) {
  const Program program = program_without_time(*gen_seed());
  const Program unaware = without(program, [](const Operation& op) {
    return op.kind == OpKind::kWeaken || op.kind == OpKind::kDropWeak || op.kind == OpKind::kWatch ||
           op.kind == OpKind::kPoll;
  });
  RC_ASSERT(structures(program, true) == structures(unaware, true));
}

RC_GTEST_PROP(Metamorphic, LookUpsDoNotShowInTheMap, ()) {
  const Program program = program_without_time(*gen_seed());
  const Program blind = without(program, [](const Operation& op) {
    return op.kind == OpKind::kGet || op.kind == OpKind::kGetRun || op.kind == OpKind::kGetAs ||
           op.kind == OpKind::kVerify;
  });
  RC_ASSERT(structures(program, true) == structures(blind, true));
}

RC_GTEST_PROP(Metamorphic, LoopsShowInTheFlagsOnly, ()) {
  // set_hash asks whether iterators run, so it goes from both.
  const Program program = without(program_without_nans(*gen_seed()),
                                  [](const Operation& op) { return op.kind == OpKind::kSetHash; });
  const Program still = without(program, [](const Operation& op) {
    return op.kind == OpKind::kIterate || op.kind == OpKind::kAdvance || op.kind == OpKind::kStop;
  });
  RC_ASSERT(structures(program, false) == structures(still, false));
}

// Scanned and pointer-free buckets are two code paths to one structure: an entry hashes and counts as its
// number does, whatever holds the number. Maps of maps are left out, their values count as the maps they are,
// and so are kinds whose buckets have another size, for theirs is another number of spare ones.
RC_GTEST_PROP(Metamorphic, WhatKeysAndValuesAreDoesNotShowInTheMap, ()) {
  Program program = without(program_without_time(*gen_seed()), [](const Operation& op) {
    return op.kind == OpKind::kStore || op.kind == OpKind::kStoreMap || op.kind == OpKind::kFetchMap ||
           op.kind == OpKind::kOpen;
  });
  program.config.kind = static_cast<uint32_t>(harness::MapKind::kU64);
  const auto integers = structures(program, true);
  for (const harness::MapKind kind : {harness::MapKind::kU64Object, harness::MapKind::kObjectU64,
                                      harness::MapKind::kObjectObject, harness::MapKind::kBoxBox}) {
    program.config.kind = static_cast<uint32_t>(kind);
    RC_ASSERT(structures(program, true) == integers);
  }
}

// G8 within one process; ci/digest_driver.cc compares builds.
RC_GTEST_PROP(Metamorphic, TheSameProgramHasTheSameDigest, ()) {
  const Program program = program_of(*gen_seed());
  const harness::Verdict first = harness::run(program);
  RC_ASSERT(!first.failed());
  harness::run(program_of(*gen_seed()));  // leaves other garbage in the address range that is used again
  RC_ASSERT(harness::run(program).digest == first.digest);
}

RC_GTEST_PROP(Metamorphic, VerificationChangesNothing, ()) {
  Program program = program_of(*gen_seed());
  program.config.cadence = 1;
  harness::RunOptions unwatched;
  unwatched.oracles = false;
  RC_ASSERT(harness::run(program).digest == harness::run(program, unwatched).digest);
}

RC_GTEST_PROP(Metamorphic, BothCodecsKeepTheProgram, ()) {
  const Program program = program_of(*gen_seed());
  RC_ASSERT(harness::decode(harness::encode(program)) == program);
  harness::ParseError error;
  const auto parsed = harness::parse(harness::print(program), &error);
  RC_ASSERT(parsed.has_value());
  RC_ASSERT(*parsed == program);
}

}  // namespace
}  // namespace gcmap::properties
