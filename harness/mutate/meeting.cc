#include "harness/mutate/meeting.h"

#include <algorithm>
#include <iterator>

#include "harness/program/operands.h"

namespace gcmap::harness {
namespace {

constexpr uint32_t kShareMax = 6;  // of a kind: what comes often anyway need not be met more often

uint64_t share_of(const OpInfo& op, const Generator& generator, const Forecast& forecast,
                  const MeetingOptions& options) {
  if (!generator.allows(op.kind)) return 0;
  const uint64_t share = std::min(weight_of(op, options.profile), kShareMax);
  return options.kind_weight == nullptr ? share : share * options.kind_weight->weight(op.kind, forecast);
}

OpKind pick_kind(Random& random, const Generator& generator, const Forecast& forecast,
                 const MeetingOptions& options) {
  uint64_t total = 0;
  for (const OpInfo& op : all_ops()) total += share_of(op, generator, forecast, options);
  if (total == 0) return OpKind::kPut;
  uint64_t left = random.below(std::min<uint64_t>(total, UINT32_MAX));
  for (const OpInfo& op : all_ops()) {
    const uint64_t share = share_of(op, generator, forecast, options);
    if (left < share) return op.kind;
    left -= share;
  }
  return OpKind::kPut;
}

// Lets the configuration have what the operation needs.
void adapt(Random& random, Config& config, uint32_t needs) {
  const auto hold = [&](MapKind kind) { config.kind = static_cast<uint32_t>(kind); };
  if ((needs & kNeedsObjects) != 0) hold(random.chance(3, 4) ? MapKind::kU64Object : MapKind::kObjectObject);
  if ((needs & kNeedsMaps) != 0) hold(MapKind::kU64Map);
  if ((needs & kNeedsMutators) != 0) config.mutators = 2;
}

std::vector<OpKind> pick_kinds(Random& random, const Generator& generator, const Forecast& forecast,
                               Config& config, const MeetingOptions& options) {
  constexpr int kTriesMax = 12;
  const size_t wanted = 2 + random.below(2);
  std::vector<OpKind> kinds;
  uint32_t needs = kNeedsNothing;
  for (int tries = 0; kinds.size() < wanted && tries < kTriesMax; ++tries) {
    const OpKind kind = pick_kind(random, generator, forecast, options);
    const uint32_t more = needs | needs_of(kind);
    if (!suits(config, more)) {
      if (!options.adapts || (more & kNeedsObjects && more & kNeedsMaps)) continue;
      adapt(random, config, more);
    }
    needs = more;
    kinds.push_back(kind);
  }
  return kinds;
}

bool is_of(const std::vector<OpKind>& kinds, OperandKind kind) {
  return std::any_of(kinds.begin(), kinds.end(), [kind](OpKind op) { return has_operand_of(op, kind); });
}

// An arm for the next operation, in the shares that programs of the profile have of them.
void arm(Random& random, Generator& generator, Scene& scene) {
  constexpr OpKind kArms[] = {OpKind::kInside, OpKind::kInside, OpKind::kInside, OpKind::kFail,
                              OpKind::kCallback};
  const OpKind kind = kArms[random.below(std::size(kArms))];
  if (generator.allows(kind)) scene.arm(kind);
}

// The kinds once each and then some of them again, in any order. What an arm is drawn for is the next
// operation, so none comes last.
void perform_all(Random& random, Generator& generator, Scene& scene, std::vector<OpKind> kinds,
                 const MeetingOptions& options) {
  const size_t drawn = kinds.size();
  const uint32_t more = random.below(4);
  for (uint32_t i = 0; i < more; ++i) kinds.push_back(kinds[random.below(drawn)]);
  for (size_t i = kinds.size(); i > 1; --i) std::swap(kinds[i - 1], kinds[random.below(i)]);
  std::stable_partition(kinds.end() - std::min<ptrdiff_t>(2, std::ssize(kinds)), kinds.end(), is_arm);
  const bool lets_go = random.chance(1, 3);
  for (const OpKind kind : kinds) {
    if (random.chance(1, 8)) scene.add(generator.operation());
    if (is_arm(kind)) {
      scene.arm(kind);
      continue;
    }
    if (random.chance(options.profile == Profile::kHeap ? 2 : 1, 16)) arm(random, generator, scene);
    scene.perform(kind);
    if (lets_go && random.chance(1, 2)) scene.let_go();
  }
}

}  // namespace

std::vector<Operation> make_meeting(Random& random, Generator& generator, Forecast& forecast, Config& config,
                                    const MeetingOptions& options) {
  const bool heap = options.profile == Profile::kHeap;
  const std::vector<OpKind> kinds = pick_kinds(random, generator, forecast, config, options);
  if (options.adapts && random.chance(1, 12)) config.hash = static_cast<uint32_t>(HashClass::kIdentity);
  Scene scene(random, generator, forecast, config);
  const bool about_maps = is_of(kinds, OperandKind::kMap) || is_of(kinds, OperandKind::kIterator);
  const bool cycle_first = random.chance(1, 2);
  const bool cycle = random.chance(heap ? 2 : 1, 4);
  if (cycle && cycle_first) scene.open_cycle();
  if (about_maps) {
    const bool iterators = random.chance(3, 8);
    const bool iterators_first = random.chance(1, 3);
    if (iterators && iterators_first) scene.start_iterators(1 + random.below(3));
    if (random.chance(3, 4)) scene.stage_map();
    if (iterators && !iterators_first) scene.start_iterators(1 + random.below(3));
  } else if (random.chance(1, 16)) {
    scene.stage_reuse();
  }
  if (cycle && !cycle_first) scene.open_cycle();
  perform_all(random, generator, scene, kinds, options);
  if (random.chance(3, 4)) scene.end_cycle();
  if (random.chance(3, 4)) scene.end_iterators();
  return scene.operations();
}

}  // namespace gcmap::harness
