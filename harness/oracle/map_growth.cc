// What a write does to a map that is growing, how much of a growth one write does, what a clear leaves.
#include <algorithm>
#include <string>

#include "harness/oracle/failure.h"
#include "harness/oracle/map.h"
#include "harness/oracle/map_sizes.h"

namespace gcmap::harness {

using std::to_string;

// M19: two chains of the growth it finds, and of each that it begins. Of a halving a pair counts as one.
void MapOracle::after_growth_steps(const MapState& before, const MapInspector& map, const GrowthSteps& steps,
                                   bool inserts, bool erases) const {
  const MapState after = map.state();
  const uint64_t growths = steps.begun + (before.growth != 0);
  if (steps.chains_moved > 2 * growths) {
    throw Failure{"M19", "a write moved " + to_string(steps.chains_moved) + " chains of " +
                             to_string(growths) + " growths, two of each at most; after: " + in_words(after)};
  }
  if (before.growth != 0) check_decision_while_growing(before, after, steps.begun, inserts, erases);
}

// M10: a growth that is under way goes on as it is, or ends; then the sizes decide about the next. How many
// overflow buckets there were at that moment only the end of the write shows: as many, or one less.
void MapOracle::check_decision_while_growing(const MapState& before, const MapState& after, uint64_t begun,
                                             bool inserts, bool erases) const {
  const bool goes_on = begun == 0 && after.growth != 0;
  Size expected{before.b, before.growth};
  if (erases && !goes_on) {
    expected = size_after_erasing(before);
  } else if (!goes_on) {
    const bool doubling = inserts && calls_for_doubling(before.count + 1, before.b);
    const bool surely = inserts && after.noverflow > 0 && calls_for_same_size(after.noverflow - 1, after.b);
    const bool same_size = begun != 0 ? inserts && after.b == before.b : surely;
    expected = {static_cast<uint8_t>(before.b + doubling), static_cast<uint8_t>(doubling    ? 1
                                                                                : same_size ? 2
                                                                                            : 0)};
    if (before.b <= 1 || after.b <= 1) expected.growth = after.growth;  // ends in the write that begins it
  }
  if (after.b == expected.b && after.growth == expected.growth) return;
  throw Failure{"M10", "a write to a growing map, which began " + to_string(begun) + " growths; expected B " +
                           to_string(expected.b) +
                           (expected.growth != 0 ? " and growing" : " and not growing") +
                           "; before: " + in_words(before) + "; after: " + in_words(after)};
}

void MapOracle::after_clear(const MapState& before, const MapInspector& map) const {
  const MapState after = map.state();
  MapState expected = before;
  if (before.count != 0) {
    const bool lets_go = shrinks_ && before.b > least_b_;
    expected.b = lets_go ? std::min(before.b, least_b_) : before.b;
    expected.allocated = before.allocated && !lets_go;
    expected.growth = 0;
    expected.noverflow = 0;
    expected.nevacuate = 0;
  }
  if (after.b == expected.b && after.allocated == expected.allocated && after.growth == expected.growth &&
      after.noverflow == expected.noverflow && after.nevacuate == expected.nevacuate)
    return;
  throw Failure{"M10", "cleared; before: " + in_words(before) + "; after: " + in_words(after) +
                           (after.allocated ? "" : ", no array")};
}

}  // namespace gcmap::harness
