#include "harness/run/schedule.h"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

#include "gcmap/step.h"
#include "harness/program/operands.h"
#include "harness/program/typed_operands.h"
#include "harness/run/runner.h"

namespace gcmap::harness {
namespace {

constexpr uint64_t kAll = UINT64_MAX;

// What programs can say of a number of units.
uint64_t operand(uint64_t units) {
  return std::min(units, info_of(OperandKind::kUnits).greatest);
}

void add_inside(const ScheduledSwitch& at, std::vector<Operation>& operations) {
  const auto add = [&](CollectorStep step, uint64_t units) {
    operations.push_back(encode(
        InsideOperands{.point = at.point, .arrival = number(at.arrival), .step = step, .units = units}));
  };
  const PacingDecision& decision = at.decision;
  if (decision.start) add(CollectorStep::kStart, 1);
  if (decision.mark_units > 0) add(CollectorStep::kMark, operand(decision.mark_units));
  if (decision.terminate) add(CollectorStep::kTerminate, 1);
  if (decision.sweep_spans > 0) add(CollectorStep::kSweep, operand(decision.sweep_spans));
  if (decision.collect) add(CollectorStep::kCollect, 1);
}

// Takes a number, and one more character if there is one.
// Returns false if there is no number.
bool take_number(std::string_view& text, uint32_t& number, char& behind) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  behind = text.empty() ? '\0' : text.front();
  text.remove_prefix(std::min<size_t>(1, text.size()));
  return true;
}

}  // namespace

std::string print(const Schedule& schedule) {
  std::string text;
  for (const ScheduledSwitch& at : schedule) {
    text += (text.empty() ? "" : ",") + std::to_string(at.place) + ":" + std::to_string(at.choice);
  }
  return text.empty() ? "none" : text;
}

std::optional<Schedule> parse_schedule(std::string_view text) {
  Schedule schedule;
  if (text == "none") return schedule;
  for (char behind = ','; behind == ',';) {
    ScheduledSwitch at;
    if (!take_number(text, at.place, behind) || behind != ':') return std::nullopt;
    if (!take_number(text, at.choice, behind) || at.choice == 0) return std::nullopt;
    if (!schedule.empty() && at.place <= schedule.back().place) return std::nullopt;
    if (behind != ',' && behind != '\0') return std::nullopt;
    schedule.push_back(at);
  }
  return schedule;
}

// An operation that arms the next one stays in front of it.
std::vector<Operation> with_safepoints(const Program& program, size_t body) {
  std::vector<Operation> operations;
  for (size_t i = body; i < program.operations.size(); ++i) {
    const bool armed = i > body && is_arm(program.operations[i - 1].kind);
    if (!armed) operations.push_back(encode(SafepointOperands{}));
    operations.push_back(program.operations[i]);
  }
  operations.push_back(encode(SafepointOperands{}));
  return operations;
}

Program scheduled_program(const Program& program, size_t body, const Schedule& schedule) {
  Program result = program;
  result.config.cadence = 1;
  result.operations.resize(body);
  uint32_t index = 0;
  for (const Operation& operation : with_safepoints(program, body)) {
    for (const ScheduledSwitch& at : schedule) {
      if (at.operation == index) add_inside(at, result.operations);
    }
    result.operations.push_back(operation);
    ++index;
  }
  return result;
}

std::vector<PacingDecision> scheduled_choices(Phase phase, bool nothing_grey, bool marking_only,
                                              uint32_t units) {
  std::vector<PacingDecision> list;
  PacingDecision decision;
  const auto add_each = [&](uint64_t& count) {
    for (count = 1; count <= units; ++count) list.push_back(decision);
    count = kAll;
    list.push_back(decision);
  };
  decision.start = phase == Phase::kIdle;
  if (decision.start) list.push_back(decision);
  if (phase == Phase::kIdle || (phase == Phase::kMark && !nothing_grey)) add_each(decision.mark_units);
  if (marking_only) return list;
  decision.terminate = phase != Phase::kSweep;
  if (decision.terminate) list.push_back(decision);
  add_each(decision.sweep_spans);
  if (phase == Phase::kIdle) list.pop_back();  // a whole collection
  decision = {};
  decision.collect = true;
  list.push_back(decision);
  return list;
}

ScheduleWalk::ScheduleWalk(const Program& program, size_t body, ScheduleBound bound, Listener before_run)
    : program_(program),
      body_(body),
      bound_(bound),
      before_run_(std::move(before_run)),
      operations_(with_safepoints(program, body)) {
  for (size_t i = 0; i < choices_.size(); ++i) {
    const auto phase = static_cast<Phase>(i / 4);
    if (phase == Phase::kMarkTermination) continue;  // no place is in it
    choices_[i] = scheduled_choices(phase, (i & 2) != 0, (i & 1) != 0, bound.units);
  }
}

const std::vector<PacingDecision>& ScheduleWalk::choices(const Place& place) const {
  const size_t grey = place.nothing_grey ? 2 : 0;
  return choices_[static_cast<size_t>(place.phase) * 4 + grey + allows_marking_only(place.point)];
}

bool ScheduleWalk::next() {
  do {
    if (walked_ > 0 && !raise()) return false;
    run_once();
  } while (run_.repeats);
  ++walked_;
  return true;
}

bool ScheduleWalk::run(const Schedule& schedule) {
  given_ = schedule;
  run_once();
  ++walked_;
  return verdict_.failed() || this->schedule().size() == schedule.size();
}

Schedule ScheduleWalk::schedule() const {
  Schedule schedule;
  for (size_t i = 0; i < places_.size(); ++i) {
    const Place& place = places_[i];
    if (place.choice == 0) continue;
    schedule.push_back({static_cast<uint32_t>(i), place.choice, place.operation, place.arrival, place.point,
                        decision(place)});
  }
  return schedule;
}

