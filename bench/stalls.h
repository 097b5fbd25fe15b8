// How long the mutator stood still: the longest time between two of its operations, and what an idle loop
// measures in the same way. bench/go/gc_bench/stalls.go is the same in Go.
//
// On a machine that does other work as well the clock alone shows how long the process waits for a processor:
// 4 ms and more, whatever it does. So a gap is measured in processor time of the process, the collector's and
// the kernel's for it included. That is too dear to read at every operation, and is read where a window of
// kWindowNs on the clock has passed:
//
//   |-- operations, no gap of kWindowNs among them --|-- gap --|
//   window_began_                                  last_      now
//
// The gap is the window's processor time less what went by on the clock before it. If the process had to wait
// before it, less than kWindowNs are missing. Shorter gaps are measured on the clock.
//
// Even the clock is read at every kStride-th operation only: a gap is that of up to kStride operations, half
// a microsecond or so more than the stall in it.
#pragma once

#include <time.h>

#include <algorithm>
#include <cstdint>

namespace gcmap::bench {

class Stalls {
 public:
  static constexpr uint32_t kStride = 16;
  static constexpr int64_t kWindowNs = 50'000;
  static constexpr int64_t kIdleNsMax = 1'000'000'000;

  // The time before begin() does not count.
  void begin() {
    window_began_processor_ = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
    window_began_ = last_ = nanoseconds(CLOCK_MONOTONIC);
  }

  // The mutator has done one more operation.
  void operation() {
    if (++operations_ % kStride == 0) read();
  }

  // Ends a gap here.
  void read() {
    const int64_t now = nanoseconds(CLOCK_MONOTONIC);
    longest_on_clock_ns_ = std::max(longest_on_clock_ns_, now - last_);
    if (now - window_began_ < kWindowNs) {
      longest_ns_ = std::max(longest_ns_, now - last_);
      last_ = now;
      return;
    }
    const int64_t processor = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
    longest_ns_ = std::max(longest_ns_, processor - window_began_processor_ - (last_ - window_began_));
    window_began_processor_ = processor;
    window_began_ = last_ = nanoseconds(CLOCK_MONOTONIC);
  }

  int64_t longest_ns() const { return longest_ns_; }
  int64_t longest_on_clock_ns() const { return longest_on_clock_ns_; }

  // Of a loop that does nothing else until `ns` nanoseconds of processor time have passed, a second at most.
  static int64_t of_idle_loop(int64_t ns) {
    Stalls idle;
    idle.begin();
    for (const int64_t end = idle.window_began_processor_ + std::min(ns, kIdleNsMax);
         idle.window_began_processor_ < end;)
      idle.read();
    return idle.longest_ns();
  }

  static int64_t nanoseconds(clockid_t clock) {
    timespec time;
    clock_gettime(clock, &time);
    return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
  }

 private:
  uint32_t operations_ = 0;
  int64_t window_began_ = 0;
  int64_t window_began_processor_ = 0;
  int64_t last_ = 0;
  int64_t longest_ns_ = 0;
  int64_t longest_on_clock_ns_ = 0;
};

}  // namespace gcmap::bench
