#include "harness/oracle/map.h"

#include <algorithm>
#include <string>

#include "harness/oracle/failure.h"
#include "harness/oracle/map_sizes.h"
#include "harness/subject/structure.h"

namespace gcmap::harness {
namespace {

using std::to_string;

constexpr uint8_t kWriting = 4;

uint64_t quick_digest(const MapInspector& map) {
  Digest digest;
  add_state(digest, map.state());
  return digest.value();
}

}  // namespace

std::string MapOracle::in_words(const MapState& state) {
  static constexpr const char* kGrowth[] = {"not growing", "doubling", "growing at the same size", "halving"};
  return to_string(state.count) + " entries, B " + to_string(state.b) + ", noverflow " +
         to_string(state.noverflow) + ", " + kGrowth[state.growth];
}

void MapOracle::after_write(const MapState& before, const MapInspector& map, bool inserts, bool works,
                            bool erases) {
  const MapState after = map.state();
  if ((after.flags & kWriting) != 0) throw Failure{"M13", "the writing flag is up after a write"};
  check_growth_decision(before, after, inserts, erases);
  if (after.growth == 0) {
    writes_in_growth_ = 0;
    return;
  }
  // The insert that ends a same-size growth may find the load too high and begin a doubling at once.
  if (before.growth == 0 || after.b != before.b) writes_in_growth_ = 0;
  writes_in_growth_ += works ? 1 : 0;
  const uint64_t old_buckets = uint64_t{1} << (after.growth == 1 ? after.b - 1 : after.b);
  if (writes_in_growth_ >= old_buckets) {
    throw Failure{"M15", to_string(writes_in_growth_) + " writes since the growth began, " +
                             to_string(old_buckets) + " old buckets: it should have ended; " +
                             in_words(after)};
  }
}

bool MapOracle::calls_for_growth(const MapState& state) {
  return calls_for_doubling(state.count + 1, state.b) || calls_for_same_size(state.noverflow, state.b);
}

void MapOracle::check_failed_write(const MapInspector& map) {
  if ((map.state().flags & kWriting) != 0)
    throw Failure{"M13", "the writing flag is up after a failed write"};
}

void MapOracle::after_failed_write(const MapInspector& map) {
  const MapState after = map.state();
  // It may have ended one growth and begun another. In either, every write so far has moved nevacuate on.
  writes_in_growth_ = after.growth == 0 ? 0 : std::min(writes_in_growth_, after.nevacuate);
  least_b_ = std::min(least_b_, after.b);  // fitting may have come part of the way
}

// A map that becomes empty lets go of an array above its least size; one of one entry does not begin
// to halve.
MapOracle::Size MapOracle::size_after_erasing(const MapState& before) const {
  Size size{before.b, 0};
  const uint64_t left = before.count - 1;
  if (!shrinks_) return size;
  if (left == 0) return {std::min(before.b, least_b_), 0};
  while (size.growth == 0 && size.b > least_b_ && calls_for_halving(left, size.b)) {
    --size.b;
    // Two chains, or one, are evacuated by the erase that begins it.
    size.growth = size.b <= 1 ? 0 : 3;
  }
  return size;
}

void MapOracle::check_growth_decision(const MapState& before, const MapState& after, bool inserts,
                                      bool erases) const {
  if (before.growth != 0 || !before.allocated) return;
  const bool doubling = inserts && calls_for_doubling(before.count + 1, before.b);
  const bool same_size = inserts && !doubling && calls_for_same_size(before.noverflow, before.b);
  Size expected{static_cast<uint8_t>(before.b + (doubling ? 1 : 0)), static_cast<uint8_t>(doubling    ? 1
                                                                                          : same_size ? 2
                                                                                                      : 0)};
  // Growths from at most two buckets end in the write that begins them.
  if (before.b <= 1) expected.growth = 0;
  if (erases) expected = size_after_erasing(before);
  if (after.b == expected.b && after.growth == expected.growth) return;
  const bool halving = expected.b < before.b;
  throw Failure{"M10", std::string("expected ") +
                           (doubling    ? "a doubling"
                            : same_size ? "a same-size growth"
                            : halving   ? "B " + to_string(expected.b)
                                        : "no growth") +
                           "; before: " + in_words(before) + "; after: " + in_words(after)};
}

void MapOracle::after_make(const MapInspector& map, uint64_t hint) {
  const MapState state = map.state();
  least_b_ = smallest_b(hint);
  if (state.b == least_b_ && state.growth == 0) return;
  throw Failure{"M10", "made for " + to_string(hint) + " entries with B " + to_string(state.b)};
}

void MapOracle::after_clone(const MapInspector& map, const MapOracle& source) {
  after_make(map, map.state().count);
  least_b_ = 0;
  shrinks_ = source.shrinks_;
}

void MapOracle::after_reserve(const MapState& before, const MapInspector& map, uint64_t entries) {
  after_many_writes(map);
  const MapState after = map.state();
  least_b_ = smallest_b(entries);
  const uint8_t expected = before.allocated ? std::max(before.b, least_b_) : least_b_;
  if (after.b == expected && (expected == before.b || after.growth == 0)) return;
  throw Failure{"M10", "reserved for " + to_string(entries) + " entries; before: " + in_words(before) +
                           "; after: " + in_words(after)};
}

void MapOracle::after_fit(const MapState& before, const MapInspector& map) {
  after_many_writes(map);
  const MapState after = map.state();
  least_b_ = 0;
  // A growth to the same size lets in a few entries more than its array should hold: fitting does not
  // enlarge it.
  const uint8_t expected = std::min(smallest_b(after.count), before.b);
  if (after.b == expected && after.growth == 0 && (after.count != 0 || !after.allocated)) return;
  throw Failure{"M10", "shrunk to fit; before: " + in_words(before) + "; after: " + in_words(after)};
}

void MapOracle::after_many_writes(const MapInspector& map) {
  if ((map.state().flags & kWriting) != 0) throw Failure{"M13", "the writing flag is up after a write"};
  writes_in_growth_ = 0;
}

uint64_t MapOracle::before_read(const MapInspector& map, bool every_byte) {
  return every_byte ? memory_digest(map) : quick_digest(map);
}

void MapOracle::after_read(uint64_t before, const MapInspector& map, bool every_byte) {
  const uint64_t now = every_byte ? memory_digest(map) : quick_digest(map);
  if (now != before) throw Failure{"M14", "a look-up changed the map: now " + in_words(map.state())};
}

void MapOracle::check_iterator(const MapInspector& map, const AdapterIterator& iterator) {
  const int generation = iterator.generation();
  if (generation > 1) return;
  const uint8_t flag = static_cast<uint8_t>(generation == 0 ? 1 : 2);
  if ((map.state().flags & flag) == 0) {
    throw Failure{"M13", std::string("an iterator runs on the ") + (generation == 0 ? "present" : "old") +
                             " array, but flag " + to_string(flag) + " is not set"};
  }
}

}  // namespace gcmap::harness
