// What must be in the pool: the objects put in and neither taken nor given up, and which of them the next
// cycle gives up.
//
// Two stacks, as gc/lifetime/pools.h has them: what the start of a cycle finds among the fresh is stale
// afterwards, and what it finds among the stale is gone (G11). The model is told how many cycles have started
// and catches up when it is asked.
#pragma once

#include <cstdint>
#include <vector>

#include "harness/model/map.h"

namespace gcmap::harness {

class PoolModel {
 public:
  // `started` cycles have started so far.
  void catch_up(uint64_t started) {
    for (; started_ < started && size(started_) != 0; ++started_) {
      stale_.swap(fresh_);
      fresh_.clear();
    }
    started_ = started;
  }

  void put(ObjectId object) { fresh_.push_back(object); }
  void clear() {
    fresh_.clear();
    stale_.clear();
  }

  // What get returns next; kNoObject: nothing.
  ObjectId next() const {
    return !fresh_.empty() ? fresh_.back() : !stale_.empty() ? stale_.back() : kNoObject;
  }
  // Requires: next() != kNoObject.
  void take_next() { (!fresh_.empty() ? fresh_ : stale_).pop_back(); }

  bool contains(ObjectId object) const {
    bool found = false;
    for_each(started_, [&](ObjectId pooled) { found |= pooled == object; });
    return found;
  }

  // Of what is there once `started` cycles have started, which nobody need have told it: how many objects,
  // how many that the next cycle gives up, each.
  uint64_t size(uint64_t started) const {
    uint64_t objects = 0;
    for_each(started, [&](ObjectId) { ++objects; });
    return objects;
  }
  uint64_t stale(uint64_t started) const {
    return started == started_ ? stale_.size() : started == started_ + 1 ? fresh_.size() : 0;
  }
  template <typename Visit>
  void for_each(uint64_t started, Visit&& visit) const {
    if (started == started_) {
      for (const ObjectId object : stale_) visit(object);
    }
    if (started <= started_ + 1) {
      for (const ObjectId object : fresh_) visit(object);
    }
  }

 private:
  std::vector<ObjectId> fresh_;  // each what was put in last, last
  std::vector<ObjectId> stale_;
  uint64_t started_ = 0;
};

}  // namespace gcmap::harness
