// What the loops over weak maps have in common: what they stand on, and the collector's steps inside them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "gcmap/step.h"
#include "harness/model/map.h"
#include "harness/program/op.h"

namespace gcmap::harness {

// What a loop stands on is held by it: it is in `objects` while this lives. Loops end in the reverse order of
// their beginning.
class MetByLoop {
 public:
  MetByLoop(std::vector<ObjectId>& objects, size_t count) : objects_(objects), first_(objects.size()) {
    objects_.resize(first_ + count, kNoObject);
  }
  ~MetByLoop() { objects_.resize(first_); }
  MetByLoop(const MetByLoop&) = delete;
  MetByLoop& operator=(const MetByLoop&) = delete;

  void set(std::initializer_list<ObjectId> met) {
    std::copy(met.begin(), met.end(), objects_.begin() + first_);
  }

 private:
  std::vector<ObjectId>& objects_;
  const size_t first_;
};

// Does the action if it is one of the collector's.
inline void collect_in_loop(Heap& heap, VisitAction action) {
  Stepper step(heap);
  if (action == VisitAction::kCollect) heap.collect();
  if (action == VisitAction::kSweep) step.sweep(1);
  if (action == VisitAction::kEndMarking) {
    step.mark(UINT64_MAX);
    step.terminate();
  }
}

}  // namespace gcmap::harness
