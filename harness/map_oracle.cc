#include "harness/map_oracle.h"

#include <string>

#include "harness/failure.h"
#include "harness/structure.h"

namespace gcmap::harness {
namespace {

using std::to_string;

constexpr uint8_t kWriting = 4;

// Go's rules, written down a second time.
bool calls_for_doubling(uint64_t entries, uint8_t b) {
  return entries > 8 && 2 * entries > 13 * (uint64_t{1} << b);
}

bool calls_for_same_size(uint32_t noverflow, uint8_t b) {
  return noverflow >= (uint32_t{1} << (b > 15 ? 15 : b));
}

std::string in_words(const MapState& state) {
  static constexpr const char* kGrowth[] = {"not growing", "doubling", "growing at the same size"};
  return to_string(state.count) + " entries, B " + to_string(state.b) + ", noverflow " +
         to_string(state.noverflow) + ", " + kGrowth[state.growth];
}

uint64_t quick_digest(const MapInspector& map) {
  Digest digest;
  add_state(digest, map.state());
  return digest.value();
}

}  // namespace

void MapOracle::before_write(const MapInspector& map) {
  before_ = map.state();
}

void MapOracle::after_write(const MapInspector& map, bool inserts, bool works) {
  const MapState after = map.state();
  if ((after.flags & kWriting) != 0) throw Failure{"M13", "the writing flag is up after a write"};
  check_growth_decision(after, inserts);
  if (after.growth == 0) {
    writes_in_growth_ = 0;
    return;
  }
  // The insert that ends a same-size growth may find the load too high and begin a doubling at once.
  if (before_.growth == 0 || after.b != before_.b) writes_in_growth_ = 0;
  writes_in_growth_ += works ? 1 : 0;
  const uint64_t old_buckets = uint64_t{1} << (after.growth == 1 ? after.b - 1 : after.b);
  if (writes_in_growth_ >= old_buckets) {
    throw Failure{"M15", to_string(writes_in_growth_) + " writes since the growth began, " +
                             to_string(old_buckets) + " old buckets: it should have ended; " +
                             in_words(after)};
  }
}

void MapOracle::after_failed_write(const MapInspector& map) {
  const MapState after = map.state();
  if ((after.flags & kWriting) != 0) throw Failure{"M13", "the writing flag is up after a failed write"};
  const bool began = after.growth != 0 && (before_.growth == 0 || after.b != before_.b);
  if (began || after.growth == 0) writes_in_growth_ = 0;
}

void MapOracle::check_growth_decision(const MapState& after, bool inserts) const {
  if (before_.growth != 0 || !before_.allocated) return;
  const bool doubling = inserts && calls_for_doubling(before_.count + 1, before_.b);
  const bool same_size = inserts && !doubling && calls_for_same_size(before_.noverflow, before_.b);
  const uint8_t expected_b = static_cast<uint8_t>(before_.b + (doubling ? 1 : 0));
  // Growths from at most two buckets end in the write that begins them.
  const bool ends_at_once = before_.b <= 1;
  const uint8_t expected_growth = static_cast<uint8_t>(ends_at_once ? 0 : doubling ? 1 : same_size ? 2 : 0);
  if (after.b == expected_b && after.growth == expected_growth) return;
  throw Failure{"M10", std::string("expected ") +
                           (doubling    ? "a doubling"
                            : same_size ? "a same-size growth"
                                        : "no growth") +
                           "; before: " + in_words(before_) + "; after: " + in_words(after)};
}

void MapOracle::check_made(const MapInspector& map, uint64_t hint) {
  const MapState state = map.state();
  const bool fits = !calls_for_doubling(hint, state.b);
  const bool smallest = state.b == 0 || calls_for_doubling(hint, static_cast<uint8_t>(state.b - 1));
  if (fits && smallest) return;
  throw Failure{"M10", "made for " + to_string(hint) + " entries with B " + to_string(state.b)};
}

void MapOracle::before_read(const MapInspector& map, bool every_byte) {
  digest_ = every_byte ? memory_digest(map) : quick_digest(map);
}

void MapOracle::after_read(const MapInspector& map, bool every_byte) const {
  const uint64_t now = every_byte ? memory_digest(map) : quick_digest(map);
  if (now != digest_) throw Failure{"M14", "a look-up changed the map: now " + in_words(map.state())};
}

void MapOracle::check_iterator(const MapInspector& map, const SubjectIterator& iterator) {
  const int generation = iterator.generation();
  if (generation > 1) return;
  const uint8_t flag = static_cast<uint8_t>(generation == 0 ? 1 : 2);
  if ((map.state().flags & flag) == 0) {
    throw Failure{"M13", std::string("an iterator runs on the ") + (generation == 0 ? "present" : "old") +
                             " array, but flag " + to_string(flag) + " is not set"};
  }
}

}  // namespace gcmap::harness
