// The keys of a map as intervals: what runs of keys put and erase is a handful of them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <vector>

namespace gcmap::harness {

class KeySet {
 public:
  uint64_t size() const { return size_; }
  bool contains(uint64_t key) const {
    const auto at = after(key);
    return at != intervals_.begin() && key <= std::prev(at)->last;
  }

  // Returns whether it was absent.
  // Cost: O(log intervals), and O(intervals) where one is made.
  bool insert(uint64_t key);
  // Returns whether it was present.
  // Cost: as insert.
  bool erase(uint64_t key);
  void clear() {
    intervals_.clear();
    size_ = 0;
  }

  // The n-th key in ascending order.
  // Requires: n < size().
  // Cost: O(intervals).
  uint64_t at(uint64_t n) const;
  // The least key k, not below `from`, such that none of k to k + count - 1 is present.
  // Cost: O(intervals).
  uint64_t absent_run(uint64_t from, uint64_t count) const;

  // visit(uint64_t key) in ascending order. The set must not change meanwhile.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (const Interval& interval : intervals_) {
      for (uint64_t key = interval.first; key <= interval.last; ++key) visit(key);
    }
  }

 private:
  struct Interval {
    uint64_t first;
    uint64_t last;
  };
  // The first interval that begins beyond the key.
  std::vector<Interval>::const_iterator after(uint64_t key) const {
    return std::upper_bound(intervals_.begin(), intervals_.end(), key,
                            [](uint64_t k, const Interval& interval) { return k < interval.first; });
  }

  std::vector<Interval> intervals_;  // ascending, none touching the next
  uint64_t size_ = 0;
};

}  // namespace gcmap::harness