// Goes on to the next schedule: raises the choice at the last place where that can be.
// Returns false if there is none.
bool ScheduleWalk::raise() {
  for (; !places_.empty(); places_.pop_back()) {
    Place& place = places_.back();
    if (place.choice == 0 && switches_ == bound_.switches) continue;
    if (place.raised <= choices(place).size()) {
      switches_ += place.choice == 0;
      place.choice = place.raised++;
      raised_place_ = places_.size() - 1;
      return true;
    }
    switches_ -= place.choice != 0;
  }
  return false;
}

void ScheduleWalk::run_once() {
  run_.met = 0;
  run_.phase = Phase::kIdle;
  run_.acted = run_.repeats = false;
  run_.complaint.reset();
  if (before_run_) before_run_(given_.empty() ? schedule() : given_);
  RunOptions options;
  options.pacing = &pacing_;
  Runner runner(program_.config, options);
  verdict_ = execute(runner);
  run_.heap = nullptr;
  places_max_ = std::max(places_max_, run_.met);
}

Verdict ScheduleWalk::execute(Runner& runner) {
  for (size_t i = 0; i < body_; ++i) {
    if (auto failed = runner.step(program_.operations[i])) return *std::move(failed);
  }
  run_.heap = &runner.heap();
  for (uint32_t i = 0; i < operations_.size(); ++i) {
    if (auto failed = step(runner, i)) return *std::move(failed);
    if (run_.repeats) return {};
  }
  run_.heap = nullptr;
  if (run_.met < places_.size()) complain("G8", "the run met fewer places than one with the same beginning");
  return run_.complaint ? *std::move(run_.complaint) : runner.finish();
}

// One operation, and whole structures afterwards unless an earlier run has looked at them here.
std::optional<Verdict> ScheduleWalk::step(Runner& runner, uint32_t operation) {
  run_.operation = operation;
  run_.arrivals.fill(0);
  auto failed = runner.step(operations_[operation]);
  look_back();
  const bool armed = is_arm(operations_[operation].kind);
  if (!failed && run_.met > raised_place_ && !run_.repeats && !armed)
    failed = runner.step(encode(VerifyOperands{}));
  if (!failed && run_.complaint) failed = std::exchange(run_.complaint, std::nullopt);
  return failed;
}

PacingDecision ScheduleWalk::decide(DecisionPoint point, Phase phase) {
  if (run_.heap == nullptr) return {};
  look_back();
  const uint32_t arrival = ++run_.arrivals[static_cast<size_t>(point)];
  if (run_.repeats) return {};
  verify_at_phase_change(phase);
  const size_t index = run_.met++;
  const bool done = given_.empty() && index >= places_.size() && switches_ == bound_.switches;
  if (done) return {};
  const bool nothing_grey = phase == Phase::kMark && Stepper(*run_.heap).mark(0);
  const Place place{point, phase, nothing_grey, run_.operation, arrival};
  if (index == places_.size()) places_.push_back(place);
  if (!places_[index].is_same_as(place))
    complain("G8",
             "place " + std::to_string(index) + " is another one than in a run with the same beginning");
  for (const ScheduledSwitch& at : given_) {
    if (at.place == index && at.choice <= choices(place).size()) places_[index].choice = at.choice;
  }
  return places_[index].choice != 0 && !run_.complaint ? act(index) : PacingDecision{};
}

PacingDecision ScheduleWalk::act(size_t place) {
  run_.acted = given_.empty() && place == raised_place_;
  if (run_.acted) run_.before = run_.heap->stats();
  return decision(places_[place]);
}

// How much did the collector find to do at the raised place? If less than the choice before did, the run
// repeats that one's. Choices of more of the same are passed over. Marking everything is always another one:
// it also empties barrier buffers.
void ScheduleWalk::look_back() {
  if (!std::exchange(run_.acted, false)) return;
  Place& place = places_[raised_place_];
  const std::vector<PacingDecision>& list = choices(place);
  const PacingDecision& now = decision(place);
  const HeapStats after = run_.heap->stats();
  const auto lacks = [](uint64_t asked, uint64_t done) { return asked != kAll && asked > 1 && done < asked; };
  if (now.sweep_spans > 0) {
    const uint64_t swept = after.sweep_work - run_.before.sweep_work;
    run_.repeats = now.sweep_spans == kAll ? swept <= bound_.units : lacks(now.sweep_spans, swept);
    if (!run_.repeats) return;
    while (place.raised <= list.size() && list[place.raised - 1].sweep_spans > 0) ++place.raised;
  } else if (!now.terminate && lacks(now.mark_units, after.mark_work - run_.before.mark_work)) {
    run_.repeats = true;
    while (list[place.raised - 1].mark_units != kAll) ++place.raised;
  }
}

void ScheduleWalk::verify_at_phase_change(Phase phase) {
  if (std::exchange(run_.phase, phase) == phase || run_.met <= raised_place_) return;
  const Violations found = run_.heap->verify();
  if (!found.empty()) complain(found.front().id, found.front().path + ": " + found.front().detail);
}

void ScheduleWalk::complain(std::string oracle, std::string detail) {
  if (run_.complaint) return;
  Verdict verdict;
  verdict.kind = VerdictKind::kBug;
  verdict.oracle = std::move(oracle);
  verdict.operation = body_ + run_.operation;
  verdict.op = run_.operation < operations_.size() ? operations_[run_.operation].kind : OpKind::kNop;
  verdict.detail = std::move(detail);
  run_.complaint = std::move(verdict);
}

}  // namespace gcmap::harness
