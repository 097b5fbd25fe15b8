// The families of operations over one environment, and what checks them.
//
// A row of op.def names the member here that does its operations. Members come in the order in which they
// need each other; the last added to the environment's walk is what depends on the others.
#pragma once

#include "gcmap/internal/gc/pacing/pacing.h"
#include "harness/program/typed_operands.h"
#include "harness/run/checks.h"
#include "harness/run/environment.h"
#include "harness/run/heaps/heaps.h"
#include "harness/run/injection.h"
#include "harness/run/lifetimes/lifetimes.h"
#include "harness/run/maps/maps.h"
#include "harness/run/memory/memory.h"
#include "harness/run/objects/objects.h"
#include "harness/run/reuse/reuse.h"
#include "harness/run/steps/steps.h"

namespace gcmap::harness {

struct Families {
  // `pacing`, unless null, stands in for the configuration's strategy. Not owned.
  Families(const Config& config, bool oracles, PacingStrategy* pacing = nullptr);
  ~Families();

  // The operation is done by the family its row names, and answers as that does.
  template <typename Operands>
  auto run(const Operands& operands, Step& step);

  Environment environment;
  Injection injection;
  Objects objects;
  Lifetimes lifetimes;
  Memory memory;
  Reuse reuse;
  Maps maps;
  Heaps heaps;
  Steps steps;
  Checks checks;
};

#define OP(number, kind, text, family, weight, heap_weight, operands, traits, doc) \
  inline auto& family_of(const kind##Operands&, Families& families) {              \
    return families.family;                                                        \
  }
#include "harness/program/op.def"
#undef OP

template <typename Operands>
auto Families::run(const Operands& operands, Step& step) {
  return family_of(operands, *this).run(operands, step);
}

// Maps, objects, names and statistics, as a digest has them; `metadata`: how large the descriptions of the
// heap are, too.
void add_to(Digest& digest, const Families& families, bool metadata = true);

}  // namespace gcmap::harness
