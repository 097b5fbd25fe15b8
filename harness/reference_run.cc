// A program on the reference alone: what the model costs without the library and its oracles.
#include <array>
#include <memory>
#include <optional>

#include "harness/digest.h"
#include "harness/interpreter.h"
#include "harness/reference.h"

namespace gcmap::harness {
namespace {

class ReferenceRun {
 public:
  uint64_t run(const Program& program) {
    for (const Operation& op : program.operations) execute(op);
    return digest_.value();
  }

 private:
  void execute(const Operation& op) {
    const uint32_t count = op.b;
    switch (op.kind) {
      case OpKind::kMake:
        maps_[op.a] = std::make_shared<ReferenceMap>();
        return;
      case OpKind::kDrop:
        maps_[op.a].reset();
        return;
      case OpKind::kPut:
      case OpKind::kInsert:
      case OpKind::kIncrement:
        return digest_.add(map(op.a).put(op.c, op.d, serial_));
      case OpKind::kPutRun:
        for (uint32_t i = 0; i < count; ++i) digest_.add(map(op.a).put(op.c + i, op.d + i, serial_));
        return;
      case OpKind::kErase:
        return digest_.add(map(op.a).erase(op.c));
      case OpKind::kEraseRun:
        for (uint32_t i = 0; i < count; ++i) digest_.add(map(op.a).erase(op.c + i));
        return;
      case OpKind::kGet:
        return digest_.add(map(op.a).value(op.c).value_or(0));
      case OpKind::kGetRun:
        for (uint32_t i = 0; i < count; ++i) digest_.add(map(op.a).value(op.c + i).value_or(0));
        return;
      case OpKind::kClear:
        return map(op.a).clear();
      case OpKind::kIterate:
        iterations_[op.b].emplace(maps_[op.a], op.b, serial_, ++iteration_);
        return;
      default:
        return;
    }
  }

  ReferenceMap& map(size_t i) {
    if (maps_[i] == nullptr) maps_[i] = std::make_shared<ReferenceMap>();
    return *maps_[i];
  }

  std::array<std::shared_ptr<ReferenceMap>, 4> maps_;
  std::array<std::optional<ReferenceIteration>, kIterators> iterations_;
  Digest digest_;
  uint64_t serial_ = 0;
  uint64_t iteration_ = 0;
};

}  // namespace

uint64_t run_reference_only(const Program& program) {
  return ReferenceRun().run(program);
}

}  // namespace gcmap::harness
