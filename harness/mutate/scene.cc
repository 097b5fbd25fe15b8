#include "harness/mutate/scene.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "harness/program/map_kind.h"
#include "harness/program/operands.h"

namespace gcmap::harness {
namespace {

constexpr uint64_t kAllUnits = 4096;

// Rather small keys, which leave room for runs behind them.
uint32_t first_key(Random& random, const Config& config) {
  return 1 + random.below(uint64_t{1} << std::min<uint32_t>(config.key_bits, 8));
}

struct NeedsOf {
  OpKind kind;
  uint32_t needs;
};
constexpr NeedsOf kNeeds[] = {
    {OpKind::kGet, kNeedsEntry},
    {OpKind::kGetAs, kNeedsEntry},
    {OpKind::kGetRun, kNeedsEntry},
    {OpKind::kGetAsRun, kNeedsEntry},
    {OpKind::kEraseAsRun, kNeedsEntry},
    {OpKind::kLoop, kNeedsEntry},
    {OpKind::kExchange, kNeedsEntry},
    {OpKind::kErase, kNeedsEntry},
    {OpKind::kEraseAs, kNeedsEntry},
    {OpKind::kEraseRun, kNeedsEntry},
    {OpKind::kEraseIf, kNeedsEntry},
    {OpKind::kClear, kNeedsEntry},
    {OpKind::kDrop, kNeedsEntry},
    {OpKind::kIterate, kNeedsEntry},
    {OpKind::kClone, kNeedsEntry},
    {OpKind::kCompare, kNeedsEntry | kNeedsAlike},
    {OpKind::kSwap, kNeedsEntry},
    {OpKind::kReserve, kNeedsEntry},
    {OpKind::kFit, kNeedsEntry},
    {OpKind::kShrink, kNeedsEntry},
    {OpKind::kFinish, kNeedsEntry | kNeedsGrowth},
    {OpKind::kAdvance, kNeedsEntry | kNeedsIterator},
    {OpKind::kStop, kNeedsEntry | kNeedsIterator},
    {OpKind::kLink, kNeedsRoot | kNeedsSource},
    {OpKind::kAnnotate, kNeedsRoot | kNeedsSource},
    {OpKind::kLinkRun, kNeedsRoot | kNeedsSource},
    {OpKind::kWeakLink, kNeedsRoot | kNeedsSource},
    {OpKind::kUnlink, kNeedsRoot},
    {OpKind::kUnlinkRun, kNeedsRoot},
    {OpKind::kFinalize, kNeedsRoot},
    {OpKind::kWeaken, kNeedsRoot},
    {OpKind::kWatch, kNeedsRoot},
    {OpKind::kPoolPut, kNeedsRoot},
    {OpKind::kWeakPut, kNeedsRoot},
    {OpKind::kRelease, kNeedsRoot},
    {OpKind::kLoad, kNeedsSource | kNeedsLink},
    {OpKind::kLoadRun, kNeedsSource | kNeedsLink},
    {OpKind::kWeakLoad, kNeedsSource | kNeedsWeakLink},
    {OpKind::kCopy, kNeedsSource},
    {OpKind::kMove, kNeedsSource},
    {OpKind::kStore, kNeedsSource | kNeedsObjects},
    {OpKind::kFetch, kNeedsObjects | kNeedsEntry},
    {OpKind::kLinkMap, kNeedsEntry | kNeedsRoot},
    {OpKind::kOpen, kNeedsEntry | kNeedsSource | kNeedsMapLink},
    {OpKind::kFetchMap, kNeedsMaps | kNeedsEntry},
    {OpKind::kStoreMap, kNeedsMaps | kNeedsEntry | kNeedsInnerMap},
    {OpKind::kEnter, kNeedsMutators},
    {OpKind::kRenewMutator, kNeedsMutators},
    {OpKind::kUnfinalize, kNeedsRoot | kNeedsFinalizer},
    {OpKind::kRunFinalizers, kNeedsRoot | kNeedsFinalizer | kNeedsQueued},
    {OpKind::kStrengthen, kNeedsRoot | kNeedsWeak},
    {OpKind::kDropWeak, kNeedsRoot | kNeedsWeak},
    {OpKind::kPoll, kNeedsRoot | kNeedsDead},
    {OpKind::kRecall, kNeedsSource | kNeedsAnnotation},
    {OpKind::kUnannotate, kNeedsSource | kNeedsAnnotation},
    {OpKind::kPoolGet, kNeedsRoot | kNeedsPooled},
    {OpKind::kPoolGetOr, kNeedsRoot | kNeedsPooled},
    {OpKind::kPoolClear, kNeedsPooled},
    {OpKind::kPoolTake, kNeedsPooled},
    {OpKind::kPoolPass, kNeedsPooled},
    {OpKind::kWeakPutRun, kNeedsRoot},
    {OpKind::kWeakEraseRun, kNeedsRoot | kNeedsWeakValue},
    {OpKind::kVisitWeakValues, kNeedsRoot | kNeedsWeakValue},
    {OpKind::kVisitWeakKeys, kNeedsRoot | kNeedsSource | kNeedsAnnotation},
    {OpKind::kAnnotateNew, kNeedsRoot},
    {OpKind::kStoreRun, kNeedsSource | kNeedsObjects},
    {OpKind::kWeakGet, kNeedsRoot | kNeedsWeakValue},
    {OpKind::kWeakGetRun, kNeedsRoot | kNeedsWeakValue},
    {OpKind::kWeakErase, kNeedsRoot | kNeedsWeakValue},
    {OpKind::kArenaFree, kNeedsArena},
    {OpKind::kMark, kNeedsMarking},
    {OpKind::kTerminate, kNeedsMarking | kNeedsMarked},
    {OpKind::kSweep, kNeedsMarking | kNeedsMarked | kNeedsSweeping},
};

constexpr std::array<uint32_t, 256> kNeedsOfKind = [] {
  std::array<uint32_t, 256> needs{};
  for (const NeedsOf& row : kNeeds) needs[static_cast<size_t>(row.kind)] = row.needs;
  return needs;
}();

}  // namespace

uint32_t needs_of(OpKind kind) {
  return kNeedsOfKind[static_cast<size_t>(kind)];
}

bool suits(const Config& config, uint32_t needs) {
  const auto kind = static_cast<MapKind>(config.kind);
  if ((needs & kNeedsObjects) != 0 && !has_node_values(kind)) return false;
  if ((needs & kNeedsMaps) != 0 && !has_map_values(kind)) return false;
  return (needs & kNeedsMutators) == 0 || config.mutators > 1;
}

Scene::Scene(Random& random, Generator& generator, Forecast& forecast, const Config& config)
    : random_(random), generator_(generator), forecast_(forecast), config_(config) {
  names_.map = MapName(generator.operand(OpKind::kPut, OperandKind::kMap));
  names_.other = MapName((names_.map.index + 1 + random.below(count_of(OperandKind::kMap) - 1)) %
                         count_of(OperandKind::kMap));
  names_.iterator = IteratorName(generator.operand(OpKind::kIterate, OperandKind::kIterator));
  names_.root = RootName(generator.operand(OpKind::kNew, OperandKind::kRoot));
  names_.source =
      random.chance(1, 8) ? names_.root : RootName((names_.root.index + 1 + random.below(3)) % 16);
  names_.weak = WeakName(generator.operand(OpKind::kWeaken, OperandKind::kWeak));
  names_.table = TableName(random.below(count_of(OperandKind::kTable)));
  names_.key = random.chance(1, 2) ? generator.key() : first_key(random, config);
}

void Scene::add(const Operation& operation) {
  if (is_forbidden(config_, operation.kind)) return;
  forecast_.step(operation);
  operations_.push_back(operation);
}

void Scene::arm(OpKind kind) {
  arms_.push_back(generator_.operation(kind));
}

void Scene::perform(OpKind kind) {
  satisfy(needs_of(kind));
  if (kind == OpKind::kSetHash) return crowd();
  const Operation operation = named(kind);
  for (const Operation& arm : arms_) add(arm);
  arms_.clear();
  add(operation);
}

// The operation with the scene's names in the place of those the generator draws.
Operation Scene::named(OpKind kind) {
  Operation operation = generator_.operation(kind);
  // What is written to reads from the source, but nothing comes of a root that takes from itself.
  const bool turned = kind == OpKind::kUnannotate || kind == OpKind::kOpen;
  for (const OperandInfo& operand : info_of(kind).operands) {
    switch (operand.kind) {
      case OperandKind::kMap:
        operation.set(operand.field, (kind == OpKind::kOpen ? names_.other : names_.map).index);
        break;
      case OperandKind::kTarget:
        operation.set(operand.field, names_.other.index);
        break;
      case OperandKind::kIterator:
        operation.set(operand.field, names_.iterator.index);
        break;
      case OperandKind::kRoot:
        operation.set(operand.field, (turned ? names_.source : names_.root).index);
        break;
      case OperandKind::kSource:
        operation.set(operand.field, names_.source.index);
        break;
      case OperandKind::kWeak:
        operation.set(operand.field, names_.weak.index);
        break;
      case OperandKind::kTable:
        operation.set(operand.field, names_.table.index);
        break;
      case OperandKind::kKey:
        operation.set(operand.field, key_for(kind));
        break;
      case OperandKind::kLink:
        operation.set(operand.field, is_weak_link(kind) && random_.chance(7, 8)
                                         ? 0  // the one that others write
                                         : link_of(reads_source(kind) ? names_.source : names_.root));
        break;
      default:
        break;
    }
  }
  return operation;
}

// Links of the source are read, of the root they are written.
bool Scene::reads_source(OpKind kind) {
  return kind == OpKind::kLoad || kind == OpKind::kLoadRun || kind == OpKind::kWeakLoad;
}

bool Scene::is_weak_link(OpKind kind) {
  return kind == OpKind::kWeakLink || kind == OpKind::kWeakLoad;
}

// Of what has to be there one that is, of what is put mostly one that is not.
uint64_t Scene::key_for(OpKind kind) {
  if (!has_operand(kind, OperandKind::kMap)) return names_.key;
  const bool puts = info_of(kind).traits.entries == EntriesEffect::kOneMore;
  if (info_of(kind).traits.entries == EntriesEffect::kMore && random_.chance(1, 2) && map() != nullptr)
    return map()->keys().absent_run(names_.key, 16);
  if (map() == nullptr || map()->keys().size() == 0 || random_.chance(1, 8)) return names_.key;
  if (puts && random_.chance(2, 3)) return map()->keys().absent_run(names_.key, 1);
  if (map()->keys().contains(names_.key) && random_.chance(1, 2)) return names_.key;
  return map()->keys().at(random_.below(map()->keys().size()));
}

// Any link of the object, the last ones too.
uint64_t Scene::link_of(RootName root) {
  const ObjectForecast* const object = forecast_.object(root);
  if (object == nullptr) return random_.below(2);
  if (!object->links.empty() && random_.chance(1, 2))
    return object->links[random_.below(object->links.size())].at;
  return random_.below(object->cells);
}

void Scene::satisfy(uint32_t needs) {
  satisfy_map(needs);
  satisfy_objects(needs);
  satisfy_lifetimes(needs);
  satisfy_collector(needs);
}

void Scene::satisfy_map(uint32_t needs) {
  if ((needs & kNeedsEntry) != 0 && size() == 0) fill_to(1 + random_.below(8));
  if ((needs & kNeedsIterator) != 0 &&
      (forecast_.iterator(names_.iterator).map == nullptr || !forecast_.iterates(names_.map)))
    add(named(OpKind::kIterate));
  if ((needs & kNeedsGrowth) != 0 && map() != nullptr && map()->growing() == Certainty::kNo)
    fill_to(std::max<uint64_t>(map()->capacity(), MapForecast::capacity_of(2)) + 1);
  if ((needs & kNeedsInnerMap) != 0) {
    const MapForecast* const inner = forecast_.map(names_.other);
    if (inner == nullptr || inner->kind() != kInnerKind) add(named(OpKind::kFetchMap));
  }
  if ((needs & kNeedsAlike) != 0 && random_.chance(7, 8)) make_alike();
}

// A clone does not grow: whatever the map does, what it is compared with does not.
void Scene::make_alike() {
  add(named(OpKind::kClone));
  if (map() == nullptr || map()->keys().size() == 0 || random_.chance(1, 2)) return;
  add(encode(PutOperands{.map = names_.other,
                         .key = number(map()->keys().at(random_.below(map()->keys().size()))),
                         .value = generator_.operand(OpKind::kPut, OperandKind::kValue)}));
}

void Scene::hold_object(RootName root) {
  if (forecast_.root(root).holds == RootForecast::Holds::kObject) return;
  constexpr OpKind kKinds[] = {OpKind::kArenaNew, OpKind::kNewPlain};
  const uint32_t choice = random_.below(8);
  Operation made = generator_.operation(choice < std::size(kKinds) ? kKinds[choice] : OpKind::kNew);
  set_operand(made, OperandKind::kRoot, root.index);
  add(made);
}

void Scene::satisfy_objects(uint32_t needs) {
  if ((needs & kNeedsRoot) != 0) hold_object(names_.root);
  if ((needs & kNeedsSource) != 0) hold_object(names_.source);
  const ObjectForecast* const source = forecast_.object(names_.source);
  const bool leads = source != nullptr && !source->links.empty();
  if ((needs & kNeedsLink) != 0 && !leads) {
    hold_object(names_.root);
    add(encode(
        LinkOperands{.root = names_.source, .link = number(link_of(names_.source)), .source = names_.root}));
  }
  if ((needs & kNeedsWeakLink) != 0) {
    hold_object(names_.root);
    add(encode(WeakLinkOperands{.root = names_.source, .link = 0, .source = names_.root}));
  }
  if ((needs & kNeedsMapLink) != 0 && (!leads || source->links.back().map == nullptr)) {
    add(encode(
        LinkMapOperands{.root = names_.source, .link = number(link_of(names_.source)), .map = names_.map}));
  }
}

void Scene::satisfy_lifetimes(uint32_t needs) {
  const ObjectForecast* const object = forecast_.object(names_.root);
  if ((needs & kNeedsFinalizer) != 0 && (object == nullptr || !object->has_finalizer))
    add(named(OpKind::kFinalize));
  if ((needs & kNeedsWeak) != 0 && !forecast_.weak_is_set(names_.weak)) add(named(OpKind::kWeaken));
  if ((needs & kNeedsDead) != 0 && (object == nullptr || !object->watched)) add(named(OpKind::kWatch));
  if ((needs & kNeedsQueued) != 0 || ((needs & kNeedsDead) != 0 && random_.chance(3, 4))) {
    add(encode(ReleaseOperands{.root = names_.root}));
    add(encode(CollectOperands{}));
  }
  if ((needs & kNeedsAnnotation) != 0) {
    const ObjectForecast* const key = forecast_.object(names_.source);
    if (key == nullptr || key->annotated[names_.table.index] == 0) {
      hold_object(names_.root);
      add(encode(AnnotateOperands{.table = names_.table, .root = names_.source, .source = names_.root}));
    }
  }
  if ((needs & kNeedsPooled) != 0 && forecast_.pooled() == 0)
    add(named((needs & kNeedsRoot) != 0 ? OpKind::kPoolPut : OpKind::kPoolPutNew));
  if ((needs & kNeedsWeakValue) != 0 && !forecast_.weak_values().contains(names_.key))
    add(named(OpKind::kWeakPut));
  if ((needs & kNeedsArena) != 0 && forecast_.arena_bytes() == 0) add(named(OpKind::kArenaNew));
}

void Scene::satisfy_collector(uint32_t needs) {
  if ((needs & kNeedsMarking) != 0 && forecast_.phase() == PhaseForecast::kIdle) add(encode(StartOperands{}));
  if ((needs & kNeedsMarked) != 0 && forecast_.phase() == PhaseForecast::kMarking)
    add(encode(MarkOperands{.units = kAllUnits}));
  if ((needs & kNeedsSweeping) != 0 && forecast_.phase() == PhaseForecast::kMarked)
    add(encode(TerminateOperands{}));
}

void Scene::fill_to(uint64_t wanted) {
  if (wanted <= size()) return;
  const uint64_t count = std::min(wanted - size(), greatest(OperandKind::kCount));
  const uint64_t key = map() == nullptr ? names_.key : map()->keys().absent_run(names_.key, count);
  add(encode(PutRunOperands{.map = names_.map,
                            .key = number(key),
                            .count = number(count),
                            .value = generator_.operand(OpKind::kPut, OperandKind::kValue)}));
}

void Scene::erase_to(uint64_t wanted) {
  // A run may meet gaps: a few runs at most.
  for (int runs = 0; runs < 4 && size() > wanted && map()->keys().size() > 0; ++runs) {
    const uint64_t count = std::min(size() - wanted, greatest(OperandKind::kCount));
    add(encode(
        EraseRunOperands{.map = names_.map, .key = number(map()->keys().at(0)), .count = number(count)}));
    if (is_forbidden(config_, OpKind::kEraseRun)) return;
  }
}

// Where a key is its own hash, even and odd keys lie in chains of their own. First the even chains, then the
// odd ones hold nine entries each, and keep their overflow buckets: as many as there are buckets, so that the
// next new key begins a growth to the same size.
void Scene::fill_chains_in_turn() {
  const uint32_t b = 1 + random_.below(3);
  const uint64_t nine_in_half = uint64_t{9} << (b - 1);
  add(encode(MakeOperands{.map = names_.map, .hint = number(MapForecast::capacity_of(b))}));
  for (const uint32_t erased : {1u, 0u}) {
    const auto leave_half = [&] {
      add(encode(EraseIfOperands{.map = names_.map, .modulus = 2, .rest = erased}));
    };
    leave_half();
    fill_to(MapForecast::capacity_of(b));
    leave_half();
    fill_to(2 * nine_in_half - std::min(size(), nine_in_half) + random_.below(2));
  }
}

// One chain after another is filled and emptied, and keeps its overflow buckets: after two there are as many
// as buckets, and the next new key begins a growth to the same size.
void Scene::churn() {
  if (config_.hash == static_cast<uint32_t>(HashClass::kIdentity)) return fill_chains_in_turn();
  const uint32_t b = 1 + random_.below(3);
  const uint64_t count = MapForecast::capacity_of(b);
  add(encode(MakeOperands{.map = names_.map, .hint = number(count)}));
  for (uint64_t chain = 0; chain < 3; ++chain) {
    const uint64_t first = map() == nullptr ? names_.key : map()->keys().absent_run(names_.key, count);
    names_.key = static_cast<uint32_t>(first);
    add(encode(SetHashRunOperands{.key = number(first), .count = number(count), .hash = chain}));
    const bool last = chain == 2;
    add(encode(PutRunOperands{
        .map = names_.map, .key = number(first), .count = number(last ? 1 + random_.below(8) : count)}));
    if (last) return;
    add(encode(EraseRunOperands{.map = names_.map, .key = number(first), .count = number(count)}));
    names_.key = static_cast<uint32_t>((first + count) & greatest(OperandKind::kKey));
  }
}

void Scene::shrink() {
  add(encode(ShrinkOperands{.map = names_.map, .allowed = true}));
  if (map() == nullptr || map()->b() < 2) fill_to(MapForecast::capacity_of(1 + random_.below(4)) + 1);
  if (map() == nullptr) return;
  // The first erasure beyond the size begins the halving; each further one is a write into it.
  const uint64_t left = map()->until_halving();
  if (left > 0)
    erase_to(size() - left - std::min<uint64_t>(random_.below(2) * random_.below(4), size() - left - 1));
}

void Scene::stage_map() {
  const uint64_t capacity = map() == nullptr ? 8 : map()->capacity();
  const uint64_t full = random_.chance(1, 2) ? capacity : MapForecast::capacity_of(1 + random_.below(4));
  if (size() > full && random_.chance(1, 2)) add(named(OpKind::kMake));
  switch (random_.below(10)) {
    case 0:
      return fill_to(full - 1);
    case 1:
      return fill_to(full);
    case 2:
      return fill_to(full + 1);
    case 3:
    case 4: {  // some writes into the growth, which leave less of it or end it
      fill_to(full + 1);
      if (map() == nullptr || map()->keys().size() == 0) return;
      const uint64_t left = map()->writes_left_max();
      const uint64_t count = left < 2 ? 1 : left / 2 - random_.below(2) + random_.below(2);
      add(encode(PutRunOperands{.map = names_.map,
                                .key = number(map()->keys().at(0)),
                                .count = number(std::max<uint64_t>(1, count)),
                                .value = generator_.operand(OpKind::kPut, OperandKind::kValue)}));
      return;
    }
    case 5:
    case 6:
      return churn();
    case 7:
    case 8:
      return shrink();
    default:
      return erase_to(random_.below(3));
  }
}

// Before a map has met them: their hashes cannot change afterwards.
void Scene::crowd() {
  const uint64_t base = generator_.hash();
  const uint64_t count = 2 + random_.below(random_.chance(1, 4) ? 16 : 4);
  const uint32_t likeness = random_.below(3);
  const uint64_t first = map() == nullptr ? names_.key : map()->keys().absent_run(names_.key, count);
  for (uint64_t i = 0; i < count; ++i) {
    uint64_t hash = base;
    if (likeness == 0) hash ^= uint64_t{random_.below(256)} << 56;  // one bucket, other marks
    if (likeness == 1) hash ^= random_.below(64);                   // one mark, other buckets
    add(encode(
        SetHashOperands{.key = number(std::min(first + i, greatest(OperandKind::kKey))), .hash = hash}));
  }
  names_.key = static_cast<uint32_t>(first);
  add(encode(PutRunOperands{.map = names_.map, .key = names_.key, .count = number(count)}));
}

void Scene::start_iterators(uint32_t count) {
  satisfy(kNeedsEntry);
  if (map() == nullptr) return;
  for (uint32_t i = 0; i < count; ++i) {
    const IteratorName iterator((names_.iterator.index + i) % count_of(OperandKind::kIterator));
    add(encode(
        IterateOperands{.map = names_.map,
                        .iterator = iterator,
                        .bucket = number(random_.below(uint64_t{1} << std::min<uint32_t>(map()->b(), 10))),
                        .offset = random_.below(8)}));
    if (random_.chance(3, 4))
      add(encode(AdvanceOperands{.iterator = iterator, .count = number(1 + random_.below(3))}));
  }
}

void Scene::stage_reuse() {
  if (random_.chance(1, 2)) {
    constexpr uint64_t kSharedMax = kArenaChunkBytes / kCellBytes / 2;  // larger objects have their own chunk
    for (const RootName root : {names_.root, names_.source}) {
      const uint64_t left = (kArenaChunkBytes - forecast_.arena_bytes()) / kCellBytes;
      add(encode(ArenaNewOperands{
          .root = root, .cells = number(1 + std::clamp<uint64_t>(left, 2, kSharedMax) - random_.below(2))}));
    }
    return;
  }
  add(encode(PoolPutNewOperands{.count = number(kPoolChunkObjects - 1 + random_.below(3))}));
}

// What was stored, linked or hung on is led to by that alone.
void Scene::let_go() {
  for (const RootName root : {names_.source, names_.root}) {
    if (forecast_.root(root).holds != RootForecast::Holds::kNothing && random_.chance(2, 3))
      add(encode(ReleaseOperands{.root = root}));
    if (random_.chance(1, 2)) return;
  }
}

void Scene::open_cycle() {
  add(encode(StartOperands{}));
  if (random_.chance(3, 4)) add(named(OpKind::kMark));
}

void Scene::end_iterators() {
  for (size_t i = 0; i < count_of(OperandKind::kIterator); ++i) {
    const IteratorName iterator(i);
    if (forecast_.iterator(iterator).map != nullptr)
      add(encode(AdvanceOperands{.iterator = iterator, .count = number(greatest(OperandKind::kEntries))}));
  }
}

void Scene::end_cycle() {
  if (forecast_.phase() == PhaseForecast::kMarking) add(encode(MarkOperands{.units = kAllUnits}));
  if (forecast_.phase() == PhaseForecast::kMarked) add(encode(TerminateOperands{}));
  if (forecast_.phase() == PhaseForecast::kSweeping) add(encode(SweepOperands{.spans = kAllUnits}));
}

}  // namespace gcmap::harness
