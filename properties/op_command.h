// The op table as a RapidCheck state model: every operation is a command.
//
// The model (properties/model.h) knows just enough to make sequences that mean something. What the operations
// must answer is not its business: each command runs in a Runner, where library, model and oracles
// meet.
#pragma once

#include <rapidcheck.h>
#include <rapidcheck/state.h>

#include <iosfwd>
#include <memory>
#include <string>

#include "harness/mutate/generate.h"
#include "harness/run/runner.h"
#include "properties/model.h"

namespace gcmap::properties {

// What a command sequence runs on: a runner and the program it amounts to so far.
struct Trial {
  explicit Trial(const harness::Config& config) : runner(config, options) { program.config = config; }

  harness::RunOptions options;
  harness::Runner runner;
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

// An operation that makes sense in `model`, kinds by the profile's weights in the table; shrinks to
// simple operands.
rc::Gen<std::shared_ptr<const Command>> gen_command(const Model& model, harness::Profile profile);

// A configuration: every kind of map, hash class, pacing and cadence, one mutator or several; shrinks to
// the default.
rc::Gen<harness::Config> gen_config();

}  // namespace gcmap::properties
