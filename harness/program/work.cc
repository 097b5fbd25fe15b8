// The estimate is coarse on purpose: it only has to keep the worst programs away.
#include "harness/program/work.h"

#include <algorithm>
#include <array>

#include "harness/program/operands.h"

namespace gcmap::harness {
namespace {

constexpr uint64_t kEntriesPerAllocation = 8;  // a bucket's worth
constexpr uint64_t kHintPerWork = 16;          // an empty bucket array is only zeroed and verified
constexpr uint64_t kCellsPerWork = 16;         // and so are the links of an object

struct Load {
  uint64_t verified = 0;   // entries that verification after every operation looks at
  uint64_t collected = 0;  // entries that a collection at every allocation marks
};

bool puts_one(OpKind kind) {
  switch (kind) {
    case OpKind::kPut:
    case OpKind::kInsert:
    case OpKind::kIncrement:
    case OpKind::kStore:
    case OpKind::kStoreMap:
      return true;
    default:
      return false;
  }
}

// Does it make arrays for as many entries as its hint says?
bool hints(OpKind kind) {
  return kind == OpKind::kMake || kind == OpKind::kReserve;
}

// Walks through the program with a guess at how many entries each map has. Reads the fields where op.def puts
// maps, counts and hints, without asking the table: this runs once per mutation.
Load load_of(const Program& program) {
  constexpr size_t kMaps = 256;  // a record's field a
  std::array<uint64_t, kMaps> entries{};
  uint64_t total = 0;
  Load load;
  for (const Operation& operation : program.operations) {
    uint64_t& here = entries[operation.a];
    const uint64_t before = here;
    if (operation.kind == OpKind::kMake) here = operation.c / kHintPerWork;
    if (operation.kind == OpKind::kClear || operation.kind == OpKind::kDrop) here = 0;
    if (operation.kind == OpKind::kEraseRun) here -= std::min<uint64_t>(here, operation.b);
    if (operation.kind == OpKind::kPutRun) here += operation.b;
    if (puts_one(operation.kind)) ++here;
    if (operation.kind == OpKind::kReserve) here = std::max(here, operation.c / kHintPerWork);
    if (operation.kind == OpKind::kClone) {
      total += before - entries[operation.b];
      entries[operation.b] = before;
    }
    total += here - before;  // modulo 2^64, as `total` counts `before` in
    uint64_t allocations = here > before ? (here - before) / kEntriesPerAllocation + 1 : 0;
    if (operation.kind == OpKind::kNew) {
      total += work_of(operation);  // as if it lived for ever
      ++allocations;
    }
    load.verified += total;
    load.collected += allocations * total;
  }
  return load;
}

void collect_less_often(Config& config, uint64_t collected) {
  const auto pacing = static_cast<PacingKind>(config.pacing);
  if (pacing != PacingKind::kAllocation && pacing != PacingKind::kGrowth) return;
  config.pacing_n =
      static_cast<uint32_t>(std::clamp<uint64_t>(collected / kCollectWorkMax, config.pacing_n, 255));
}

void verify_less_often(Config& config, uint64_t verified) {
  if (config.cadence == 0) return;
  config.cadence =
      static_cast<uint32_t>(std::clamp<uint64_t>(verified / kVerifyWorkMax, config.cadence, 255));
}

// Where many keys share a chain, what a key costs grows with the chain, and the program's cost with its
// square.
uint64_t work_max(const Config& config) {
  const auto hash = static_cast<HashClass>(config.hash);
  if (hash == HashClass::kConstant) return kChainWorkMax;
  if (hash == HashClass::kLow) return std::min(kWorkMax, kChainWorkMax << config.hash_bits / 2);
  return kWorkMax;
}

}  // namespace

uint64_t work_of(const Operation& operation) {
  if (is_run(operation.kind)) return get_operand(operation, OperandKind::kCount);
  if (hints(operation.kind)) return 1 + get_operand(operation, OperandKind::kHint) / kHintPerWork;
  if (operation.kind == OpKind::kNew) return 1 + get_operand(operation, OperandKind::kCells) / kCellsPerWork;
  return 1;  // advancing to the end costs what was put before
}

uint64_t work_of(const Program& program) {
  uint64_t work = 0;
  for (const Operation& operation : program.operations) work += work_of(operation);
  return work;
}

void cap_work(Program& program) {
  uint64_t left = work_max(program.config);
  for (Operation& operation : program.operations) {
    if (is_run(operation.kind) && work_of(operation) > left) {
      set_operand(operation, OperandKind::kCount, std::max<uint64_t>(left, 1));
    }
    if (hints(operation.kind) && work_of(operation) > left) {
      set_operand(operation, OperandKind::kHint, left == 0 ? 0 : (left - 1) * kHintPerWork);
    }
    if (operation.kind == OpKind::kNew && work_of(operation) > left) {
      const uint64_t cells = left == 0 ? 0 : (left - 1) * kCellsPerWork;
      set_operand(operation, OperandKind::kCells, std::max(cells, info_of(OperandKind::kCells).least));
    }
    left -= std::min(left, work_of(operation));
  }
  const Load load = load_of(program);
  collect_less_often(program.config, load.collected);
  verify_less_often(program.config, load.verified);
}

}  // namespace gcmap::harness
