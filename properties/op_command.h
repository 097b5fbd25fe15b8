// The op table as a RapidCheck state model: every operation is a command.
//
// The model knows just enough to make sequences that mean something: which maps exist, which keys they
// hold, which iterators run. What the operations must answer is not its business: each command runs in an
// Execution, where library, reference and oracles meet.
#pragma once

#include <rapidcheck.h>
#include <rapidcheck/state.h>

#include <array>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <set>

#include "harness/execution.h"

namespace gcmap::properties {

struct Model {
  std::array<std::set<uint64_t>, harness::kMaps> keys;
  std::array<bool, harness::kMaps> made{};
  std::array<bool, harness::kIterators> iterating{};
};

// What a command sequence runs on: an execution and the program it amounts to so far.
struct Trial {
  explicit Trial(const harness::Config& config) : execution(config, options) { program.config = config; }

  harness::RunOptions options;
  harness::Execution execution;
  harness::Program program;
};

using Command = rc::state::Command<Model, Trial>;

class OpCommand final : public Command {
 public:
  explicit OpCommand(const harness::Operation& operation) : operation_(operation) {}

  const harness::Operation& operation() const { return operation_; }

  void checkPreconditions(const Model& model) const override;
  void apply(Model& model) const override;
  void run(const Model& model, Trial& trial) const override;
  void show(std::ostream& out) const override;

 private:
  harness::Operation operation_;
};

// An operation that makes sense in `model`, kinds by the table's weights; shrinks to simple operands.
rc::Gen<std::shared_ptr<const Command>> gen_command(const Model& model);

// A configuration: every hash class, pacing and cadence; shrinks to the default.
rc::Gen<harness::Config> gen_config();

// Writes the program of a failed run as text to `folder` (made if missing) under the name of its
// signature; returns what to tell the user: verdict, path and the lines that repeat and reduce it.
std::string report_failure(const harness::Program& program, const harness::Verdict& verdict,
                           const std::string& folder);

// Where failures are written: $GCMAP_REPRODUCERS, or "reproducers" in the working directory.
std::string reproducer_folder();

}  // namespace gcmap::properties
