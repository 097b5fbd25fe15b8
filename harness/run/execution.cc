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
    visit(operation, [this](const auto& operands) { do_operation(operands); });
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

void Execution::do_operation(const MakeOperands& op) {
  world_.make(op.map.index, op.hint);
  describe(op.map.index);
}

void Execution::do_operation(const DropOperands& op) {
  world_.drop(op.map.index);
}

void Execution::do_operation(const PutOperands& op) {
  const bool inserted = write(op.map.index, [&] { return world_.put(op.map.index, op.key, op.value); });
  if (talking()) say(inserted ? "inserted" : "overwritten");
  describe(op.map.index);
}

void Execution::do_operation(const InsertOperands& op) {
  const bool inserted = write(op.map.index, [&] { return world_.insert(op.map.index, op.key, op.value); });
  if (talking()) say(inserted ? "inserted" : "present");
  describe(op.map.index);
}

void Execution::do_operation(const IncrementOperands& op) {
  const uint64_t value =
      write(op.map.index, [&] { return world_.increment(op.map.index, op.key, op.value); });
  if (talking()) say("now " + to_string(value));
  describe(op.map.index);
}

void Execution::do_operation(const GetOperands& op) {
  const auto value = world_.get(op.map.index, op.key, due_);
  answer(value ? *value + 1 : 0);
  if (talking()) say(in_words(value));
}

void Execution::do_operation(const EraseOperands& op) {
  const bool erased = write(op.map.index, [&] { return world_.erase(op.map.index, op.key); });
  if (talking()) say(erased ? "erased" : "absent");
  describe(op.map.index);
}

void Execution::do_operation(const ClearOperands& op) {
  world_.clear(op.map.index);
  describe(op.map.index);
}

void Execution::do_operation(const PutRunOperands& op) {
  uint64_t inserted = 0;
  for (uint32_t i = 0; i < op.count; ++i) {
    inserted += write(op.map.index, [&] { return world_.put(op.map.index, op.key + i, op.value + i); });
  }
  if (talking()) say(to_string(inserted) + " inserted");
  describe(op.map.index);
}

void Execution::do_operation(const EraseRunOperands& op) {
  uint64_t erased = 0;
  for (uint32_t i = 0; i < op.count; ++i) {
    erased += write(op.map.index, [&] { return world_.erase(op.map.index, op.key + i); });
  }
  if (talking()) say(to_string(erased) + " erased");
  describe(op.map.index);
}

void Execution::do_operation(const GetRunOperands& op) {
  uint64_t found = 0;
  for (uint32_t i = 0; i < op.count; ++i) {
    const auto value = world_.get(op.map.index, op.key + i, i == 0 && due_);
    answer(value ? *value + 1 : 0);
    found += value.has_value();
  }
  if (talking()) say(to_string(found) + " found");
}

void Execution::do_operation(const IterateOperands& op) {
  world_.iterate(op.map.index, op.iterator.index, {op.bucket, static_cast<uint32_t>(op.offset)});
  describe(op.map.index);
}

void Execution::do_operation(const AdvanceOperands& op) {
  for (uint32_t i = 0; i < op.count; ++i) {
    const auto entry = world_.advance(op.iterator.index);
    if (!entry) {
      if (talking()) say("end");
      return;
    }
    answer(entry->first);
    answer(entry->second);
    if (talking()) say(to_string(entry->first) + ":" + to_string(entry->second));
  }
}

void Execution::do_operation(const StopOperands& op) {
  world_.stop(op.iterator.index);
}

void Execution::do_operation(const SetHashOperands& op) {
  const bool set = world_.set_hash(op.key, op.hash);
  answer(set);
  if (talking() && !set) say("ignored: a map holds the key or an iterator runs");
}

void Execution::do_operation(const StartOperands&) {
  answer_step(Stepper(world_.heap()).start());
}

void Execution::do_operation(const MarkOperands& op) {
  answer_step(Stepper(world_.heap()).mark(op.units));
}

