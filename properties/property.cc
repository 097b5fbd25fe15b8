#include "properties/property.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <span>
#include <sstream>
#include <system_error>
#include <utility>

#include "gcmap/internal/alloc/poison.h"
#include "harness/program/codec_binary.h"
#include "harness/program/codec_text.h"
#include "harness/program/digest.h"
#include "harness/program/output.h"
#include "harness/reduce/reducer.h"
#include "harness/run/child.h"

namespace gcmap::properties {
namespace {

using harness::Program;
using harness::Verdict;
using harness::VerdictKind;

constexpr uint64_t kReduceExecutions = 2'000;  // of a property's programs; ./dev reduce goes on from there
constexpr int kPassed = 0;
constexpr int kFailed = 1;

// The program about to run, in memory that parent and child share.
struct Running {
  volatile size_t size;  // 0: none
  std::array<uint8_t, harness::kConfigBytes + harness::kOperationsMax * harness::kRecordBytes> bytes;
};

// What the child remembers of a case that failed.
struct Failed {
  Program program;
  Verdict verdict;
  Relation relation;
};

Running* running = nullptr;
std::optional<Failed> last_failed;

class SharedRunning {
 public:
  SharedRunning() {
    void* const memory =
        ::mmap(nullptr, sizeof(Running), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory != MAP_FAILED) running = static_cast<Running*>(memory);
  }
  ~SharedRunning() {
    if (running != nullptr) ::munmap(running, sizeof(Running));
    running = nullptr;
  }
  SharedRunning(const SharedRunning&) = delete;
  SharedRunning& operator=(const SharedRunning&) = delete;

