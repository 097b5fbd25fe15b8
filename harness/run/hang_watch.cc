#include "harness/run/hang_watch.h"

#include <signal.h>
#include <sys/time.h>

#include <atomic>

namespace gcmap::harness {
namespace {

// Of one clock. The signal handler interrupts the thread that sets these.
struct Watch {
  std::atomic<const volatile uint32_t*> progress{nullptr};  // null: nobody is watched
  std::atomic<uint32_t> last{0};                            // progress at the last tick
  std::atomic<uint64_t> idle{0};                            // ticks since it changed
  std::atomic<uint64_t> ticks{0};
  std::atomic<uint64_t> idle_max{0};
  std::atomic<uint64_t> ticks_max{0};
  uint32_t tick_ms = 0;
  HangWatch::Told told = nullptr;

  uint64_t in_ticks(uint64_t ms) const { return ms == UINT64_MAX ? ms : (ms + tick_ms - 1) / tick_ms; }
};

Watch watches[2];

Watch& watch_of(HangWatch::Clock clock) {
  return watches[static_cast<size_t>(clock)];
}

void tick(HangWatch::Clock clock) {
  Watch& watch = watch_of(clock);
  const volatile uint32_t* const progress = watch.progress;
  if (progress == nullptr) return;
  const uint64_t ticks = ++watch.ticks;
  const uint32_t now = *progress;
  const bool first = ticks == 1;  // it may have come right after watch()
  const uint64_t idle = first || now != watch.last ? 0 : watch.idle + 1;
  watch.last = now;
  watch.idle = idle;
  if (idle >= watch.idle_max) return watch.told(clock, HangWatch::Why::kStands);
  if (ticks > watch.ticks_max) watch.told(clock, HangWatch::Why::kSlow);
}

}  // namespace

void HangWatch::start(Clock clock, uint32_t tick_ms, Told told) {
  Watch& watch = watch_of(clock);
  watch.tick_ms = tick_ms;
  watch.told = told;
  const bool processor = clock == Clock::kProcessor;
  struct sigaction action = {};
  action.sa_handler = processor ? [](int) { tick(Clock::kProcessor); } : [](int) { tick(Clock::kWall); };
  action.sa_flags = SA_RESTART;
  ::sigaction(processor ? SIGPROF : SIGALRM, &action, nullptr);
  itimerval times = {};
  times.it_interval.tv_sec = static_cast<time_t>(tick_ms / 1000);
  times.it_interval.tv_usec = static_cast<suseconds_t>(tick_ms % 1000 * 1000);
  times.it_value = times.it_interval;
  ::setitimer(processor ? ITIMER_PROF : ITIMER_REAL, &times, nullptr);
}

void HangWatch::watch(Clock clock, const volatile uint32_t* progress, uint64_t stands_ms_max,
                      uint64_t all_ms_max) {
  Watch& watch = watch_of(clock);
  watch.progress = nullptr;
  watch.ticks = 0;
  watch.idle_max = watch.in_ticks(stands_ms_max);
  watch.ticks_max = watch.in_ticks(all_ms_max);
  watch.progress = progress;
}

void HangWatch::rest(Clock clock) {
  watch_of(clock).progress = nullptr;
}

}  // namespace gcmap::harness
