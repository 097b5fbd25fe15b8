// An interruption from outside - SIGINT, SIGTERM or SIGHUP - that a long command wants to survive: to keep
// what it has found, and to end with 128 plus the signal's number.
//
// A child that run_in_child waits for is killed with it, so that the command comes back at once.
#pragma once

#include <signal.h>
#include <sys/types.h>

namespace gcmap::harness {

// While one lives the three signals are remembered instead of ending the process. One at a time. SIGINT and
// SIGHUP stay ignored where they were (nohup, a shell's background job).
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  // The last one that came; 0 if none did.
  int signal() const;

  // The child to end when a signal comes, 0 if there is none. One that came already ends it at once.
  static void watch(pid_t child);

 private:
  struct sigaction old_[3];
};

// For a child, right after the fork: it is killed when `parent`, which forked it, ends, however that ends,
// and leaves the signals of a terminal to it.
void die_with(pid_t parent);

}  // namespace gcmap::harness
