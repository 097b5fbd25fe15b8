// The estimate is coarse on purpose: it only has to keep the worst programs away.
#include "harness/work.h"

#include <algorithm>

#include "harness/operands.h"

namespace gcmap::harness {
namespace {

constexpr uint64_t kEntriesPerAllocation = 8;  // a bucket's worth
constexpr uint64_t kHintPerWork = 16;          // an empty bucket array is only zeroed and verified

uint64_t entries_put(const Program& program) {
  uint64_t entries = 0;
  for (const Operation& operation : program.operations) {
    if (operation.kind == OpKind::kPutRun) entries += get_operand(operation, OperandKind::kCount);
    if (operation.kind == OpKind::kMake) entries += get_operand(operation, OperandKind::kHint) / kHintPerWork;
  }
  return entries + program.operations.size();
}

void collect_less_often(Config& config, uint64_t entries) {
  const auto pacing = static_cast<PacingKind>(config.pacing);
  if (pacing != PacingKind::kAllocation && pacing != PacingKind::kGrowth) return;
  const uint64_t collections = entries / kEntriesPerAllocation;
  const uint64_t pacing_n_least = collections * entries / kCollectWorkMax;
  config.pacing_n = static_cast<uint32_t>(std::clamp<uint64_t>(pacing_n_least, config.pacing_n, 255));
}

void verify_less_often(Config& config, uint64_t entries, uint64_t operations) {
  if (config.cadence == 0) return;
  const uint64_t cadence_least = operations * entries / kVerifyWorkMax;
  config.cadence = static_cast<uint32_t>(std::clamp<uint64_t>(cadence_least, config.cadence, 255));
}

}  // namespace

uint64_t work_of(const Operation& operation) {
  if (is_run(operation.kind)) return get_operand(operation, OperandKind::kCount);
  if (operation.kind == OpKind::kMake) return 1 + get_operand(operation, OperandKind::kHint) / kHintPerWork;
  return 1;  // advancing to the end costs what was put before
}

uint64_t work_of(const Program& program) {
  uint64_t work = 0;
  for (const Operation& operation : program.operations) work += work_of(operation);
  return work;
}

void cap_work(Program& program) {
  uint64_t left = kWorkMax;
  for (Operation& operation : program.operations) {
    if (is_run(operation.kind) && work_of(operation) > left) {
      set_operand(operation, OperandKind::kCount, std::max<uint64_t>(left, 1));
    }
    if (operation.kind == OpKind::kMake && work_of(operation) > left) {
      set_operand(operation, OperandKind::kHint, left == 0 ? 0 : (left - 1) * kHintPerWork);
    }
    left -= std::min(left, work_of(operation));
  }
  const uint64_t entries = entries_put(program);
  collect_less_often(program.config, entries);
  verify_less_often(program.config, entries, program.operations.size());
}

}  // namespace gcmap::harness
