#include "harness/oracle/point_counts.h"

#include <algorithm>
#include <cstdio>
#include <string_view>

namespace gcmap::harness {
namespace {

constexpr Phase kShown[] = {Phase::kIdle, Phase::kMark, Phase::kSweep};

std::string one_word(std::string_view name) {
  std::string word(name);
  std::replace(word.begin(), word.end(), ' ', '_');
  return word;
}

template <typename Visit>
void for_each_point(Visit&& visit) {
  for (size_t i = 0; i < kDecisionPointCount; ++i) visit(static_cast<DecisionPoint>(i));
}

}  // namespace

void PointCounts::add(const PointCounts& other) {
  for (size_t point = 0; point < kDecisionPointCount; ++point) {
    for (size_t phase = 0; phase < kPhaseCount; ++phase)
      arrivals[point][phase] += other.arrivals[point][phase];
  }
}

std::string table_of(const PointCounts& counts) {
  char line[128];
  std::snprintf(line, sizeof line, "%-22s %12s %12s %12s\n", "decision point", "idle", "mark", "sweep");
  std::string table = line;
  for_each_point([&](DecisionPoint point) {
    std::snprintf(line, sizeof line, "%-22s", name_of(point));
    table += line;
    for (const Phase phase : kShown) {
      const std::string cell = occurs_in(point, phase) ? std::to_string(counts.at(point, phase)) : "-";
      std::snprintf(line, sizeof line, " %12s", cell.c_str());
      table += line;
    }
    table += '\n';
  });
  return table;
}

std::string lines_of(const PointCounts& counts) {
  std::string lines;
  for_each_point([&](DecisionPoint point) {
    lines += "gcmap-point " + one_word(name_of(point));
    for (const Phase phase : kShown) {
      if (occurs_in(point, phase))
        lines += " " + one_word(name_of(phase)) + "=" + std::to_string(counts.at(point, phase));
    }
    lines += '\n';
  });
  return lines;
}

}  // namespace gcmap::harness
