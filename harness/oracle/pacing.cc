#include "harness/oracle/pacing.h"

#include <algorithm>
#include <utility>

namespace gcmap::harness {
namespace {

using std::to_string;

constexpr uint64_t kTimePerAllocatedByte = 16;
constexpr uint64_t kTimePerUnit = 64;
constexpr uint64_t kBackgroundShare = 4;
constexpr uint64_t kPerAllocated = 4;
constexpr uint64_t kStepPerLeastAssist = 8;
constexpr uint64_t kStepPerSweptPage = 2048;
// No piece cuts an element; the largest is a bucket of eight keys and values of 128 bytes, marks and link.
constexpr uint64_t kElementBytesMax = 8 + 8 * (128 + 128) + 8;

bool decides_at(DecisionPoint point) {
  return point == DecisionPoint::kAllocationSlow || point == DecisionPoint::kSafepoint;
}

}  // namespace

void PacingOracle::complain(const std::string& what, Wide decided, Wide expected) {
  if (failure_) return;
  failure_ = Failure{"G12", what + ": " + to_string(static_cast<int64_t>(decided)) + ", should be " +
                                to_string(static_cast<int64_t>(expected))};
}

// A cycle that began since the last decision point began with what was allocated by then, and nothing has
// been scanned for anybody in it.
void PacingOracle::follow(const PacingView& view, uint64_t cycles) {
  if (view.phase == Phase::kMark && marking_ != cycles) {
    marking_ = cycles;
    start_ = view;
    start_.allocated_bytes = seen_.allocated_bytes;
    settled_ = start_;
    balance_ = 0;
    credit_ = 0;
    // Else some of it may be of the cycle before; and what came before the first question nobody has seen.
    sure_ = asked_ && view.idle.bytes == seen_.idle.bytes;
  }
  asked_ = true;
  seen_ = view;
}

void PacingOracle::judge_done(const PacingView& view, uint64_t cycles) {
  // A unit: an object, a piece of about that size, a piece of roots.
  const Wide piece = std::max<Wide>(2 * Wide{options_.mark_piece_bytes}, kElementBytesMax) +
                     sizeof(void*) * Wide{options_.root_piece_slots};
  const bool goes_on = last_.phase == Phase::kMark && view.phase == Phase::kMark && cycles_ == cycles;
  const auto compare = [&](const char* what, uint64_t done, uint64_t asked) {
    if (done > asked + piece) complain(std::string(what) + " scanned more than was decided", done, asked);
    if (goes_on && done < asked) complain(std::string(what) + " scanned less than was decided", done, asked);
  };
  compare("the background", view.background.since(last_.background).bytes, decided_.background_bytes);
  compare("an assist", view.assist.since(last_.assist).bytes, decided_.assist_bytes);
}

PacingOracle::Wide PacingOracle::background_due(const PacingView& view) const {
  const auto time = [](const MarkWork& work) { return Wide{work.bytes} + Wide{work.units} * kTimePerUnit; };
  const Wide background = time(view.background.since(start_.background));
  const Wide elapsed = Wide{view.allocated_bytes - start_.allocated_bytes} * kTimePerAllocatedByte +
                       background + time(view.assist.since(start_.assist));
  return std::max<Wide>(elapsed / kBackgroundShare - background, 0);
}

// `background`: about to be scanned.
PacingOracle::Wide PacingOracle::assist_due(const PacingView& view, const HeapStats& stats, Wide background) {
  const Wide work_part = stats.assist_ratio_work;
  const Wide bytes_part = stats.assist_ratio_bytes;
  const auto work_for = [&](Wide bytes) { return bytes * work_part / bytes_part; };
  const auto bytes_for = [&](Wide work) { return work * bytes_part / work_part; };
  balance_ -= allocated(view);
  credit_ += view.background.since(settled_.background).bytes + view.idle.since(settled_.idle).bytes;
  const uint64_t assisted = view.assist.since(settled_.assist).bytes;
  if (assisted != 0) balance_ += bytes_for(assisted) + 1;
  if (balance_ >= 0) return 0;
  Wide debt = -balance_;
  Wide work = work_for(debt);
  if (const Wide least = options_.pacing_step_bytes / kStepPerLeastAssist; work < least) {
    work = least;
    debt = bytes_for(work);
  }
  const Wide taken = std::min(std::max<Wide>(credit_ + background, 0), work);
  credit_ -= taken;
  balance_ += taken < work ? bytes_for(taken) + 1 : debt;
  return work - taken;
}

void PacingOracle::judge_marking(const PacingView& view, const PacingDecision& decision) {
  const HeapStats stats = heap_.stats();
  const Wide bound = options_.pacing_step_bytes + kPerAllocated * Wide{allocated(view)};
  if (decision.background_bytes + Wide{decision.assist_bytes} > bound)
    complain("a decision marks more than its bound", decision.background_bytes + Wide{decision.assist_bytes},
             bound);
  if (!sure_) return;
  const Wide background = std::min(background_due(view), bound);
  if (decision.background_bytes != background)
    complain("the share of the background", decision.background_bytes, background);
  const Wide assist = std::min(assist_due(view, stats, background), bound - background);
  const bool limited = stats.limiter_fill > options_.limiter_capacity / 2;
  if (decision.assist_bytes > assist || (decision.assist_bytes < assist && !limited))
    complain("what an assist scans", decision.assist_bytes, assist);
}

void PacingOracle::judge(DecisionPoint point, const PacingView& view, const PacingDecision& decision,
                         uint64_t cycles) {
  follow(view, cycles);
  const bool decides = decides_at(point);
  const uint64_t marks = decision.background_bytes + decision.assist_bytes;
  if ((!decides || view.phase != Phase::kMark) && marks != 0)
    complain("bytes marked where none are to be", marks, 0);
  if ((!decides || view.phase != Phase::kSweep) && decision.sweep_pages != 0)
    complain("pages swept where none are to be", decision.sweep_pages, 0);
  if (!decides) return;
  judge_done(view, cycles);
  if (view.phase == Phase::kMark) judge_marking(view, decision);
  const uint64_t swept_most =
      options_.pacing_step_bytes / kStepPerSweptPage + kPerAllocated * (allocated(view) / kPageBytes);
  if (view.phase == Phase::kSweep && (decision.sweep_pages == 0 || decision.sweep_pages > swept_most))
    complain("pages that a decision sweeps", decision.sweep_pages, swept_most);
  last_ = settled_ = view;
  decided_ = decision;
  cycles_ = cycles;
}

std::optional<Failure> PacingOracle::take_failure() {
  return std::exchange(failure_, std::nullopt);
}

}  // namespace gcmap::harness
