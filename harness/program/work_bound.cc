#include "harness/program/work_bound.h"

#include <algorithm>

#include "harness/program/cost.h"
#include "harness/program/operands.h"

namespace gcmap::harness {
namespace {

// What does not grow with what there is: spans to sweep, pages to return.
constexpr uint64_t kUnitsLeast = 1 << 16;
// Hashes, decision points and stores of one entry with the objects it leads to: twenty, as growths go.
constexpr uint64_t kUnitsPerTouched = 128;
constexpr uint64_t kUnitsPerMade = 16;  // it dies, or is moved
constexpr uint64_t kUnitsPerCollection = 64;
constexpr uint64_t kMadePerSpan = 8;
constexpr uint64_t kCollectionsAtEnd = 16;
constexpr uint64_t kMadePerChain = 4;

constexpr uint64_t kCpuMsLeast = 500;
constexpr uint64_t kMadePerTouched = 8;  // in processor time, touching one is looking at so many
constexpr uint64_t kMadePerCpuMs = 500;
constexpr uint64_t kComparedPerCpuMs = 5'000;

// The heap's own strategy lets it grow between two collections, by little where its limit is low.
constexpr uint64_t kTouchedPerOwnCollection = 64;

uint64_t touched_per_collection(const Config& config) {
  switch (static_cast<PacingKind>(config.pacing)) {
    case PacingKind::kManual:
      return UINT64_MAX;
    case PacingKind::kGogc:
      return kTouchedPerOwnCollection;
    case PacingKind::kGogcSmall:
      return kTouchedPerOwnCollection / 8;  // it steps by little, and ends cycles sooner
    case PacingKind::kAllocation:
    case PacingKind::kGrowth:
      return config.pacing_n;
  }
  return UINT64_MAX;
}

}  // namespace

WorkBound::WorkBound(const Config& config)
    : config_(config), touched_per_collection_(touched_per_collection(config)) {}

void WorkBound::next(const Operation& operation) {
  const uint64_t cost = cost_of(operation);
  const bool copies = info_of(operation.kind).traits.entries == EntriesEffect::kCopied;
  if (single_of(operation.kind) == OpKind::kSetHash) crowded_ += cost;
  written_ += cost;
  touched_ = copies ? written_ : cost;
  made_ += touched_;
  collections_ = 1 + armed_ + touched_ / touched_per_collection_;
  armed_ = is_arm(operation.kind) ? armed_ + 1 : 0;
}

// Everything is looked at, let go and collected, and growths end; little is made.
void WorkBound::end() {
  touched_ = made_;
  collections_ = kCollectionsAtEnd + made_ / kMadePerChain / touched_per_collection_;
}

// Entries of the longest chain.
uint64_t WorkBound::chain() const {
  const auto hash = static_cast<HashClass>(config_.hash);
  const uint64_t by_class = hash == HashClass::kConstant ? made_
                            : hash == HashClass::kLow    ? made_ >> config_.hash_bits
                                                         : 0;
  return std::min(made_, by_class + crowded_);
}

uint64_t WorkBound::units() const {
  return kUnitsLeast + kUnitsPerTouched * touched_ + kUnitsPerMade * made_ +
         collections_ * (kUnitsPerCollection + made_ / kMadePerSpan);
}

uint64_t WorkBound::cpu_ms() const {
  const uint64_t looked_at = kMadePerTouched * touched_ + (1 + collections_) * made_;
  return kCpuMsLeast + looked_at / kMadePerCpuMs + (touched_ + made_) * chain() / kComparedPerCpuMs;
}

uint64_t operation_cpu_ms_max(const Program& program) {
  WorkBound bound(program.config);
  uint64_t cpu_ms = 0;
  for (const Operation& operation : program.operations) {
    bound.next(operation);
    cpu_ms = std::max(cpu_ms, bound.cpu_ms());
  }
  bound.end();
  return std::max(cpu_ms, bound.cpu_ms());
}

}  // namespace gcmap::harness
