#include "harness/run/pair_recorder.h"

namespace gcmap::harness {
namespace {

MapShape shape_of(const MapState& state) {
  static constexpr std::array kOfGrowth = {MapShape::kAbsent, MapShape::kDoubling, MapShape::kSameSize,
                                           MapShape::kHalving};
  if (state.growth != 0) return kOfGrowth[state.growth];
  if (state.count == 0) return MapShape::kEmpty;
  if (MapOracle::calls_for_growth(state)) return MapShape::kThreshold;
  if (state.noverflow != 0) return MapShape::kOverflow;
  return state.b == 0 ? MapShape::kOneBucket : MapShape::kBuckets;
}

}  // namespace

void PairRecorder::count(const Operation& operation) {
  counts_->count(operation.kind, states_before(operation));
  OnNames on = names_of(operation);
  for (const Aspect& aspect : aspects_of(operation.kind)) {
    if (aspect.subject == Subject::kIterator)
      on.names |= names_of_map(IteratorName(operation.get(aspect.field)));
  }
  recent_.for_each_neighbour(on, [&](OpKind earlier) { counts_->count(earlier, operation.kind); });
  recent_.push(on);
}

StatesBefore PairRecorder::states_before(const Operation& operation) const {
  StatesBefore states{};
  size_t i = 0;
  for (const Aspect& aspect : aspects_of(operation.kind))
    states[i++] = static_cast<uint8_t>(state_before(aspect, operation));
  return states;
}

size_t PairRecorder::state_before(const Aspect& aspect, const Operation& operation) const {
  switch (aspect.subject) {
    case Subject::kMap:
      return state_of(MapName(operation.get(aspect.field)));
    case Subject::kIterator:
      return state_of(IteratorName(operation.get(aspect.field)));
    case Subject::kRoot:
      return state_of_root(content_of(RootName(operation.get(aspect.field))), phase());
    case Subject::kPool:
      return state_of_fill(families_.reuse.pool_fill(), phase());
    case Subject::kArena:
      return state_of_fill(families_.reuse.arena_fill(operation), phase());
  }
  return 0;
}

size_t PairRecorder::state_of(MapName map) const {
  const MapSlot& slot = families_.maps.table().slot(map);
  if (slot.adapter == nullptr) return state_of_map(MapShape::kAbsent, false, phase());
  return state_of_map(shape_of(slot.adapter->inspect().state()), is_iterated(slot.object_id), phase());
}

// One over a map that was empty has ended before it began.
size_t PairRecorder::state_of(IteratorName iterator) const {
  const IteratorSlot& slot = families_.maps.iterators().slot(iterator);
  if (!slot.running()) return state_of_map(MapShape::kAbsent, false, phase());
  return state_of_map(shape_of(families_.maps.table().inspect(slot.map).state()), true, phase());
}

bool PairRecorder::is_iterated(ObjectId map) const {
  for (size_t i = 0; i < kIterators; ++i) {
    const IteratorSlot& slot = families_.maps.iterators().slot(IteratorName(i));
    if (slot.map == map && slot.running()) return true;
  }
  return false;
}

RootContent PairRecorder::content_of(RootName root) const {
  const ObjectId object_id = families_.objects.root(root).object_id;
  const LifetimeModel& lifetimes = families_.lifetimes.model();
  if (object_id == kNoObject) return RootContent::kEmpty;
  if (families_.environment.graph().is_map(object_id)) return RootContent::kMap;
  if (families_.objects.arena_nodes().contains(object_id)) return RootContent::kArena;
  if (lifetimes.pending(object_id)) return RootContent::kFinalizer;
  for (size_t table = 0; table < kWeakTables; ++table) {
    if (lifetimes.value(table, object_id) != kNoObject) return RootContent::kAnnotated;
  }
  return lifetimes.all_referred().contains(object_id) ? RootContent::kWeak : RootContent::kObject;
}

// Of the map that the iterator stands on.
NameBits PairRecorder::names_of_map(IteratorName iterator) const {
  const IteratorSlot& slot = families_.maps.iterators().slot(iterator);
  if (slot.map == kNoObject) return 0;
  NameBits names = 0;
  for (size_t i = 0; i < kMaps; ++i) {
    if (families_.maps.table().slot(MapName(i)).object_id == slot.map) names |= bit_of(OperandKind::kMap, i);
  }
  return names;
}

}  // namespace gcmap::harness
