#include "harness/run/interruption.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <atomic>
#include <iterator>

namespace gcmap::harness {
namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};

std::atomic<int> caught{0};
std::atomic<pid_t> watched{0};

void remember(int signal) {
  caught = signal;
  if (const pid_t child = watched; child != 0) ::kill(child, SIGKILL);
}

}  // namespace

Interruption::Interruption() {
  caught = 0;
  struct sigaction action = {};
  action.sa_handler = remember;
  action.sa_flags = SA_RESTART;
  for (size_t i = 0; i < std::size(kSignals); ++i) {
    ::sigaction(kSignals[i], nullptr, &old_[i]);
    const bool ignored = old_[i].sa_handler == SIG_IGN && kSignals[i] != SIGTERM;
    if (!ignored) ::sigaction(kSignals[i], &action, nullptr);
  }
}

Interruption::~Interruption() {
  for (size_t i = 0; i < std::size(kSignals); ++i) ::sigaction(kSignals[i], &old_[i], nullptr);
  caught = 0;
}

int Interruption::signal() const {
  return caught;
}

void Interruption::watch(pid_t child) {
  watched = child;
  if (child != 0 && caught != 0) ::kill(child, SIGKILL);
}

void die_with(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(0);  // it ended before the line above
  for (const int signal : kSignals) ::signal(signal, SIG_IGN);
}

}  // namespace gcmap::harness