void Execution::do_operation(const TerminateOperands&) {
  answer_step(Stepper(world_.heap()).terminate());
}

void Execution::do_operation(const SweepOperands& op) {
  answer_step(Stepper(world_.heap()).sweep(op.spans));
}

void Execution::do_operation(const CollectOperands&) {
  world_.heap().collect();
  answer_step(true);
}

void Execution::answer_step(bool done) {
  answer(done);
  if (talking()) say(gcmap::describe(world_.heap()));
}

void Execution::do_operation(const VerifyOperands&) {
  if (options_.oracles) world_.verify();
}

void Execution::do_operation(const NewOperands& op) {
  world_.make_object(op.root.index, op.cells);
  if (talking()) say("object " + to_string(world_.root(op.root.index).ref));
}

// Of an operation on objects: did it do anything?
void Execution::answer_done(bool done) {
  answer(done);
  if (talking()) say(done ? "done" : "nothing to do");
}

void Execution::do_operation(const LinkOperands& op) {
  answer_done(world_.link(op.root.index, op.link, op.source.index));
}

void Execution::do_operation(const UnlinkOperands& op) {
  answer_done(world_.unlink(op.root.index, op.link));
}

void Execution::do_operation(const LoadOperands& op) {
  answer_done(world_.load(op.root.index, op.source.index, op.link));
}

void Execution::do_operation(const CopyOperands& op) {
  answer_done(world_.copy(op.root.index, op.source.index));
}

void Execution::do_operation(const MoveOperands& op) {
  answer_done(world_.move(op.root.index, op.source.index));
}

void Execution::do_operation(const ReleaseOperands& op) {
  world_.release(op.root.index);
}

void Execution::do_operation(const StoreOperands& op) {
  answer_done(write(op.map.index, [&] { return world_.store(op.map.index, op.key, op.source.index); }));
  describe(op.map.index);
}

void Execution::do_operation(const FetchOperands& op) {
  answer_done(world_.fetch(op.root.index, op.map.index, op.key));
}

void Execution::do_operation(const LinkMapOperands& op) {
  answer_done(world_.link_map(op.root.index, op.link, op.map.index));
}

void Execution::do_operation(const OpenOperands& op) {
  answer_done(world_.open(op.map.index, op.source.index, op.link));
}

void Execution::do_operation(const StoreMapOperands& op) {
  answer_done(write(op.map.index, [&] { return world_.store_map(op.map.index, op.key, op.target.index); }));
  describe(op.map.index);
}

void Execution::do_operation(const FetchMapOperands& op) {
  answer_done(world_.fetch_map(op.target.index, op.map.index, op.key));
}

void Execution::do_operation(const EnterOperands& op) {
  answer_done(world_.enter(op.mutator.index));
}

void Execution::do_operation(const InsideOperands& op) {
  const PacingDecision decision = decision_of(op.step, op.units);
  world_.arm(op.point, op.arrival, decision);
}

void Execution::do_operation(const FailOperands& op) {
  world_.arm_failure(op.nth);
}

void Execution::do_operation(const CallbackOperands& op) {
  world_.arm_callback(op.nth, op.deed);
}

void Execution::do_operation(const CloneOperands& op) {
  answer_done(world_.clone(op.map.index, op.target.index));
  describe(op.target.index);
}

void Execution::do_operation(const SwapOperands& op) {
  world_.swap(op.map.index, op.target.index);
}

void Execution::do_operation(const ReserveOperands& op) {
  world_.reserve(op.map.index, op.entries);
  describe(op.map.index);
}

void Execution::do_operation(const FitOperands& op) {
  world_.fit(op.map.index);
  describe(op.map.index);
}

void Execution::do_operation(const ShrinkOperands& op) {
  world_.set_shrinking(op.map.index, op.allowed);
}

void Execution::do_operation(const EraseIfOperands& op) {
  const uint64_t erased =
      write(op.map.index, [&] { return world_.erase_if(op.map.index, op.modulus, op.rest); });
  if (talking()) say(to_string(erased) + " erased");
  describe(op.map.index);
}

