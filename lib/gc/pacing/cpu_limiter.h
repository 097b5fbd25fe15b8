// The limit on the collector's share of time: a bucket that the collector's time fills and the
// mutator's drains.
//
// Filled and drained without weights it is full once the collector has had half of all time, and `capacity`
// more, for long enough: from then on assists are off, so that a heap that does not fit its limit makes a
// slow program and not one that stands still. What is drained below empty is forgotten: idle hours buy
// no credit.
//
// Invariants: fill <= capacity; limiting() iff the last change left the bucket full. The unit of time is the
// caller's (go_pacing.h). Source: Go 1.19, runtime/mgclimit.go, gcCPULimiterState.accumulate.
#pragma once

#include <cstdint>

namespace gcmap {

class CpuLimiter {
 public:
  // Requires: capacity > 0.
  explicit CpuLimiter(uint64_t capacity) : capacity_(capacity) {}

  // A stretch of time has passed of which the mutator had one part and the collector the other. Time in which
  // the mutator had nothing to do belongs in neither.
  void accumulate(uint64_t mutator_time, uint64_t collector_time);

  // Must assists stop?
  bool limiting() const { return limiting_; }

  // Collector time that still fits. What is put in beyond that is forgotten: who can, takes no more.
  uint64_t headroom() const { return capacity_ - fill_; }

  uint64_t fill() const { return fill_; }
  uint64_t capacity() const { return capacity_; }
  uint64_t overflow() const {
    return overflow_;
  }  // collector time that found the bucket full, since creation

 private:
  uint64_t capacity_;
  uint64_t fill_ = 0;
  uint64_t overflow_ = 0;
  bool limiting_ = false;
};

}  // namespace gcmap
