#include "harness/mutate/key_set.h"

#include <iterator>

#include "gcmap/internal/base/check.h"

namespace gcmap::harness {

bool KeySet::insert(uint64_t key) {
  const auto at = intervals_.begin() + (after(key) - intervals_.cbegin());
  const bool has_before = at != intervals_.begin();
  if (has_before && key <= std::prev(at)->last) return false;
  ++size_;
  const bool joins_before = has_before && std::prev(at)->last + 1 == key;
  const bool joins_after = at != intervals_.end() && key + 1 == at->first;
  if (joins_before && joins_after) {
    std::prev(at)->last = at->last;
    intervals_.erase(at);
  } else if (joins_before) {
    std::prev(at)->last = key;
  } else if (joins_after) {
    at->first = key;
  } else {
    intervals_.insert(at, {key, key});
  }
  return true;
}

bool KeySet::erase(uint64_t key) {
  const auto next = intervals_.begin() + (after(key) - intervals_.cbegin());
  if (next == intervals_.begin() || key > std::prev(next)->last) return false;
  --size_;
  const auto at = std::prev(next);
  if (at->first == at->last) {
    intervals_.erase(at);
  } else if (key == at->first) {
    ++at->first;
  } else if (key == at->last) {
    --at->last;
  } else {
    const Interval tail{key + 1, at->last};
    at->last = key - 1;
    intervals_.insert(next, tail);
  }
  return true;
}

uint64_t KeySet::at(uint64_t n) const {
  for (const Interval& interval : intervals_) {
    const uint64_t length = interval.last - interval.first + 1;
    if (n < length) return interval.first + n;
    n -= length;
  }
  GCMAP_CHECK(false, "key number %llu of a set of %llu", static_cast<unsigned long long>(n),
              static_cast<unsigned long long>(size_));
}

uint64_t KeySet::absent_run(uint64_t from, uint64_t count) const {
  for (const Interval& interval : intervals_) {
    if (interval.last < from) continue;
    if (from + count <= interval.first) break;
    from = interval.last + 1;
  }
  return from;
}

}  // namespace gcmap::harness
