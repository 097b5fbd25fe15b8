// A property: what RapidCheck tries on random input, and what is said when it fails.
//
//   GCMAP_PROPERTY(Metamorphic, LookUpsDoNotShowInTheMap) {
//     holds_for(program_of(*gen_seed()), [](const Program& program) { ... return Verdict; });
//   }
//
// Protocol: 1. the property runs in a forked child. 2. Before a program runs, about_to_run() puts it where
// the parent finds it if the child dies. 3. A case that fails does so through holds_for() or fail(), which
// keep its program; the last one is RapidCheck's smallest. 4. The child reduces that program if it has a
// relation to ask, the parent one that ended the child. 5. The program is written as text, under the names of
// property and failure and a digest of its own: neither another property nor a run at the same time writes
// that file.
// 6. The report: file and line, what differed, the program's path, and one line that repeats the failure.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/program/op.h"
#include "harness/program/verdict.h"

namespace gcmap::properties {

struct Property {
  std::string suite;
  std::string name;
  std::string file;
  int line;
  std::function<void()> body;
};

// Says of a program whether the property holds for it: a verdict that failed() says how not.
using Relation = std::function<harness::Verdict(const harness::Program&)>;

// What a relation returns. `difference`: one line.
harness::Verdict differs(const std::string& difference);

void about_to_run(const harness::Program& program);

// Fails the case unless the relation holds.
void holds_for(const harness::Program& program, const Relation& relation);

// Fails the case; RapidCheck shrinks its input.
[[noreturn]] void fail(const harness::Program& program, const harness::Verdict& verdict);

// Runs a property as RC_PARAMS says. `folder`: of programs that fail; made if missing.
// Returns what to tell of its failure, if it failed.
std::optional<std::string> check(const Property& property, const std::string& folder);

// The same, inside a test of GoogleTest's.
void run_as_test(const Property& property);

// All there are. GCMAP_PROPERTY adds to them: add() returns the index.
const std::vector<Property>& all_properties();
size_t add(Property property);

// $GCMAP_REPRODUCERS, or "reproducers" in the working directory.
std::string reproducer_folder();

}  // namespace gcmap::properties

#define GCMAP_PROPERTY(Suite, Name)                                                              \
  static void property_##Suite##_##Name();                                                       \
  static const size_t index_##Suite##_##Name =                                                   \
      gcmap::properties::add({#Suite, #Name, __FILE__, __LINE__, property_##Suite##_##Name});    \
  TEST(Suite, Name) {                                                                            \
    gcmap::properties::run_as_test(gcmap::properties::all_properties()[index_##Suite##_##Name]); \
  }                                                                                              \
  static void property_##Suite##_##Name()
