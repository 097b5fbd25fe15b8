// The plan is checked against Go's growth rule as it is made: nothing in it may begin a growth.
#include "harness/go/rebuild.h"

#include <algorithm>

#include "harness/go/state.h"
#include "harness/program/op.h"

namespace gcmap::harness {

namespace {

constexpr size_t kSlots = 8;

struct Slot {
  bool live = false;
  uint64_t id = 0;
  uint64_t value = 0;
};

struct Chain {
  uint64_t number = 0;
  std::vector<Slot> slots;
  size_t filled = 0;  // slots to fill, from the first on; the others have never been needed
  size_t live = 0;

  size_t placeholders() const { return filled - live; }
};

Chain read_chain(const MapInspector& map, uint64_t number) {
  Chain chain{.number = number, .slots = {}};
  map.for_each_bucket(MapArray::kPresent, number, [&](const BucketView& bucket) {
    for (size_t i = 0; i < kSlots; ++i) {
      Slot slot{.live = bucket.tophash[i] >= kLeastTophash};
      if (slot.live) {
        slot.id = word_of(bucket.keys, i);
        slot.value = word_of(bucket.values, i);
        ++chain.live;
      }
      chain.slots.push_back(slot);
      if (slot.live) chain.filled = chain.slots.size();
    }
  });
  // The first slot of the last overflow bucket is what it was appended for.
  if (chain.slots.size() > kSlots) chain.filled = std::max(chain.filled, chain.slots.size() - kSlots + 1);
  return chain;
}

// The greatest count that an insertion can reach without beginning a growth.
uint64_t greatest_count(uint64_t b) {
  return std::max<uint64_t>(kSlots, 13 * ((uint64_t{1} << b) / 2));
}

}  // namespace

uint64_t least_hint(uint64_t b) {
  return b == 0 ? 0 : greatest_count(b - 1) + 1;
}

std::optional<Rebuild> plan_rebuild(const MapInspector& map, const GoHashTable& hashes) {
  const MapState state = map.state();
  Rebuild plan{.hint = least_hint(state.b), .steps = {}};
  if (state.growth != 0 || state.noverflow >= uint64_t{1} << state.b) return std::nullopt;
  if (plan.hint > info_of(OperandKind::kHint).greatest) return std::nullopt;

  std::vector<Chain> chains;
  for (uint64_t number = 0; number < map.chains(MapArray::kPresent); ++number) {
    chains.push_back(read_chain(map, number));
  }
  // An array of one bucket is allocated by its first entry, even if that is gone again.
  if (state.b == 0 && state.allocated) chains[0].filled = std::max<size_t>(chains[0].filled, 1);
  std::stable_sort(chains.begin(), chains.end(), [](const Chain& left, const Chain& right) {
    return left.placeholders() > right.placeholders();
  });

  uint64_t count = 0;
  uint64_t next_placeholder = kPlaceholderIds;
  for (const Chain& chain : chains) {
    if (count + chain.filled > greatest_count(state.b)) return std::nullopt;
    const uint64_t first_placeholder = next_placeholder;
    for (size_t i = 0; i < chain.filled; ++i) {
      const Slot& slot = chain.slots[i];
      plan.steps.push_back(
          slot.live ? RebuildStep{RebuildStep::Kind::kPut, slot.id, hashes.hash(slot.id, 0, 0), slot.value}
                    : RebuildStep{RebuildStep::Kind::kPut, next_placeholder++, chain.number, 0});
    }
    for (uint64_t id = first_placeholder; id < next_placeholder; ++id) {
      plan.steps.push_back({RebuildStep::Kind::kErase, id, chain.number, 0});
    }
    count += chain.live;
  }
  return plan;
}

}  // namespace gcmap::harness
