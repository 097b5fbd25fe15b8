#include "harness/mutate/map_forecast.h"

#include <algorithm>
#include <vector>

#include "harness/program/map_kind.h"

namespace gcmap::harness {

MapForecast::MapForecast(MapKind kind, uint64_t hint)
    : kind_(kind), allocated_(b_for(hint) != 0), b_(b_for(hint)), least_b_(b_) {}

uint32_t MapForecast::b_for(uint64_t entries) {
  uint32_t b = 0;
  while (entries > capacity_of(b)) ++b;
  return b;
}

bool MapForecast::must_halve() const {
  return size() > 1 && b_ > least_b_ && (size() - 1) * 4 < capacity_of(b_ - 1);
}

uint64_t MapForecast::until_halving() const {
  if (!shrinks_ || b_ <= least_b_) return 0;
  const uint64_t left = (capacity_of(b_ - 1) + 3) / 4;  // the erasure that leaves fewer halves it
  return size() > left && left > 0 ? size() - left : 0;
}

Certainty MapForecast::growing() const {
  if (moved_least_ >= chains_) return Certainty::kNo;
  return moved_most_ >= chains_ ? Certainty::kMaybe : Certainty::kYes;
}

// What a write owes to the growth in progress: the chain of its key, unless that has been moved, and another.
void MapForecast::pay() {
  if (chains_ == 0) return;
  moved_least_ += moved_most_ == 0 ? 2 : 1;
  moved_most_ += 2;
  if (moved_least_ >= chains_) end_growth();
}

void MapForecast::begin_growth(uint32_t b, bool halving) {
  chains_ = uint64_t{1} << std::min(b, b_);
  moved_least_ = moved_most_ = 0;
  halving_ = halving;
  b_ = b;
  pay();
}

void MapForecast::put(uint64_t number) {
  allocated_ = true;
  pay();
  const uint64_t word = key_named(kind_, number);
  const bool nan = is_nan(kind_, word);
  if (!nan && keys_.contains(identity_of(kind_, word))) return;
  if (growing() != Certainty::kYes && size() + 1 > capacity()) begin_growth(b_ + 1, false);
  if (nan) {
    ++nans_;
  } else {
    keys_.insert(identity_of(kind_, word));
  }
}

void MapForecast::erase(uint64_t number) {
  const uint64_t word = key_named(kind_, number);
  if (size() == 0) return;
  pay();
  if (!is_nan(kind_, word)) erase_identity(identity_of(kind_, word));
}

void MapForecast::erase_identity(uint64_t identity) {
  if (!keys_.contains(identity)) return;
  if (shrinks_ && growing() != Certainty::kYes && must_halve()) begin_growth(b_ - 1, true);
  keys_.erase(identity);
  if (size() == 0) end_emptying();
}

void MapForecast::erase_if(uint64_t modulus, uint64_t rest) {
  std::vector<uint64_t> chosen;
  keys_.for_each([&](uint64_t identity) {
    if (identity % modulus == rest) chosen.push_back(identity);
  });
  for (const uint64_t identity : chosen) {
    pay();
    erase_identity(identity);
  }
}

void MapForecast::clear() {
  if (size() == 0) return;
  keys_.clear();
  nans_ = 0;
  end_growth();
  end_emptying();
}

void MapForecast::end_emptying() {
  if (shrinks_ && b_ > least_b_) drop_array();
}

void MapForecast::drop_array() {
  end_growth();
  b_ = least_b_;
  allocated_ = false;
}

void MapForecast::reserve(uint64_t entries) {
  const uint32_t b = b_for(entries);
  if (!allocated_ && b == 0) {
    b_ = 0;
  } else if (!allocated_ || b > b_) {
    allocated_ = true;
    end_growth();
    b_ = b;
  }
  least_b_ = b;
}

void MapForecast::fit() {
  least_b_ = 0;
  if (size() == 0) return drop_array();
  end_growth();
  b_ = std::min(b_, b_for(size()));
}

void MapForecast::finish() {
  if (size() != 0) end_growth();
}

MapForecast MapForecast::clone() const {
  MapForecast copy = *this;
  copy.end_growth();
  copy.b_ = b_for(size());
  copy.least_b_ = 0;
  copy.allocated_ = size() != 0;
  return copy;
}

}  // namespace gcmap::harness
