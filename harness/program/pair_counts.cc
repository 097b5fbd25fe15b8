#include "harness/program/pair_counts.h"

#include <algorithm>

#include "harness/program/recent_operations.h"

namespace gcmap::harness {
namespace {

template <typename Visit>
void for_each_state(Subject subject, Visit&& visit) {
  for (size_t state = 0; state < state_count(subject); ++state) {
    if (is_possible(subject, state)) visit(state);
  }
}

std::string line_of_states(Subject subject) {
  std::string line = "gcmap-states " + std::string(word_of(subject));
  for_each_state(subject, [&](size_t state) { line += " " + words_of(subject, state); });
  return line + "\n";
}

std::string lines_of_met(const PairCounts& counts, const OpInfo& op) {
  std::string lines;
  const std::span<const Aspect> aspects = aspects_of(op.kind);
  for (size_t i = 0; i < aspects.size(); ++i) {
    const Subject subject = aspects[i].subject;
    lines += "gcmap-met " + std::string(op.text) + " " + std::string(aspects[i].name) + " " +
             std::string(word_of(subject));
    for_each_state(subject,
                   [&](size_t state) { lines += " " + std::to_string(counts.at(op.kind, i, state)); });
    lines += '\n';
  }
  return lines;
}

std::string line_of_neighbours(const PairCounts& counts, const OpInfo& earlier) {
  std::string line = "gcmap-neighbours " + std::string(earlier.text);
  for (const OpInfo& later : all_ops()) {
    const bool may_be = may_be_neighbours(earlier.kind, later.kind);
    line += " " + (may_be ? std::to_string(counts.at(earlier.kind, later.kind)) : "-");
  }
  return line + "\n";
}

}  // namespace

uint64_t PairCounts::weight(OpKind kind, const StatesBefore& states) const {
  uint64_t rarest = 1;
  for (size_t aspect = 0; aspect < aspects_of(kind).size(); ++aspect)
    rarest = std::max(rarest, weight_of(at(kind, aspect, states[aspect])));
  return rarest;
}

std::string lines_of(const PairCounts& counts) {
  std::string lines;
  for (const Subject subject : kSubjects) lines += line_of_states(subject);
  for (const OpInfo& op : all_ops()) lines += lines_of_met(counts, op);
  lines += "gcmap-operations";
  for (const OpInfo& op : all_ops()) lines += " " + std::string(op.text);
  lines += '\n';
  for (const OpInfo& op : all_ops()) lines += line_of_neighbours(counts, op);
  return lines;
}

}  // namespace gcmap::harness
