// How often a run stood at each decision point in each phase: lost coverage shows as a zero.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "gcmap/internal/base/event.h"

namespace gcmap::harness {

struct PointCounts {
  std::array<std::array<uint64_t, kPhaseCount>, kDecisionPointCount> arrivals{};

  void count(DecisionPoint point, Phase phase) {
    ++arrivals[static_cast<size_t>(point)][static_cast<size_t>(phase)];
  }
  uint64_t at(DecisionPoint point, Phase phase) const {
    return arrivals[static_cast<size_t>(point)][static_cast<size_t>(phase)];
  }
  uint64_t total(DecisionPoint point) const {  // in all phases
    uint64_t sum = 0;
    for (const uint64_t count : arrivals[static_cast<size_t>(point)]) sum += count;
    return sum;
  }
  void add(const PointCounts& other);
};

// A table for people: a row per point, a column per phase, "-" where the point cannot occur. Every line ends.
std::string table_of(const PointCounts& counts);

// The same for programs: lines "gcmap-point <point> <phase>=<count> ...", blanks of names as '_', the phases
// in which the point can occur.
std::string lines_of(const PointCounts& counts);

}  // namespace gcmap::harness
