#include "properties/op_command.h"

#include <ostream>
#include <string>
#include <vector>

#include "harness/program/codec_text.h"
#include "harness/program/map_kind.h"
#include "harness/program/operands.h"
#include "properties/property.h"

namespace gcmap::properties {
namespace {

using harness::OperandKind;
using harness::Operation;
using harness::OpKind;

constexpr uint64_t kKeys = 400;  // enough for six doublings, few enough to meet again

rc::Gen<uint64_t> gen_operand(OperandKind kind) {
  using rc::gen::element;
  using rc::gen::inRange;
  using rc::gen::weightedOneOf;
  const harness::OperandKindInfo& info = harness::info_of(kind);
  switch (kind) {
    case OperandKind::kMap:
      return weightedOneOf<uint64_t>(
          {{8, rc::gen::just<uint64_t>(0)}, {2, inRange<uint64_t>(0, info.greatest + 1)}});
    case OperandKind::kKey:
      return inRange<uint64_t>(1, kKeys);
    case OperandKind::kValue:
      return inRange<uint64_t>(0, 1000);
    case OperandKind::kHint:
      return element<uint64_t>(0, 0, 8, 9, 13, 14, 26, 27, 104, 105, 200);
    case OperandKind::kCount:
    case OperandKind::kEntries:
      return element<uint64_t>(1, 2, 3, 8, 9, 13, 14, 27, 53, 105);
    case OperandKind::kUnits:
      return element<uint64_t>(1, 1, 2, 3, 10, 100);
    case OperandKind::kBucket:
      return inRange<uint64_t>(0, 64);
    case OperandKind::kRoot:
    case OperandKind::kSource:
      return weightedOneOf<uint64_t>(
          {{8, inRange<uint64_t>(0, 4)}, {2, inRange<uint64_t>(0, info.greatest + 1)}});
    case OperandKind::kCells:
      return element<uint64_t>(2, 2, 2, 3, 5, 40, 300);
    case OperandKind::kLink:
      return inRange<uint64_t>(0, 6);
    case OperandKind::kArrival:
      return element<uint64_t>(1, 1, 1, 2, 3, 8);
    case OperandKind::kHash:
      return rc::gen::map(inRange<uint64_t>(0, 4096), [](uint64_t x) { return (x >> 6) | ((x & 63) << 56); });
    default:
      return inRange<uint64_t>(info.least, info.greatest + 1);
  }
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
  std::vector<std::pair<size_t, OpKind>> kinds;
  for (const harness::OpInfo& info : harness::all_ops()) {
    kinds.emplace_back(profile == harness::Profile::kHeap ? info.heap_weight : info.weight, info.kind);
  }
  const auto gen_kind =
      rc::gen::resize(100, rc::gen::map(rc::gen::inRange<size_t>(0, 1 << 16), [kinds](size_t draw) {
                        size_t total = 0;
                        for (const auto& [weight, kind] : kinds) total += weight;
                        size_t at = draw % total;
                        for (const auto& [weight, kind] : kinds) {
                          if (at < weight) return kind;
                          at -= weight;
                        }
                        return kinds.front().second;
                      }));
  const auto gen_operation = rc::gen::exec([gen_kind] {
    Operation operation;
    operation.kind = *rc::gen::noShrink(gen_kind);
    for (const harness::OperandInfo& operand : harness::info_of(operation.kind).operands) {
      operation.set(operand.field, *gen_operand(operand.kind));
    }
    return operation;
  });
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