void Execution::do_operation(const GetAsOperands& op) {
  const auto value = world_.get_as(op.map.index, op.key, due_);
  answer(value ? *value + 1 : 0);
  if (talking()) say(in_words(value));
}

void Execution::do_operation(const EraseAsOperands& op) {
  const bool erased = write(op.map.index, [&] { return world_.erase_as(op.map.index, op.key); });
  if (talking()) say(erased ? "erased" : "absent");
  describe(op.map.index);
}

void Execution::do_operation(const FinalizeOperands& op) {
  answer_done(world_.finalize(op.root.index, op.deed));
}

void Execution::do_operation(const UnfinalizeOperands& op) {
  answer_done(world_.unfinalize(op.root.index));
}

void Execution::do_operation(const RunFinalizersOperands& op) {
  const uint64_t ran = world_.run_finalizers(op.limit);
  answer(ran);
  if (talking()) say(to_string(ran) + " ran");
}

void Execution::do_operation(const WeakenOperands& op) {
  answer_done(world_.make_weak(op.weak.index, op.root.index));
}

void Execution::do_operation(const StrengthenOperands& op) {
  answer_done(world_.read_weak(op.root.index, op.weak.index));
}

void Execution::do_operation(const DropWeakOperands& op) {
  world_.drop_weak(op.weak.index);
}

void Execution::do_operation(const WatchOperands& op) {
  answer_done(world_.watch(op.root.index));
}

void Execution::do_operation(const PollOperands&) {
  const uint64_t told = world_.poll();
  answer(told);
  if (talking()) say(to_string(told) + " died");
}

void Execution::do_operation(const AnnotateOperands& op) {
  answer_done(world_.annotate(op.table.index, op.root.index, op.source.index));
}

void Execution::do_operation(const UnannotateOperands& op) {
  answer_done(world_.unannotate(op.table.index, op.root.index));
}

void Execution::do_operation(const RecallOperands& op) {
  answer_done(world_.recall(op.root.index, op.table.index, op.source.index));
}

void Execution::do_operation(const SetGogcOperands& op) {
  world_.set_gogc(op.percent);
}

void Execution::do_operation(const SetLimitOperands& op) {
  world_.set_limit(op.pages);
}

void Execution::do_operation(const SetSoftLimitOperands& op) {
  world_.set_soft_limit(op.pages);
}

void Execution::do_operation(const IdleOperands& op) {
  const uint64_t done = world_.idle(op.units);
  answer(done);
  if (talking()) say(to_string(done) + " done");
}

void Execution::do_operation(const ScavengeOperands& op) {
  const uint64_t pages = world_.scavenge(op.pages);
  answer(pages);
  if (talking()) say(to_string(pages) + " pages");
}

void Execution::do_operation(const PoolPutOperands& op) {
  answer_done(world_.pool_put(op.root.index));
}

void Execution::do_operation(const PoolGetOperands& op) {
  answer_done(world_.pool_get(op.root.index));
}

void Execution::do_operation(const WeakPutOperands& op) {
  answer_done(world_.weak_put(op.key, op.root.index));
}

void Execution::do_operation(const WeakGetOperands& op) {
  answer_done(world_.weak_get(op.root.index, op.key));
}

void Execution::do_operation(const WeakEraseOperands& op) {
  answer_done(world_.weak_erase(op.key));
}

void Execution::do_operation(const ArenaNewOperands& op) {
  world_.arena_new(op.root.index, op.cells);
  if (talking()) say("object " + to_string(world_.root(op.root.index).ref));
}

void Execution::do_operation(const ArenaFreeOperands&) {
  answer_done(world_.arena_free());
}

void Execution::do_operation(const SafepointOperands&) {
  world_.heap().safepoint();
}

void Execution::do_operation(const FinishOperands& op) {
  const uint64_t erasures = world_.finish(op.map.index);
  answer(erasures);
  if (talking()) say(to_string(erasures) + " erasures");
  describe(op.map.index);
}

}  // namespace gcmap::harness
