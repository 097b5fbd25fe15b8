#include "harness/run/execution.h"

#include <sys/resource.h>

#include <new>

#include "gcmap/misuse_error.h"
#include "gcmap/observe.h"
#include "harness/oracle/expect.h"
#include "harness/subject/structure.h"

namespace gcmap::harness {
namespace {

using std::to_string;

// What an armed step asks of the collector.
PacingDecision decision_of(CollectorStep step, uint64_t units) {
  PacingDecision decision;
  switch (step) {
    case CollectorStep::kStart:
      decision.start = true;
      break;
    case CollectorStep::kMark:
      decision.mark_units = units;
      break;
    case CollectorStep::kTerminate:
      decision.terminate = true;
      break;
    case CollectorStep::kSweep:
      decision.sweep_spans = units;
      break;
    case CollectorStep::kCollect:
      decision.collect = true;
      break;
  }
  return decision;
}

// Does the operation arm the next one, and do nothing itself?
bool arms(OpKind kind) {
  return kind == OpKind::kInside || kind == OpKind::kFail || kind == OpKind::kCallback;
}

// Was there no memory to be had, by no fault of the library's? It says so of its own memory; what else the
// process allocates fails under a limit on address space.
bool system_refused(const std::bad_alloc& error) {
  if (const auto* const why = dynamic_cast<const OutOfMemory*>(&error))
    return why->reason() == OutOfMemory::Reason::kSystemRefused;
  rlimit limit = {};
  return ::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}

}  // namespace

Execution::Execution(const Config& config, const RunOptions& options)
    : options_(options),
      cadence_(options.oracles ? config.cadence : 0),
      world_(config, options.oracles, options.pacing) {}

std::optional<Verdict> Execution::step(const Operation& operation) {
  words_.clear();
  due_ = cadence_ != 0 && (steps_ + 1) % cadence_ == 0;
  auto verdict = judged(operation.kind, [&] {
    operate(operation);
    if (arms(operation.kind)) return;
    world_.disarm();
    if (world_.take_struck() && !world_.tries_again())
      throw Failure{"G7", "an allocation failed, and the operation went on without it"};
    if (world_.take_called()) throw Failure{"M16", "a callback threw, and the operation went on without it"};
    world_.check_quickly();
    world_.check_told();
    if (due_) world_.verify();
  });
  if (!verdict) ++steps_;
  return verdict;
}

// Does the operation. One that an armed allocation failure or callback ends has not happened.
void Execution::operate(const Operation& operation) {
  try {
    const ProgramHasher::Counting counting(world_.hasher(), true);
    dispatch(operation);
  } catch (const std::bad_alloc& error) {
    if (!world_.may_fail(error)) throw;
    ++failed_allocations_;
    end_unhappened("allocation failed");
  } catch (const CallbackThrew&) {
    ++callbacks_;
    end_unhappened("callback threw");
  } catch (const MisuseError&) {
    if (!world_.take_called()) throw Failure{"M16", "a write was refused that no callback made"};
    ++callbacks_;
    end_unhappened("callback refused");
  }
}

void Execution::end_unhappened(const char* why) {
  world_.disarm();
  world_.take_struck();
  world_.take_called();
  answer(UINT64_MAX);
  if (talking()) say(why);
  world_.check_after_failure();
}

Verdict Execution::finish() {
  auto failed = judged(OpKind::kNop, [&] {
    world_.disarm();
    if (options_.oracles) world_.verify();  // first: a digest of a cyclic chain would never end
    world_.add_to(digest_, options_.digest_metadata);
    world_.check_at_end();
  });
  if (failed) return *std::move(failed);
  Verdict verdict;
  verdict.operation = steps_;
  verdict.digest = digest_.value();
  return verdict;
}

// Runs `body`; what it throws becomes a verdict about the operation at hand.
template <typename Body>
std::optional<Verdict> Execution::judged(OpKind op, Body&& body) {
  Verdict verdict;
  verdict.operation = steps_;
  verdict.op = op;
  try {
    body();
    return std::nullopt;
  } catch (const Failure& failure) {
    verdict.kind = VerdictKind::kBug;
    verdict.oracle = failure.oracle;
    verdict.detail = failure.detail;
  } catch (const WorkBudgetExceeded&) {
    verdict.kind = VerdictKind::kHang;
    verdict.oracle = "HANG";
    verdict.detail = "more than " + to_string(ProgramHasher::kHashesMax) + " hashes in one operation";
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

void Execution::dispatch(const Operation& operation) {
  switch (operation.kind) {
    case OpKind::kNop:
      return;
#define OP(number, kind, text, weight, heap_weight, operands, doc) \
  case OpKind::kind:                                               \
    return do_##kind(operation);
#include "harness/program/op.def"
#undef OP
  }
}

void Execution::say(const std::string& words) {
  if (!words_.empty()) words_ += ", ";
  words_ += words;
}

void Execution::describe(size_t map) {
  if (!talking() || world_.map(map).subject == nullptr) return;
  const MapInspector inspector = world_.map(map).subject->inspect();
  say("m" + to_string(map) + ": " + gcmap::describe(inspector.state()));
  if (!options_.dump) return;
  const MapKind kind = world_.map(map).record->kind;
  const CellReader cells(inspector, kind);
  words_ += "\n" + draw(
                       inspector,
                       [kind, &cells](const BucketView& bucket, uint32_t slot) {
                         return to_string(number_of_key(kind, cells.key(bucket, slot))) + ":" +
                                to_string(number_of_value(kind, cells.value(bucket, slot)));
                       },
                       "      ");
}

// The state of a map before or after a write; of none, the default.
MapState Execution::state_of(size_t map) const {
  return world_.map(map).subject == nullptr ? MapState() : world_.map(map).subject->inspect().state();
}

// One write, its answer and the growth it began (which may have ended in it too).
template <typename Write>
auto Execution::write(size_t map, Write&& write) {
  const MapState before = state_of(map);
  const auto result = write();
  const MapState after = state_of(map);
  if (after.b != before.b || (before.growth == 0 && after.growth != 0)) ++growths_;
  answer(static_cast<uint64_t>(result));
  return result;
}

void Execution::do_kMake(const Operation& op) {
  world_.make(op.a, op.c);
  describe(op.a);
}

void Execution::do_kDrop(const Operation& op) {
  world_.drop(op.a);
}

void Execution::do_kPut(const Operation& op) {
  const bool inserted = write(op.a, [&] { return world_.put(op.a, op.c, op.d); });
  if (talking()) say(inserted ? "inserted" : "overwritten");
  describe(op.a);
}

void Execution::do_kInsert(const Operation& op) {
  const bool inserted = write(op.a, [&] { return world_.insert(op.a, op.c, op.d); });
  if (talking()) say(inserted ? "inserted" : "present");
  describe(op.a);
}

void Execution::do_kIncrement(const Operation& op) {
  const uint64_t value = write(op.a, [&] { return world_.increment(op.a, op.c, op.d); });
  if (talking()) say("now " + to_string(value));
  describe(op.a);
}

void Execution::do_kGet(const Operation& op) {
  const auto value = world_.get(op.a, op.c, due_);
  answer(value ? *value + 1 : 0);
  if (talking()) say(in_words(value));
}

void Execution::do_kErase(const Operation& op) {
  const bool erased = write(op.a, [&] { return world_.erase(op.a, op.c); });
  if (talking()) say(erased ? "erased" : "absent");
  describe(op.a);
}

void Execution::do_kClear(const Operation& op) {
  world_.clear(op.a);
  describe(op.a);
}

void Execution::do_kPutRun(const Operation& op) {
  uint64_t inserted = 0;
  for (uint32_t i = 0; i < op.b; ++i) {
    inserted += write(op.a, [&] { return world_.put(op.a, op.c + i, op.d + i); });
  }
  if (talking()) say(to_string(inserted) + " inserted");
  describe(op.a);
}

void Execution::do_kEraseRun(const Operation& op) {
  uint64_t erased = 0;
  for (uint32_t i = 0; i < op.b; ++i) {
    erased += write(op.a, [&] { return world_.erase(op.a, op.c + i); });
  }
  if (talking()) say(to_string(erased) + " erased");
  describe(op.a);
}

void Execution::do_kGetRun(const Operation& op) {
  uint64_t found = 0;
  for (uint32_t i = 0; i < op.b; ++i) {
    const auto value = world_.get(op.a, op.c + i, i == 0 && due_);
    answer(value ? *value + 1 : 0);
    found += value.has_value();
  }
  if (talking()) say(to_string(found) + " found");
}

void Execution::do_kIterate(const Operation& op) {
  world_.iterate(op.a, op.b, {op.c, static_cast<uint32_t>(op.d)});
  describe(op.a);
}

void Execution::do_kAdvance(const Operation& op) {
  for (uint32_t i = 0; i < op.b; ++i) {
    const auto entry = world_.advance(op.a);
    if (!entry) {
      if (talking()) say("end");
      return;
    }
    answer(entry->first);
    answer(entry->second);
    if (talking()) say(to_string(entry->first) + ":" + to_string(entry->second));
  }
}

void Execution::do_kStop(const Operation& op) {
  world_.stop(op.a);
}

void Execution::do_kSetHash(const Operation& op) {
  const bool set = world_.set_hash(op.c, op.d);
  answer(set);
  if (talking() && !set) say("ignored: a map holds the key or an iterator runs");
}

void Execution::do_kStart(const Operation&) {
  answer_step(Stepper(world_.heap()).start());
}

void Execution::do_kMark(const Operation& op) {
  answer_step(Stepper(world_.heap()).mark(op.b));
}

void Execution::do_kTerminate(const Operation&) {
  answer_step(Stepper(world_.heap()).terminate());
}

void Execution::do_kSweep(const Operation& op) {
  answer_step(Stepper(world_.heap()).sweep(op.b));
}

void Execution::do_kCollect(const Operation&) {
  world_.heap().collect();
  answer_step(true);
}

void Execution::answer_step(bool done) {
  answer(done);
  if (talking()) say(gcmap::describe(world_.heap()));
}

void Execution::do_kVerify(const Operation&) {
  if (options_.oracles) world_.verify();
}

void Execution::do_kNew(const Operation& op) {
  world_.make_object(op.a, op.b);
  if (talking()) say("object " + to_string(world_.root(op.a).ref));
}

// Of an operation on objects: did it do anything?
void Execution::answer_done(bool done) {
  answer(done);
  if (talking()) say(done ? "done" : "nothing to do");
}

void Execution::do_kLink(const Operation& op) {
  answer_done(world_.link(op.a, op.c, op.b));
}

void Execution::do_kUnlink(const Operation& op) {
  answer_done(world_.unlink(op.a, op.c));
}

void Execution::do_kLoad(const Operation& op) {
  answer_done(world_.load(op.a, op.b, op.c));
}

void Execution::do_kCopy(const Operation& op) {
  answer_done(world_.copy(op.a, op.b));
}

void Execution::do_kMove(const Operation& op) {
  answer_done(world_.move(op.a, op.b));
}

void Execution::do_kRelease(const Operation& op) {
  world_.release(op.a);
}

void Execution::do_kStore(const Operation& op) {
  answer_done(write(op.a, [&] { return world_.store(op.a, op.c, op.b); }));
  describe(op.a);
}

void Execution::do_kFetch(const Operation& op) {
  answer_done(world_.fetch(op.b, op.a, op.c));
}

void Execution::do_kLinkMap(const Operation& op) {
  answer_done(world_.link_map(op.b, op.c, op.a));
}

void Execution::do_kOpen(const Operation& op) {
  answer_done(world_.open(op.a, op.b, op.c));
}

void Execution::do_kStoreMap(const Operation& op) {
  answer_done(write(op.a, [&] { return world_.store_map(op.a, op.c, op.b); }));
  describe(op.a);
}

void Execution::do_kFetchMap(const Operation& op) {
  answer_done(world_.fetch_map(op.b, op.a, op.c));
}

void Execution::do_kEnter(const Operation& op) {
  answer_done(world_.enter(op.a));
}

void Execution::do_kInside(const Operation& op) {
  const PacingDecision decision = decision_of(static_cast<CollectorStep>(op.c), op.d);
  world_.arm(static_cast<DecisionPoint>(op.a), op.b, decision);
}

void Execution::do_kFail(const Operation& op) {
  world_.arm_failure(op.b);
}

void Execution::do_kCallback(const Operation& op) {
  world_.arm_callback(op.b, static_cast<CallbackDeed>(op.a));
}

void Execution::do_kClone(const Operation& op) {
  answer_done(world_.clone(op.a, op.b));
  describe(op.b);
}

void Execution::do_kSwap(const Operation& op) {
  world_.swap(op.a, op.b);
}

void Execution::do_kReserve(const Operation& op) {
  world_.reserve(op.a, op.c);
  describe(op.a);
}

void Execution::do_kFit(const Operation& op) {
  world_.fit(op.a);
  describe(op.a);
}

void Execution::do_kShrink(const Operation& op) {
  world_.set_shrinking(op.a, op.b != 0);
}

void Execution::do_kEraseIf(const Operation& op) {
  const uint64_t erased = write(op.a, [&] { return world_.erase_if(op.a, op.b, op.c); });
  if (talking()) say(to_string(erased) + " erased");
  describe(op.a);
}

void Execution::do_kGetAs(const Operation& op) {
  const auto value = world_.get_as(op.a, op.c, due_);
  answer(value ? *value + 1 : 0);
  if (talking()) say(in_words(value));
}

void Execution::do_kEraseAs(const Operation& op) {
  const bool erased = write(op.a, [&] { return world_.erase_as(op.a, op.c); });
  if (talking()) say(erased ? "erased" : "absent");
  describe(op.a);
}

void Execution::do_kFinalize(const Operation& op) {
  answer_done(world_.finalize(op.a, static_cast<FinalizerDeed>(op.b)));
}

void Execution::do_kUnfinalize(const Operation& op) {
  answer_done(world_.unfinalize(op.a));
}

void Execution::do_kRunFinalizers(const Operation& op) {
  const uint64_t ran = world_.run_finalizers(op.b);
  answer(ran);
  if (talking()) say(to_string(ran) + " ran");
}

void Execution::do_kWeaken(const Operation& op) {
  answer_done(world_.make_weak(op.a, op.b));
}

void Execution::do_kStrengthen(const Operation& op) {
  answer_done(world_.read_weak(op.a, op.b));
}

void Execution::do_kDropWeak(const Operation& op) {
  world_.drop_weak(op.a);
}

void Execution::do_kWatch(const Operation& op) {
  answer_done(world_.watch(op.a));
}

void Execution::do_kPoll(const Operation&) {
  const uint64_t told = world_.poll();
  answer(told);
  if (talking()) say(to_string(told) + " died");
}

void Execution::do_kAnnotate(const Operation& op) {
  answer_done(world_.annotate(op.c, op.a, op.b));
}

void Execution::do_kUnannotate(const Operation& op) {
  answer_done(world_.unannotate(op.c, op.a));
}

void Execution::do_kRecall(const Operation& op) {
  answer_done(world_.recall(op.a, op.c, op.b));
}

void Execution::do_kSetGogc(const Operation& op) {
  world_.set_gogc(op.b);
}

void Execution::do_kSetLimit(const Operation& op) {
  world_.set_limit(op.c);
}

void Execution::do_kSetSoftLimit(const Operation& op) {
  world_.set_soft_limit(op.c);
}

void Execution::do_kIdle(const Operation& op) {
  const uint64_t done = world_.idle(op.b);
  answer(done);
  if (talking()) say(to_string(done) + " done");
}

void Execution::do_kScavenge(const Operation& op) {
  const uint64_t pages = world_.scavenge(op.c);
  answer(pages);
  if (talking()) say(to_string(pages) + " pages");
}

void Execution::do_kPoolPut(const Operation& op) {
  answer_done(world_.pool_put(op.a));
}

void Execution::do_kPoolGet(const Operation& op) {
  answer_done(world_.pool_get(op.a));
}

void Execution::do_kWeakPut(const Operation& op) {
  answer_done(world_.weak_put(op.c, op.a));
}

void Execution::do_kWeakGet(const Operation& op) {
  answer_done(world_.weak_get(op.a, op.c));
}

void Execution::do_kWeakErase(const Operation& op) {
  answer_done(world_.weak_erase(op.c));
}

void Execution::do_kArenaNew(const Operation& op) {
  world_.arena_new(op.a, op.b);
  if (talking()) say("object " + to_string(world_.root(op.a).ref));
}

void Execution::do_kArenaFree(const Operation&) {
  answer_done(world_.arena_free());
}

void Execution::do_kSafepoint(const Operation&) {
  world_.heap().safepoint();
}

void Execution::do_kFinish(const Operation& op) {
  const uint64_t erasures = world_.finish(op.a);
  answer(erasures);
  if (talking()) say(to_string(erasures) + " erasures");
  describe(op.a);
}

}  // namespace gcmap::harness
