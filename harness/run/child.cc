// The fork, the limits, and the reading of what a dead child left behind.
#include "harness/run/child.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "harness/program/work_bound.h"
#include "harness/run/hang_watch.h"
#include "harness/run/interruption.h"

namespace gcmap::harness {
namespace {

// What the child tells the parent, in memory they share.
struct Message {
  volatile uint32_t progress;
  std::atomic<uint32_t> complete;
  std::atomic<uint32_t> undecided;
  VerdictKind kind;
  OpKind op;
  uint64_t operation;
  uint64_t digest;
  char oracle[32];
  char detail[4096];
};

void copy_text(char* to, size_t size, const std::string& from) {
  const size_t length = std::min(size - 1, from.size());
  std::memcpy(to, from.data(), length);
  to[length] = '\0';
}

void send(Message& message, const Verdict& verdict) {
  message.kind = verdict.kind;
  message.op = verdict.op;
  message.operation = verdict.operation;
  message.digest = verdict.digest;
  copy_text(message.oracle, sizeof message.oracle, verdict.oracle);
  copy_text(message.detail, sizeof message.detail, verdict.detail);
  message.complete.store(1);
}

Verdict receive(const Message& message) {
  return {message.kind, message.oracle, message.operation, message.op, message.detail, message.digest};
}

constexpr uint64_t kCustomCpuMsMax = 10'000;  // of a runner that may not say how far it has come
constexpr uint64_t kTickMsMax = 125;
constexpr uint64_t kTicks = 4;  // of a limit, at least

// What the processor time of an operation is limited to.
uint64_t cpu_ms_max_of(const Program& program, const ChildOptions& options) {
  if (options.cpu_ms_max != 0) return options.cpu_ms_max;
  return options.runner ? kCustomCpuMsMax : operation_cpu_ms_max(program);
}

Message* own_message;  // in the child

// The signal says which clock it was; the rest the parent knows.
void die(HangWatch::Clock clock, HangWatch::Why why) {
  own_message->undecided = why == HangWatch::Why::kSlow;
  const int signal = clock == HangWatch::Clock::kProcessor ? SIGPROF : SIGALRM;
  ::signal(signal, SIG_DFL);
  ::raise(signal);  // comes when the handler returns
}

void watch(HangWatch::Clock clock, uint64_t ms_max, uint64_t all_ms_max) {
  HangWatch::start(clock, static_cast<uint32_t>(std::clamp<uint64_t>(ms_max / kTicks, 1, kTickMsMax)), die);
  HangWatch::watch(clock, &own_message->progress, ms_max, all_ms_max);
}

void arm_limits(uint64_t cpu_ms_max, const ChildOptions& options, Message& message) {
  const rlimit no_core = {0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  own_message = &message;
  watch(HangWatch::Clock::kProcessor, cpu_ms_max, std::max(options.program_cpu_ms_max, cpu_ms_max));
  watch(HangWatch::Clock::kWall, std::max(options.wall_ms_max, cpu_ms_max), UINT64_MAX);
}

[[noreturn]] void end_child(Message& message, const Verdict& verdict) {
  send(message, verdict);
  std::fflush(stdout);
  ::_exit(0);
}

[[noreturn]] void child_main(const Program& program, const ChildOptions& options, uint64_t cpu_ms_max,
                             Message& message, int report) {
  ::dup2(report, STDERR_FILENO);
  arm_limits(cpu_ms_max, options, message);
  RunOptions run_options = options.run;
  run_options.progress = &message.progress;
  run_options.hung = [&](const Verdict& verdict) { end_child(message, verdict); };
  end_child(message, options.runner ? options.runner(program, run_options) : run(program, run_options));
}

// Until it has ended; its number is not another's before it is reaped.
void wait_for(pid_t child) {
  siginfo_t ended;
  while (::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
  }
}

std::string read_report(int file) {
  std::string report;
  char buffer[4096];
  for (off_t at = 0;;) {
    const ssize_t got = ::pread(file, buffer, sizeof buffer, at);
    if (got <= 0) return report;
    report.append(buffer, static_cast<size_t>(got));
    at += got;
  }
}

std::string name_of_signal(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name == nullptr ? "signal " + std::to_string(signal) : std::string("SIG") + name;
}

std::string words_of_hang(uint64_t cpu_ms_max) {
  char words[128];
  std::snprintf(words, sizeof words, kHangWords, static_cast<unsigned long long>(cpu_ms_max));
  return words;
}

std::string first_line(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

Verdict verdict_of_death(const Program& program, const Message& message, int status,
                         const std::string& report, uint64_t cpu_ms_max) {
  Verdict verdict;
  verdict.kind = VerdictKind::kCrash;
  verdict.operation = std::min<size_t>(message.progress, program.operations.size());
  if (verdict.operation < program.operations.size()) verdict.op = program.operations[verdict.operation].kind;
  const int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  if (signal == SIGKILL || signal == SIGXCPU) {
    verdict.kind = VerdictKind::kEnvironment;
    verdict.detail = signal == SIGKILL ? "killed by SIGKILL: the system ran out of memory, or somebody did it"
                                       : "killed by SIGXCPU: a limit on processor time (ulimit -t?)";
    return verdict;
  }
  if (message.undecided.load() != 0) {
    verdict.kind = VerdictKind::kUndecided;
    verdict.detail = "it goes on, and takes longer than anybody wanted to wait";
    return verdict;
  }
  if (signal == SIGPROF || signal == SIGALRM) {
    verdict.kind = VerdictKind::kHang;
    verdict.oracle = "HANG";
    verdict.detail = signal == SIGPROF ? words_of_hang(cpu_ms_max) : "the operation never came back";
    return verdict;
  }
  const DeathReport death = read_death_report(report);
  verdict.oracle = death.oracle;
  verdict.detail = death.detail;
  verdict.frame = death.frame;
  if (!verdict.oracle.empty()) return verdict;
  verdict.oracle = signal != 0 ? name_of_signal(signal) : "EXIT";
  verdict.detail = first_line(report);
  if (verdict.detail.empty()) {
    verdict.detail = signal != 0 ? "killed by " + verdict.oracle
                                 : "the process ended with status " + std::to_string(WEXITSTATUS(status));
  }
  return verdict;
}

Verdict no_child(const char* what) {
  Verdict verdict;
  verdict.kind = VerdictKind::kEnvironment;
  verdict.detail = std::string("cannot run a child: ") + what + ": " + std::strerror(errno);
  return verdict;
}

// The lines of a report around one that matters.
std::string_view line_at(std::string_view report, size_t at) {
  const size_t begin = at == 0 ? 0 : report.rfind('\n', at - 1) + 1;  // npos + 1 == 0
  return report.substr(begin, std::min(report.find('\n', at), report.size()) - begin);
}

// "gcmap::find" of "gcmap::(anonymous namespace)::find(unsigned long) const".
std::string without_parameters(std::string_view function) {
  constexpr std::string_view kAnonymous = "(anonymous namespace)::";
  std::string name(function);
  for (size_t at; (at = name.find(kAnonymous)) != std::string::npos;) name.erase(at, kAnonymous.size());
  return name.substr(0, name.find('('));
}

struct Frame {
  std::string function;  // gcmap::find
  std::string place;     // lib/map/access.cc:12
};

// "lib/map/access.cc:12" of "/home/me/gcmap/lib/map/access.cc:12" and of "../../lib/map/access.cc:12";
// nothing of a file that is not the library's, such as /usr/lib/gcc/.../stl_algo.h.
std::string_view place_in_library(std::string_view place) {
  for (const std::string_view layer : {"base/", "alloc/", "gc/", "map/", "observe/", "include/gcmap/"}) {
    const std::string folder = "lib/" + std::string(layer);
    const size_t at = place.rfind(folder);
    const bool begins =
        at == 0 || (at != std::string_view::npos && (place[at - 1] == '/' || place[at - 1] == ' '));
    if (begins) return place.substr(at);
  }
  return {};
}

// The first frame of a stack whose source lies in the library. Reports of a process without a symbolizer
// have none.
Frame top_frame(std::string_view report) {
  for (size_t at = report.find("    #"); at != std::string_view::npos; at = report.find("    #", at + 1)) {
    const std::string_view line = line_at(report, at);
    const size_t in = line.find(" in ");
    const size_t path = line.rfind(' ');
    if (in >= path) continue;
    const std::string_view place = place_in_library(line.substr(path + 1));
    if (!place.empty()) return {without_parameters(line.substr(in + 4, path - in - 4)), std::string(place)};
  }
  return {};
}

// "lib/map/hash.h" of "lib/map/hash.h:9:3": lines move.
std::string without_line(std::string_view place) {
  return std::string(place.substr(0, place.find(':')));
}

}  // namespace

DeathReport read_death_report(std::string_view report) {
  struct Mark {
    const char* text;
    const char* oracle;
  };
  // In order of precedence: a sanitizer's report may follow a failed check's, never the other way round.
  static constexpr Mark kMarks[] = {
      {"gcmap: check failed: ", "CHECK"},   {": runtime error: ", "UB"},
      {"ERROR: AddressSanitizer: ", "AS"},  {"WARNING: MemorySanitizer: ", "MS"},
      {"WARNING: ThreadSanitizer: ", "TS"},
  };
  for (const Mark& mark : kMarks) {
    const size_t at = report.find(mark.text);
    if (at == std::string_view::npos) continue;
    const std::string_view line = line_at(report, at);
    std::string_view rest = report.substr(at + std::strlen(mark.text));
    rest = rest.substr(0, rest.find('\n'));
    const std::string oracle = mark.oracle;
    if (oracle == "CHECK") {
      const size_t place = report.find("\n  at ", at);
      const bool named = place != std::string_view::npos;
      const std::string_view file = named ? place_in_library(line_at(report, place + 1)) : "";
      return {oracle, std::string(rest), without_line(file)};
    }
    if (oracle == "UB") {
      const std::string_view place = place_in_library(line.substr(0, line.find(mark.text)));
      const std::string_view shorter =
          place.empty() ? line : line.substr(static_cast<size_t>(place.data() - line.data()));
      return {oracle, std::string(shorter), without_line(place)};
    }
    // Addresses and process numbers differ from run to run; only the kind of error stays.
    if (rest.starts_with("attempting ")) rest.remove_prefix(std::strlen("attempting "));
    const std::string error(rest.substr(0, rest.find_first_of(" (")));
    const Frame top = top_frame(report);
    return {oracle, top.function.empty() ? error : error + " in " + top.function + " at " + top.place,
            top.function};
  }
  return {};
}

Verdict run_in_child(const Program& program, const ChildOptions& options, std::string* report) {
  void* shared = ::mmap(nullptr, sizeof(Message), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return no_child("map shared memory");
  auto& message = *new (shared) Message{};
  std::fflush(stdout);
  std::fflush(stderr);
  const uint64_t cpu_ms_max = cpu_ms_max_of(program, options);
  const int report_file = ::memfd_create("report", MFD_CLOEXEC);
  const pid_t parent = ::getpid();
  const pid_t child = report_file < 0 ? -1 : ::fork();
  Verdict verdict;
  if (child < 0) {
    verdict = no_child(report_file < 0 ? "create a memory file" : "fork");
  } else {
    if (child == 0) {
      die_with(parent);
      child_main(program, options, cpu_ms_max, message, report_file);
    }
    Interruption::watch(child);
    int status = 0;
    wait_for(child);
    Interruption::watch(0);
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    const std::string text = read_report(report_file);
    if (report != nullptr) *report = text;
    verdict = message.complete.load() != 0 ? receive(message)
                                           : verdict_of_death(program, message, status, text, cpu_ms_max);
  }
  if (report_file >= 0) ::close(report_file);
  ::munmap(shared, sizeof(Message));
  return verdict;
}

}  // namespace gcmap::harness
