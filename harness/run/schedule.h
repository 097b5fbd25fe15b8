// Schedules: every way to interleave a short program with the collector, within a bound.
//
// A program is a prefix, which runs as it is, and a body, which is walked. Places are where the collector may
// go on while the body runs: the decision points inside its operations, and a safepoint before each of them
// and after the last. A schedule says what the collector does at which places; at the others it does nothing.
//
// Bound. The collector counts as a thread whose steps are: start, each unit of marking, terminate, each span
// swept. A schedule may switch to it at most `switches` times, at any places, and each time let it do any
// number of steps: the context bound of CHESS (Musuvathi and Qadeer, PLDI 2007), who found that nearly all
// errors of interleaving need no more than two or three. The end checks are one switch more, at no cost: they
// complete the cycle that is open, and do another. Beyond `units` units or spans only "all" is left, for
// heaps that have many.
//
// Order. Depth first, by replay: the first run does nothing anywhere; each further one raises the choice at
// the last place where it can be raised and does nothing behind it. So no schedule is run twice and none is
// left out; and as all before that place was run and verified earlier, whole structures are verified from
// there on only. A choice that turns out to be the one before it - five units where there were four - ends
// the run, which does not count.
//
// Requires G8: replaying a beginning meets the same places. A run that does not has failed, as G8.
//
// Not here: the programs, and what is done about a schedule that fails (every_schedule_test.cc).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gcmap/heap.h"
#include "gcmap/internal/gc/pacing/pacing.h"
#include "harness/program/op.h"
#include "harness/program/verdict.h"

namespace gcmap::harness {

class Runner;

struct ScheduleBound {
  uint32_t switches = 2;  // places at which the collector does something
  uint32_t units = 8;     // of marking, and spans of sweeping, told apart; >= 1
};

// At the `place`-th place, counted from 0, the collector does what is `choice`-th, from 1, of what it can
// do there.
struct ScheduledSwitch {
  uint32_t place = 0;
  uint32_t choice = 0;
  // Where that is and what: known once a run has been there.
  uint32_t operation = 0;  // of the body with its safepoints
  uint32_t arrival = 0;    // at the point within the operation, from 1
  DecisionPoint point = DecisionPoint::kSafepoint;
  PacingDecision decision;
};
using Schedule = std::vector<ScheduledSwitch>;

// "12:3,17:1": places and choices; "none" if there are none.
std::string print(const Schedule& schedule);
// Nothing unless the text is like print()'s, places rising and choices from 1.
std::optional<Schedule> parse_schedule(std::string_view text);

// The body of a program with its safepoints.
std::vector<Operation> with_safepoints(const Program& program, size_t body);

// The program whose `inside` operations do what the schedule does: it runs without a walk, in any build.
// Requires: a run has been at all places of the schedule.
Program scheduled_program(const Program& program, size_t body, const Schedule& schedule);

// What the collector can do at a place of the phase, simplest first. `nothing_grey` counts in kMark only.
std::vector<PacingDecision> scheduled_choices(Phase phase, bool nothing_grey, bool marking_only,
                                              uint32_t units);

class ScheduleWalk {
 public:
  using Listener = std::function<void(const Schedule&)>;

  // The body begins at operation `body`. `program` must outlive the walk. `before_run`, unless empty, is told
  // of each schedule before it is run.
  ScheduleWalk(const Program& program, size_t body, ScheduleBound bound, Listener before_run = nullptr);

  // Runs the next schedule.
  // Returns false when all were run.
  // Requires: none has failed.
  bool next();

  // Runs the one given.
  // Returns false if the program has no such places or choices.
  // Requires: next() was not called.
  bool run(const Schedule& schedule);

  // Of the last run.
  const Verdict& verdict() const { return verdict_; }
  Schedule schedule() const;

  uint64_t walked() const { return walked_; }        // runs that counted
  size_t places_max() const { return places_max_; }  // met by the run that met most

 private:
  // A place of the present run, and what to do there.
  struct Place {
    DecisionPoint point;
    Phase phase;
    bool nothing_grey;
    uint32_t operation;
    uint32_t arrival;
    uint32_t choice = 0;
    uint32_t raised = 1;  // the next choice

    bool is_same_as(const Place& other) const {
      return point == other.point && phase == other.phase && nothing_grey == other.nothing_grey &&
             operation == other.operation && arrival == other.arrival;
    }
  };

  // What a run knows of itself until it is over.
  struct PresentRun {
    Heap* heap = nullptr;  // null outside the body
    size_t met = 0;        // places
    uint32_t operation = 0;
    std::array<uint32_t, kDecisionPointCount> arrivals{};  // within the operation
    Phase phase = Phase::kIdle;                            // at the last place
    bool acted = false;    // at the raised place, and nobody has looked how much
    HeapStats before;      // it acted
    bool repeats = false;  // another schedule
    std::optional<Verdict> complaint;
  };

  class Pacing final : public PacingStrategy {
   public:
    explicit Pacing(ScheduleWalk& walk) : walk_(walk) {}
    PacingDecision decide(DecisionPoint point, const PacingView& view) override {
      return walk_.decide(point, view.phase);
    }

   private:
    ScheduleWalk& walk_;
  };

  const std::vector<PacingDecision>& choices(const Place& place) const;
  const PacingDecision& decision(const Place& place) const { return choices(place)[place.choice - 1]; }
  bool raise();
  void run_once();
  Verdict execute(Runner& runner);
  std::optional<Verdict> step(Runner& runner, uint32_t operation);
  PacingDecision decide(DecisionPoint point, Phase phase);
  PacingDecision act(size_t place);
  void look_back();
  void verify_at_phase_change(Phase phase);
  void complain(std::string oracle, std::string detail);

  const Program& program_;
  const size_t body_;
  const ScheduleBound bound_;
  const Listener before_run_;
  const std::vector<Operation> operations_;  // of the body, safepoints included
  std::array<std::vector<PacingDecision>, kPhaseCount * 4> choices_;
  Pacing pacing_{*this};
  std::vector<Place> places_;
  Schedule given_;           // by run(); places_ begins empty then
  uint32_t switches_ = 0;    // of places_
  size_t raised_place_ = 0;  // all before it was run and verified

  PresentRun run_;
  Verdict verdict_;
  uint64_t walked_ = 0;
  size_t places_max_ = 0;
};

}  // namespace gcmap::harness
