#include "gc/verify/pacing_verifier.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

#include "gc/cycle/collector.h"

namespace gcmap {
namespace {

// Wide enough for every intermediate result: nothing here saturates or wraps but the goal at the end.
__extension__ using Wide = __int128;

constexpr Wide kMiB = 1 << 20;
constexpr Wide kLargest = UINT64_MAX;

class PacingVerifier {
 public:
  PacingVerifier(const Collector& collector, Violations* violations)
      : collector_(collector),
        view_(collector.view()),
        pacer_(collector.default_pacing().pacer()),
        bounds_(collector.default_pacing().bounds(view_)),
        violations_(violations) {}

  void verify() {
    recount();
    verify_goal();
    verify_trigger();
    verify_limiter();
    verify_sweeping();
    verify_scavenging();
    if (!std::isfinite(pacer_.cons_mark())) report("G6", "cons_mark", "is no finite number");
  }

 private:
  void report(const char* id, const char* path, std::string detail) {
    violations_->push_back({id, path, std::move(detail)});
  }
  void expect(const char* id, const char* what, uint64_t kept, uint64_t counted) {
    if (kept == counted) return;
    report(id, what, "is " + std::to_string(kept) + ", should be " + std::to_string(counted));
  }

  // H5: objects that are alive, or as good as: not those an unfinished sweep is going to free.
  void recount() {
    const ObjectSpace& space = collector_.space();
    uint64_t retained = 0;
    uint64_t scannable = 0;
    space.for_each_span([&](const Span& span) {
      uint64_t objects = 0;
      const bool unswept = space.needs_sweep(span);
      for (uint32_t word = 0; word < span.word_count(); ++word) {
        const uint64_t allocated = span.allocated_word(word);
        objects +=
            static_cast<uint64_t>(std::popcount(unswept ? allocated & span.mark_bits[word] : allocated));
      }
      retained += objects * span.slot_bytes;
      if (span.noscan()) return;
      const bool cached = span.sweepgen == space.sweepgen() + 3;
      if (cached) objects += span.slot_count - span.live_count - span.held_count;
      scannable += objects * span.slot_bytes;
    });
    expect("H5", "retained_bytes", view_.retained_bytes, retained);
    expect("H5", "scannable_bytes", view_.scannable_bytes, scannable);
  }

  Wide percent_goal() const {
    const int percent = pacer_.gogc_percent();
    if (percent < 0) return kLargest;
    const Wide marked = pacer_.marked_bytes();
    const Wide roots = pacer_.root_scan_bytes();
    return std::max(marked + (marked + roots) * percent / 100, 4 * kMiB * percent / 100);
  }

  Wide limit_goal() const {
    const Wide limit = pacer_.memory_limit();
    if (limit == kLargest) return kLargest;
    const Wide committed = view_.committed_bytes;
    const Wide other = committed - static_cast<Wide>(view_.free_bytes) - static_cast<Wide>(view_.live_bytes);
    const Wide room = limit - other - std::max<Wide>(committed - limit, 0);
    const Wide least = room > 0 ? kMiB : 0;
    return std::max<Wide>({room - kMiB, least, pacer_.marked_bytes()});
  }

  void verify_goal() {
    Wide goal = percent_goal();
    goal = std::max<Wide>(goal, pacer_.sweep_floor());
    const bool marking = view_.phase == Phase::kMark || view_.phase == Phase::kMarkTermination;
    if (marking) goal = std::max<Wide>(goal, pacer_.triggered() + 64 * kMiB / 1024);
    goal = std::min({goal, limit_goal(), kLargest});
    expect("G6", "goal", bounds_.goal, static_cast<uint64_t>(goal));
    expect("G6", "marked_bytes", pacer_.marked_bytes(), view_.marked_bytes_last_cycle);
  }

  // Within 0.7 and 0.95 of the way, but for rounding by 64ths; the greatest is 4 MiB below a large goal.
  void verify_trigger() {
    const Wide marked = pacer_.marked_bytes();
    const Wide goal = bounds_.goal;
    const Wide trigger = bounds_.trigger;
    const Wide distance = goal - marked;
    if (trigger > goal) report("G6", "trigger", "lies above the goal");
    if (distance <= 0) {
      expect("G6", "trigger", bounds_.trigger, bounds_.goal);
      return;
    }
    const Wide greatest =
        std::max({marked + distance * 61 / 64, goal - 4 * kMiB, Wide{pacer_.sweep_floor()}});
    if (trigger < marked + distance * 45 / 64 - 64)
      report("G6", "trigger", std::to_string(bounds_.trigger) + " lies too far below the goal");
    if (trigger > greatest)
      report("G6", "trigger", std::to_string(bounds_.trigger) + " lies too close to the goal");
  }

  void verify_limiter() {
    const CpuLimiter& limiter = collector_.default_pacing().limiter();
    if (limiter.fill() > limiter.capacity())
      report("G6", "limiter", "holds " + std::to_string(limiter.fill()) + " time units, more than fit");
    if (limiter.limiting() && limiter.fill() < limiter.capacity())
      report("G6", "limiter", "limits although there is room");
  }

  void verify_sweeping() {
    const uint64_t planned = collector_.default_pacing().sweep_pacer().pages();
    if (view_.phase != Phase::kSweep || view_.sweep_pages_left <= planned) return;
    report("G6", "sweep",
           std::to_string(view_.sweep_pages_left) + " pages are left of " + std::to_string(planned));
  }

  // The goal by limit is Go's, and of this very limit.
  void verify_scavenging() {
    const ScavengeGoals& goals = collector_.default_pacing().scavenge_goals();
    const Wide limit = pacer_.memory_limit();
    expect("G6", "scavenge goal by limit", goals.limit_bytes,
           static_cast<uint64_t>(limit == kLargest ? kLargest : limit * 95 / 100));
  }

  const Collector& collector_;
  const PacingView view_;
  const Pacer& pacer_;
  const Pacer::Bounds bounds_;
  Violations* violations_;
};

}  // namespace

void verify_pacing(const Collector& collector, Violations* violations) {
  PacingVerifier(collector, violations).verify();
}

}  // namespace gcmap
