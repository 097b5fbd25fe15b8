#include "harness/run/runner.h"

#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <new>

#include "gcmap/misuse_error.h"
#include "gcmap/out_of_memory.h"
#include "harness/program/operands.h"
#include "harness/run/dispatch.h"
#include "harness/run/ending.h"

namespace gcmap::harness {
namespace {

using std::to_string;

// Was there no memory to be had, by no fault of the library's? It says so of its own memory; what else the
// process allocates fails under a limit on address space.
bool system_refused(const std::bad_alloc& error) {
  if (const auto* const why = dynamic_cast<const OutOfMemory*>(&error))
    return why->reason() == OutOfMemory::Reason::kSystemRefused;
  rlimit limit = {};
  return ::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}

}  // namespace

Runner::Runner(const Config& config, const RunOptions& options)
    : options_(options),
      cadence_(options.oracles ? config.cadence : 0),
      families_(config, options.oracles, options.pacing),
      pairs_(families_, options.pairs),
      bound_(config) {
  families_.environment.budget().tell([this] { end_hung(); });
}

RunStats Runner::stats() const {
  const EventRecorder& recorder = families_.environment.recorder();
  return {steps_, growths_, recorder.cycles(), failed_allocations_, callbacks_, recorder.points()};
}

std::optional<Verdict> Runner::step(const Operation& operation) {
  StepMode mode;
  mode.due = cadence_ != 0 && (steps_ + 1) % cadence_ == 0;
  mode.talks = options_.observer != nullptr;
  mode.draws = options_.dump;
  Step step(digest_, mode);
  pairs_.before(operation);
  bound_.next(operation);
  auto verdict = judged(operation.kind, [&] {
    const Written written = operate(operation, step);
    if (is_arm(operation.kind)) return;
    families_.checks.check_struck(families_.injection.disarm(), step.take_dropped());
    families_.checks.check_quickly(written);
    families_.checks.check_told();
    if (mode.due) families_.checks.verify();
  });
  growths_ += step.growths();
  words_ = step.words();
  if (!verdict) ++steps_;
  return verdict;
}

// Does the operation. One that an armed allocation failure or callback ends has not happened.
// Returns the write that is yet to be checked.
Written Runner::operate(const Operation& operation, Step& step) {
  try {
    const WorkBudget::Scope counted(families_.environment.budget(), bound_.units());
    dispatch(operation, families_, step);
  } catch (const std::bad_alloc& error) {
    if (!may_fail(error)) throw;
    ++failed_allocations_;
    end_unhappened("allocation failed", step);
  } catch (const CallbackThrew&) {
    ++callbacks_;
    end_unhappened("callback threw", step);
  } catch (const MisuseError&) {
    if (!families_.injection.disarm().callback)
      throw Failure{"M16", "a write was refused that no callback made"};
    ++callbacks_;
    end_unhappened("callback refused", step);
  }
  return step.take_written();
}

// An allocation may fail if that was armed, or at a limit.
bool Runner::may_fail(const std::bad_alloc& error) const {
  return families_.injection.failure_armed() || families_.memory.may_fail(error);
}

void Runner::end_unhappened(const char* why, Step& step) {
  families_.injection.disarm();
  step.answer(UINT64_MAX);
  if (step.mode().talks) step.say(why);
  const Written written = step.take_written();
  families_.maps.table().note_failed_write(written.map);
  families_.checks.check_after_failure(written);
}

Verdict Runner::finish() {
  bound_.end();
  auto failed = judged(OpKind::kNop, [&] {
    const WorkBudget::Scope counted(families_.environment.budget(), bound_.units());
    families_.injection.disarm();
    if (options_.oracles) families_.checks.verify();  // first: a digest of a cyclic chain would never end
    add_to(digest_, families_, options_.digest_metadata);
    check_at_end(families_);
  });
  if (failed) return *std::move(failed);
  Verdict verdict;
  verdict.operation = steps_;
  verdict.digest = digest_.value();
  return verdict;
}

// In the middle of the library, which cannot go on from there.
void Runner::end_hung() const {
  Verdict verdict;
  verdict.kind = VerdictKind::kHang;
  verdict.oracle = "HANG";
  verdict.operation = steps_;
  verdict.op = at_hand_;
  verdict.detail = "it took more than " + to_string(bound_.units()) +
                   " units of work, which are hashes and events of the heap";
  if (options_.hung) options_.hung(verdict);
  std::fprintf(stderr, "gcmap: %s: %s\n", verdict.signature().c_str(), verdict.detail.c_str());
  std::abort();
}

// Runs `body`; what it throws becomes a verdict about the operation at hand.
template <typename Body>
std::optional<Verdict> Runner::judged(OpKind op, Body&& body) {
  Verdict verdict;
  verdict.operation = steps_;
  verdict.op = at_hand_ = op;
  try {
    body();
    return std::nullopt;
  } catch (const Failure& failure) {
    verdict.kind = VerdictKind::kBug;
    verdict.oracle = failure.oracle;
    verdict.detail = failure.detail;
  } catch (const std::bad_alloc& error) {
    if (system_refused(error)) {
      verdict.kind = VerdictKind::kEnvironment;
      verdict.detail = std::string("the system gives no memory: ") + error.what();
      return verdict;
    }
    verdict.kind = VerdictKind::kBug;  // no program is large enough, none sets a limit
    verdict.oracle = "OOM";
    verdict.detail = "an allocation failed that nobody asked to fail";
  }
  return verdict;
}

}  // namespace gcmap::harness
