// HangWatch: notices an operation that comes to no end, by a clock. For loops that pass through nothing that
// is counted; what is counted tells sooner, and the same everywhere (harness/subject/work_budget.h).
//
// Protocol: 1. start() arms a timer of the process; 2. watch() says whose progress to look at, and how long
// it may stand still; 3. the timer ticks, and calls `told` when it has stood still for so long; 4. rest()
// ends what watch() began. Steps 2 and 4 make no system call: a fuzzer can have every program watched.
//
// It notices late, by up to a tick, and never early. `told` runs in a signal handler, in the middle of
// anything: what it does must be safe there.
#pragma once

#include <cstdint>

namespace gcmap::harness {

// What there is to say of an operation whose processor time was over: of unsigned long long milliseconds.
inline constexpr const char* kHangWords = "it came to no end within %llu ms of processor time";

class HangWatch {
 public:
  enum class Clock : uint8_t {
    kProcessor,  // SIGPROF: what the process has used, whatever else the machine does
    kWall,       // SIGALRM: for what waits
  };
  enum class Why : uint8_t {
    kStands,  // no progress
    kSlow,    // progress, and no end
  };
  using Told = void (*)(Clock clock, Why why);

  // Each clock once in a process.
  // Requires: tick_ms > 0.
  static void start(Clock clock, uint32_t tick_ms, Told told);

  // `*progress`, which must live until rest(), changes whenever the process comes on. Times are in
  // milliseconds of the clock: how long it may stay as it is, and how long all may take.
  static void watch(Clock clock, const volatile uint32_t* progress, uint64_t stands_ms_max,
                    uint64_t all_ms_max = UINT64_MAX);
  static void rest(Clock clock);
};

}  // namespace gcmap::harness
