// PairRecorder: what a run combines, counted (harness/program/pair_counts.h).
//
// Families are read through const views, and only before an operation: it is counted as what it met, whatever
// becomes of it.
//
// Cost: a look at what the operation names and at the eight iterators; no allocation.
#pragma once

#include "harness/program/pair_counts.h"
#include "harness/program/recent_operations.h"
#include "harness/run/families.h"

namespace gcmap::harness {

class PairRecorder {
 public:
  // Counts in `counts`; null: nowhere. Neither is owned.
  PairRecorder(const Families& families, PairCounts* counts) : families_(families), counts_(counts) {}

  // The operation is about to be done.
  void before(const Operation& operation) {
    if (counts_ != nullptr) count(operation);
  }

 private:
  void count(const Operation& operation);
  StatesBefore states_before(const Operation& operation) const;
  size_t state_before(const Aspect& aspect, const Operation& operation) const;
  size_t state_of(MapName map) const;
  size_t state_of(IteratorName iterator) const;
  RootContent content_of(RootName root) const;
  bool is_iterated(ObjectId map) const;
  NameBits names_of_map(IteratorName iterator) const;
  Phase phase() const { return families_.environment.heap().phase(); }

  const Families& families_;
  PairCounts* const counts_;
  RecentOperations recent_;
};

}  // namespace gcmap::harness
