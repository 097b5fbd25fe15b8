#include "harness/run/program_watch.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "harness/program/work_bound.h"
#include "harness/run/hang_watch.h"

namespace gcmap::harness {
namespace {

constexpr uint32_t kTickMs = 125;  // an ordinary operation has four of them, and a hang is told in the fifth
constexpr auto kClock = HangWatch::Clock::kProcessor;

struct AtHand {
  const Program* program;
  const volatile uint32_t* progress;
  uint64_t cpu_ms_max;
};
AtHand at_hand;

// In a signal handler: nothing is allocated.
[[noreturn]] void end(HangWatch::Clock, HangWatch::Why) {
  const uint32_t at = *at_hand.progress;
  const auto& operations = at_hand.program->operations;
  const char* const operation = at < operations.size() ? info_of(operations[at].kind).text.data() : "end";
  char words[128];
  char line[256];
  std::snprintf(words, sizeof words, kHangWords, static_cast<unsigned long long>(at_hand.cpu_ms_max));
  const int length = std::snprintf(line, sizeof line, "gcmap: HANG@%s: %s\n", operation, words);
  static_cast<void>(!::write(STDERR_FILENO, line, static_cast<size_t>(length)));
  std::abort();
}

}  // namespace

ProgramWatch::ProgramWatch(const Program& program, const volatile uint32_t* progress) {
  static const bool started = [] {
    HangWatch::start(kClock, kTickMs, end);
    return true;
  }();
  static_cast<void>(started);
  at_hand = {&program, progress, operation_cpu_ms_max(program)};
  HangWatch::watch(kClock, progress, at_hand.cpu_ms_max);
}

ProgramWatch::~ProgramWatch() {
  HangWatch::rest(kClock);
}

}  // namespace gcmap::harness