  std::optional<Program> program() const {
    if (running == nullptr || running->size == 0) return std::nullopt;
    return harness::decode({running->bytes.data(), running->size});
  }
};

std::vector<Property>& registered() {
  static std::vector<Property> all;
  return all;
}

std::string full_name(const Property& property) {
  return property.suite + "." + property.name;
}

// What repeats the failure, as far as RapidCheck knows it; of a case that died it knows the seed.
std::string repeat_line(const Property& property, const std::string& flags) {
  std::string line = "repeat: ./dev properties " + full_name(property);
  if constexpr (!kPoisoning) line += " --build fast";
  return line + flags;
}

std::string reproduce_flags(const std::string& id, const rc::detail::Reproduce& reproduce) {
  rc::detail::Configuration configuration;
  configuration.reproduce.emplace(id, reproduce);
  const std::string text = rc::detail::configToMinimalString(configuration);  // "reproduce=TEXT ..."
  const size_t start = text.find("reproduce=") + std::strlen("reproduce=");
  return " --reproduce " + text.substr(start, text.find(' ', start) - start);
}

std::string seed_flags() {
  const rc::detail::TestParams& params = rc::detail::configuration().testParams;
  return " --seed " + std::to_string(params.seed) + " --max-success " + std::to_string(params.maxSuccess) +
         " --max-size " + std::to_string(params.maxSize);
}

// Writes the program and says where, or why not.
std::string save(const Property& property, const Program& program, const std::string& signature,
                 const std::string& folder) {
  const std::string text = harness::print(program);
  harness::Digest digest;
  for (const char c : text) digest.add(static_cast<uint8_t>(c));
  std::array<char, 9> id;
  std::snprintf(id.data(), id.size(), "%08x", static_cast<unsigned>(digest.value()));
  std::string name = full_name(property) + "-" + signature + "-" + id.data() + ".txt";
  for (char& c : name) {
    if (c == '@' || c == '/') c = '-';
  }
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const std::string path = folder + "/" + name;
  const std::string problem = harness::write_output(path, text);
  if (!problem.empty()) return "program: not saved: " + problem + "\n" + text;
  return "program: " + path + " (" + std::to_string(program.operations.size()) + " operations)\n";
}

std::string report(const Property& property, const Program& program, const Verdict& verdict,
                   const std::string& flags, const std::string& folder) {
  return full_name(property) + " fails at " + property.file + ":" + std::to_string(property.line) + "\n" +
         verdict.signature() + ": " + verdict.detail + "\n" +
         save(property, program, verdict.signature(), folder) + repeat_line(property, flags);
}

// The smallest program found for which the relation does not hold.
Failed reduced(const Failed& failed) {
  harness::ReduceOptions options;
  options.executions_max = kReduceExecutions;
  options.strictness = harness::Strictness::kSameOracle;
  options.run = [&](const Program& program) {
    return harness::run_in_child(program, {.runner = [&](const Program& same, const harness::RunOptions&) {
                                   return failed.relation(same);
                                 }});
  };
  const harness::ReduceResult result = harness::reduce(failed.program, options);
  return {result.program, result.verdict.failed() ? result.verdict : failed.verdict, failed.relation};
}

// In the child.
// Returns what to tell of the failure, if there is one.
std::optional<std::string> check_here(const Property& property, const std::string& folder) {
  const std::string id = property.suite + "/" + property.name;
  const auto result = rc::detail::checkTestable(property.body, rc::detail::TestMetadata{id, property.name});
  if (result.template is<rc::detail::SuccessResult>()) {
    if (result.template get<rc::detail::SuccessResult>().distribution.empty()) return std::nullopt;
    rc::detail::printResultMessage(result, std::cout);
    std::cout << std::endl;
    return std::nullopt;
  }
  std::string flags = seed_flags();
  if (result.template is<rc::detail::FailureResult>()) {
    flags = reproduce_flags(id, result.template get<rc::detail::FailureResult>().reproduce);
  }
  if (result.template is<rc::detail::FailureResult>() && last_failed) {
    const Failed smallest = last_failed->relation ? reduced(*last_failed) : *last_failed;
    return report(property, smallest.program, smallest.verdict, flags, folder);
  }
  std::ostringstream message;
  message << full_name(property) << " fails at " << property.file << ":" << property.line << "\n";
  rc::detail::printResultMessage(result, message);
  message << "\n" << repeat_line(property, flags);
  return message.str();
}

std::string name_of_signal(int signal) {
  const char* const name = ::sigabbrev_np(signal);
  return name == nullptr ? "SIGNAL" + std::to_string(signal) : "SIG" + std::string(name);
}

// The system refused what a property takes, which says nothing of the library: the program ends with 2.
[[noreturn]] void give_up(const Property& property, const std::string& what) {
  std::fprintf(stderr, "gcmap_properties: %s: %s\n", full_name(property).c_str(), what.c_str());
  std::fflush(nullptr);
  std::_Exit(2);
}

// In the parent, of a child that died: by itself its last program dies as well, unless memory was damaged by
// one before it.
std::string report_death(const Property& property, const std::optional<Program>& program, int status,
                         const std::string& folder) {
  Verdict death;
  death.kind = VerdictKind::kCrash;
  death.oracle = WIFSIGNALED(status) ? name_of_signal(WTERMSIG(status)) : "EXIT";
  death.detail = "the process died (above)";
  const std::string flags = seed_flags();
  if (!program) {
    return full_name(property) + " fails at " + property.file + ":" + std::to_string(property.line) + "\n" +
           death.signature() + ": " + death.detail + ", and no program was running\n" +
           repeat_line(property, flags);
  }
  const harness::ReduceResult result = harness::reduce(*program, {.executions_max = kReduceExecutions});
  if (result.original.failed()) return report(property, result.program, result.verdict, flags, folder);
  death.detail += "; its last program does not fail by itself";
  return report(property, *program, death, flags, folder);
}

void write_all(int descriptor, const std::string& text) {
  for (size_t done = 0; done < text.size();) {
    const ssize_t wrote = ::write(descriptor, text.data() + done, text.size() - done);
    if (wrote < 0 && errno != EINTR) return;
    done += wrote < 0 ? 0 : static_cast<size_t>(wrote);
  }
}

std::string read_all(int descriptor) {
  std::string text;
  std::array<char, 4096> piece;
  for (;;) {
    const ssize_t got = ::read(descriptor, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(piece.data(), static_cast<size_t>(got));
  }
}

[[noreturn]] void run_child(const Property& property, const std::string& folder, int out, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(kPassed);  // it ended before the line above: nobody listens
  const std::optional<std::string> failure = check_here(property, folder);
  if (failure) write_all(out, *failure);
  std::fflush(nullptr);
  ::_exit(failure ? kFailed : kPassed);
}

}  // namespace

harness::Verdict differs(const std::string& difference) {
  Verdict verdict;
  verdict.kind = VerdictKind::kBug;
  verdict.oracle = "RELATION";
  verdict.detail = difference;
  return verdict;
}

void about_to_run(const Program& program) {
  if (running != nullptr) running->size = harness::encode_into(program, running->bytes);
}

void holds_for(const Program& program, const Relation& relation) {
  about_to_run(program);
  const Verdict verdict = relation(program);
  if (!verdict.failed()) return;
  last_failed = Failed{program, verdict, relation};
  RC_FAIL(verdict.signature() + ": " + verdict.detail);
}

void fail(const Program& program, const Verdict& verdict) {
  last_failed = Failed{program, verdict, {}};
  RC_FAIL(verdict.signature() + ": " + verdict.detail);
  std::abort();  // RC_FAIL throws, which the compiler does not know
}

std::optional<std::string> check(const Property& property, const std::string& folder) {
  const SharedRunning shared;
  std::array<int, 2> ends;
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    give_up(property, "no pipe: " + std::string(std::strerror(errno)));
  std::cout.flush();
  std::fflush(nullptr);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) give_up(property, "no child could be started: " + std::string(std::strerror(errno)));
  if (child == 0) run_child(property, folder, ends[1], parent);
  ::close(ends[1]);
  const std::string said = read_all(ends[0]);
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == kPassed) return std::nullopt;
  if (!said.empty()) return said;
  if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGXCPU))
    give_up(property, "its child was ended by " + name_of_signal(WTERMSIG(status)) +
                          ": out of memory, or somebody did it");
  return report_death(property, shared.program(), status, folder);
}

const std::vector<Property>& all_properties() {
  return registered();
}

// __FILE__ is whatever the compiler was given: it is shown from the project's folder.
size_t add(Property property) {
  const size_t start = property.file.rfind("properties/");
  if (start != std::string::npos) property.file.erase(0, start);
  registered().push_back(std::move(property));
  return registered().size() - 1;
}

void run_as_test(const Property& property) {
  if (const auto failure = check(property, reproducer_folder())) {
    ADD_FAILURE_AT(property.file.c_str(), property.line) << *failure;
  }
}

std::string reproducer_folder() {
  const char* const folder = std::getenv("GCMAP_REPRODUCERS");
  return folder == nullptr ? "reproducers" : folder;
}

}  // namespace gcmap::properties
