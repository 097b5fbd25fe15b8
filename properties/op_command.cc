#include "properties/op_command.h"

#include <algorithm>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "gcmap/internal/base/random.h"
#include "harness/program/codec_text.h"
#include "harness/program/map_kind.h"
#include "harness/program/operands.h"
#include "properties/property.h"

namespace gcmap::properties {
namespace {

using harness::Operation;

constexpr uint32_t kKeyBits = 9;    // enough keys for six doublings, few enough to meet again
constexpr uint64_t kWorkMax = 128;  // of one operation: each is looked at by three, and there are hundreds

// An operation as generated programs have it (harness/mutate/generate.h), of bounded work.
Operation draw_operation(uint64_t seed, harness::Profile profile) {
  harness::Program nothing_before;
  nothing_before.config.key_bits = kKeyBits;
  Random random(seed);
  Operation operation = harness::Generator(random, nothing_before, profile).operation();
  for (const harness::OperandInfo& operand : harness::info_of(operation.kind).operands) {
    if (const uint64_t per_work = harness::info_of(operand.kind).per_work; per_work != 0)
      operation.set(operand.field, std::min(operation.get(operand.field), kWorkMax * per_work));
  }
  return operation;
}

// The operation with one operand nearer to its simplest.
rc::Seq<Operation> simpler(const Operation& operation) {
  std::vector<Operation> found;
  for (const harness::OperandInfo& operand : harness::info_of(operation.kind).operands) {
    auto values = rc::shrink::towards(operation.get(operand.field), harness::info_of(operand.kind).simplest);
    while (const auto value = values.next()) {
      found.push_back(operation);
      found.back().set(operand.field, *value);
    }
  }
  return rc::seq::fromContainer(std::move(found));
}

}  // namespace

void OpCommand::checkPreconditions(const Model& model) const {
  RC_PRE(model.makes_sense(operation_));
}

void OpCommand::apply(Model& model) const {
  model.apply(operation_);
}

// The model is a third opinion on what names stand for and maps hold. An empty string: they agree.
std::string difference(const Model& model, const harness::Families& families) {
  for (size_t i = 0; i < harness::kMaps; ++i) {
    const auto& adapter = families.maps.table().slot(harness::MapName(i)).adapter;
    if ((adapter != nullptr) != model.made(harness::MapName(i))) {
      return "map " + std::to_string(i) + " is there in " +
             (model.made(harness::MapName(i)) ? "the model" : "the library") + " only";
    }
    if (adapter != nullptr && adapter->size() != model.size(harness::MapName(i))) {
      return "map " + std::to_string(i) + " has " + std::to_string(adapter->size()) +
             " entries, in the model " + std::to_string(model.size(harness::MapName(i)));
    }
  }
  for (size_t i = 0; i < harness::kRoots; ++i) {
    if (families.objects.root(harness::RootName(i)).handle.has_value() != model.holds(harness::RootName(i))) {
      return "root " + std::to_string(i) + " holds something in " +
             (model.holds(harness::RootName(i)) ? "the model" : "the library") + " only";
    }
  }
  return "";
}

void OpCommand::run(const Model& model, Trial& trial) const {
  trial.program.operations.push_back(operation_);
  if (const auto failed = trial.runner.step(operation_)) fail(trial.program, *failed);
  Model after = model;
  apply(after);
  const std::string found = difference(after, trial.runner.families());
  if (found.empty()) return;
  harness::Verdict verdict = differs(found);
  verdict.oracle = "MODEL";
  verdict.operation = trial.program.operations.size() - 1;
  verdict.op = operation_.kind;
  fail(trial.program, verdict);
}

void OpCommand::show(std::ostream& out) const {
  out << harness::print(operation_);
}

rc::Gen<std::shared_ptr<const Command>> gen_command(const Model& model, harness::Profile profile) {
  const auto gen_seed = rc::gen::noShrink(rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<uint64_t>()));
  const auto draw = [profile](uint64_t seed) { return draw_operation(seed, profile); };
  const auto shrink = [](const Operation& operation) { return simpler(operation); };
  const auto gen_operation = rc::gen::shrink(rc::gen::map(gen_seed, draw), shrink);
  return rc::gen::map(
      rc::gen::suchThat(gen_operation, [model](const Operation& op) { return model.makes_sense(op); }),
      [](const Operation& op) { return std::shared_ptr<const Command>(std::make_shared<OpCommand>(op)); });
}

rc::Gen<harness::Config> gen_config() {
  return rc::gen::exec([] {
    harness::Config config;
    config.hash = *rc::gen::element<uint32_t>(0, 0, 0, 1, 2, 3, 4);
    config.hash_bits = *rc::gen::inRange<uint32_t>(0, 7);
    config.cadence = *rc::gen::element<uint32_t>(1, 4, 16);
    config.pacing = *rc::gen::inRange<uint32_t>(0, 4);
    config.pacing_n = *rc::gen::inRange<uint32_t>(1, 8);
    config.seed = *rc::gen::inRange<uint32_t>(0, 256);
    config.kind = *rc::gen::inRange<uint32_t>(0, harness::kMapKinds);
    config.mutators = *rc::gen::inRange<uint32_t>(1, 4);
    config.barrier_buffer = *rc::gen::element<uint32_t>(1, 2, 8);
    config.piece_roots = *rc::gen::element<uint32_t>(1, 1, 3, 64);
    config.mark_stack = *rc::gen::element<uint32_t>(0, 0, 1, 4);
    config.quarantine = *rc::gen::element<uint32_t>(0, 0, 3);
    return config;
  });
}

}  // namespace gcmap::properties
