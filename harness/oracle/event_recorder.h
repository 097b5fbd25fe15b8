// EventRecorder: everything a heap reports, handed to the oracles that want it.
//
// A heap tells one EventSink. This one counts decision points, feeds the cycle oracle (G1, G2) and the
// barrier oracle (G9), and notes in the model's graph which objects the sweeper freed (G3). As those rely
// on being told, it also compares what it was told with what the heap says of itself (H12). Each event takes
// a unit of the budget of work.
#pragma once

#include <cstdint>
#include <optional>

#include "gcmap/internal/base/event.h"
#include "harness/model/graph.h"
#include "harness/oracle/barrier.h"
#include "harness/oracle/cycle.h"
#include "harness/oracle/failure.h"
#include "harness/oracle/pacing.h"
#include "harness/oracle/point_counts.h"
#include "harness/oracle/quarantine.h"
#include "harness/subject/work_budget.h"

namespace gcmap::harness {

class EventRecorder final : public EventSink {
 public:
  // The oracles judge every `every`-th cycle; 0: none. `options`: of the heap. `budget`: counts; may be null.
  EventRecorder(const Heap& heap, ModelGraph& graph, uint32_t every, const HeapOptions& options = {},
                WorkBudget* budget = nullptr);

  void on_point(DecisionPoint point) override {
    spend();
    points_.count(point, heap_.phase());
    if (point == DecisionPoint::kAllocationEntered) cycles_when_failing_.reset();
    if (point == DecisionPoint::kAllocationFails) cycles_when_failing_ = heap_.stats().cycles;
  }
  void on_phase(Phase from, Phase to) override;
  void on_barrier(const void* slot, const void* old_value, const void* new_value) override {
    spend();
    barriers_.on_barrier(slot, old_value, new_value);
  }
  void on_shade(const void* value) override {
    spend();
    barriers_.on_shade(value);
    cycles_.on_shade(value);
  }
  void on_allocate(const void* object, size_t bytes, uint64_t serial) override {
    spend();
    serial_ = serial;
    quarantine_.on_allocate(object, bytes, serial);
  }
  void on_free(const void* object, const Type* type) override;

  const PointCounts& points() const { return points_; }
  uint64_t cycles() const { return cycles_.cycles(); }
  // Cycles that were over when the last allocation was about to fail; nothing if it never was.
  std::optional<uint64_t> cycles_when_failing() const { return cycles_when_failing_; }
  BarrierOracle& barriers() { return barriers_; }
  PacingOracle& pacing() { return pacing_; }
  const BarrierOracle& barriers() const { return barriers_; }

  // H12: a heap tells of every object that comes and goes and of every phase.
  void check_told() const;

  // Has anything of the graph been freed since the last call?
  bool take_freed();

  // The first complaint of any oracle since the last call. A sink cannot throw through the collector.
  std::optional<Failure> take_failure();

 private:
  void spend() {
    if (budget_ != nullptr) budget_->spend();
  }

  const Heap& heap_;
  ModelGraph& graph_;
  uint32_t every_;
  PointCounts points_;
  CycleOracle cycles_;
  BarrierOracle barriers_;
  QuarantineOracle quarantine_;
  PacingOracle pacing_;
  WorkBudget* budget_;
  Phase phase_;
  uint64_t serial_;         // of the last object that came
  uint64_t objects_freed_;  // since the heap was made
  std::optional<uint64_t> cycles_when_failing_;
  bool freed_ = false;
  std::optional<Failure> failure_;
};

}  // namespace gcmap::harness
