// Random programs, and the random pieces that mutations are made of.
//
// The table's weights say how often an operation comes, one column for each profile of programs, the
// program's swarm mask which do not come at all (Groce et al., "Swarm testing", 2012: leaving kinds out
// reaches states that no mixture of all of them reaches). Numbers are drawn near the places where a map
// changes: Go's growth thresholds, bucket sizes, powers of two. Keys are small and come again, because most
// of what a map does depends on a key it has met.
#pragma once

#include <cstdint>
#include <vector>

#include "gcmap/internal/base/random.h"
#include "harness/program/op.h"

namespace gcmap::harness {

// What a program is to be about.
enum class Profile : uint8_t {
  kMap,   // contents, growth and iteration; half of the programs on integers, collections beside it
  kHeap,  // objects, roots and maps of them; collector steps inside operations, several mutators
};

class Forecast;

// How much each operation is wanted in a state, times its share: what counts the pairs of operation and state
// that have been reached says so of those that have not.
class KindWeight {
 public:
  virtual ~KindWeight() = default;
  // `before`: what the operation would find.
  virtual uint32_t weight(OpKind kind, const Forecast& before) const = 0;
};

struct GenerateOptions {
  Profile profile = Profile::kMap;
  const KindWeight* kind_weight = nullptr;  // not owned; null: all alike
};

// The share of an operation in programs of a profile.
uint32_t weight_of(const OpInfo& op, Profile profile);

// Draws operations and operands that suit a program. Reads the program when constructed, not afterwards.
class Generator {
 public:
  Generator(Random& random, const Program& context, Profile profile = Profile::kMap);

  Operation operation();             // a kind the swarm mask allows, by weight
  Operation operation(OpKind kind);  // with random operands
  uint64_t operand(OpKind op, OperandKind kind);

  uint32_t key();        // of the program or a new one
  uint32_t fresh_key();  // rarely one of the program
  uint32_t burst();      // how many keys in a burst
  uint64_t hash();

  bool allows(OpKind kind) const;

 private:
  class Draw;

  OpKind kind();

  Random& random_;
  Config config_;
  Profile profile_;
  uint32_t weight_total_ = 0;
  std::vector<uint32_t> keys_;    // named by the program, first keys of runs included
  std::vector<uint64_t> hashes_;  // set by the program
};

// Does the program's swarm mask forbid the operation? A run of a number beyond its bits goes with
// its single operation.
bool is_forbidden(const Config& config, OpKind kind);
void forbid(Config& config, OpKind kind);

Config generate_config(Random& random, const GenerateOptions& options = {});
// Requires: 1 <= operations_max. The program is canonical and keeps the bounds of harness/program/cost.h.
Program generate(Random& random, size_t operations_max, const GenerateOptions& options = {});

// A number at or next to a place where something changes, at most `greatest`.
uint64_t boundary_number(Random& random, uint64_t greatest);

}  // namespace gcmap::harness
