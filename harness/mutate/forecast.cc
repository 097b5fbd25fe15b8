#include "harness/mutate/forecast.h"

#include <algorithm>
#include <utility>

#include "harness/program/map_kind.h"
#include "harness/program/operands.h"

namespace gcmap::harness {
namespace {

using Holds = RootForecast::Holds;

constexpr uint64_t kMuch = 1000;  // units of work that are all there is, mostly

}  // namespace

// One operation on a forecast: a function for each kind that changes what is known.
class ForecastStep {
 public:
  explicit ForecastStep(Forecast& forecast) : f(forecast) {}

  template <typename Operands>
  void operator()(const Operands& operands) const {
    apply(operands);
  }

 private:
  template <typename Other>
  void apply(const Other&) const {}

  // Maps.
  void apply(const MakeOperands& op) const { slot(op.map) = made(op.hint); }
  void apply(const DropOperands& op) const { slot(op.map).reset(); }
  void apply(const PutOperands& op) const { ensured(op.map).put(op.key); }
  void apply(const InsertOperands& op) const { ensured(op.map).put(op.key); }
  void apply(const IncrementOperands& op) const { ensured(op.map).put(op.key); }
  void apply(const PutRunOperands& op) const { put_run(op.map, op.key, op.count); }
  void apply(const InsertRunOperands& op) const { put_run(op.map, op.key, op.count); }
  void apply(const IncrementRunOperands& op) const { put_run(op.map, op.key, op.count); }
  void apply(const InsertRangeOperands& op) const { put_run(op.map, op.key, op.count); }
  void apply(const EraseOperands& op) const { erase(op.map, op.key, 1); }
  void apply(const EraseAsOperands& op) const { erase(op.map, op.key, 1); }
  void apply(const EraseRunOperands& op) const { erase(op.map, op.key, op.count); }
  void apply(const EraseAsRunOperands& op) const { erase(op.map, op.key, op.count); }
  void apply(const EraseIfOperands& op) const {
    if (!slot(op.map)) return;
    const uint64_t before = slot(op.map)->size();
    slot(op.map)->erase_if(op.modulus, op.rest);
    lose(*slot(op.map), before);
  }
  void apply(const ClearOperands& op) const {
    if (!slot(op.map)) return;
    const uint64_t before = slot(op.map)->size();
    slot(op.map)->clear();
    lose(*slot(op.map), before);
  }
  void apply(const ReserveOperands& op) const { ensured(op.map).reserve(op.entries); }
  void apply(const FitOperands& op) const {
    if (slot(op.map)) slot(op.map)->fit();
  }
  void apply(const FinishOperands& op) const {
    if (slot(op.map)) slot(op.map)->finish();
  }
  void apply(const ShrinkOperands& op) const { ensured(op.map).set_shrinking(op.allowed); }
  void apply(const CloneOperands& op) const {
    slot(op.target) = slot(op.map) ? std::make_shared<MapForecast>(slot(op.map)->clone()) : nullptr;
  }
  void apply(const SwapOperands& op) const { std::swap(slot(op.map), slot(op.target)); }
  void apply(const IterateOperands& op) const {
    IteratorForecast& iterator = f.iterators_[op.iterator.index];
    iterator = {};
    if (!slot(op.map) || slot(op.map)->size() == 0) return;
    iterator = {slot(op.map), slot(op.map)->exact() ? Certainty::kYes : Certainty::kMaybe,
                slot(op.map)->size()};
  }
  void apply(const AdvanceOperands& op) const {
    IteratorForecast& iterator = f.iterators_[op.iterator.index];
    if (iterator.map == nullptr) return;
    if (op.count > iterator.map->size()) {
      iterator = {};
    } else if (op.count > iterator.left_least) {
      iterator.runs = Certainty::kMaybe;
      iterator.left_least = 0;
    } else {
      iterator.left_least -= op.count;
    }
  }
  void apply(const StopOperands& op) const { f.iterators_[op.iterator.index] = {}; }
  void apply(const LoopOperands& op) const {
    if (!slot(op.map) || op.nth > slot(op.map)->size()) return;
    if (op.action == VisitAction::kErase) slot(op.map)->doubt();  // which entry is the nth?
    if (op.action == VisitAction::kEraseOther) erase(op.map, op.key, 1);
    if (op.action == VisitAction::kPut) slot(op.map)->put(op.key);
    if (op.action == VisitAction::kClear) apply(ClearOperands{op.map});
  }

  // Maps and objects that lead to each other.
  void apply(const StoreOperands& op) const { store(op.map, op.source, op.key, 1); }
  void apply(const StoreRunOperands& op) const { store(op.map, op.source, op.key, op.count); }
  void apply(const FetchOperands& op) const {
    const MapForecast* const map = slot(op.map).get();
    if (map == nullptr || !has_node_values(map->kind())) return;
    if (!map->exact()) return hold_unknown(op.root, 0);
    if (map->keys().contains(op.key)) hold(op.root, add({.opaque = true}));
  }
  void apply(const LinkMapOperands& op) const {
    if (!slot(op.map) || !maybe_object(op.root)) return;
    f.hidden_.push_back(slot(op.map));
    set_link(op.root, op.link, 0, slot(op.map));
  }
  void apply(const OpenOperands& op) const {
    if (!maybe_object(op.source)) return;
    const ObjectForecast* const node = known_object(op.source);
    const ObjectForecast::Link* const link = node == nullptr ? nullptr : find_link(*node, op.link);
    if (link != nullptr && link->map) {
      slot(op.map) = link->map;
    } else if (node == nullptr) {
      open_unseen(op.map, f.kind_);
    }
  }
  void apply(const StoreMapOperands& op) const {
    if (!slot(op.target) || slot(op.target)->kind() != kInnerKind) return;
    const std::shared_ptr<MapForecast> stored = slot(op.target);
    MapForecast& map = ensured(op.map);
    if (!has_map_values(map.kind())) return;
    map.put(op.key);
    f.hidden_.push_back(stored);
  }
  void apply(const FetchMapOperands& op) const {
    const MapForecast* const map = slot(op.map).get();
    if (map == nullptr || !has_map_values(map->kind())) return;
    if (!map->exact() || map->keys().contains(op.key)) open_unseen(op.target, kInnerKind);
  }

  // Objects and roots.
  void apply(const NewOperands& op) const { hold(op.root, add({.cells = op.cells})); }
  void apply(const NewRunOperands& op) const { hold(op.root, add({.cells = op.cells})); }
  void apply(const NewPlainOperands& op) const { hold(op.root, add({.cells = op.cells, .plain = true})); }
  void apply(const LinkOperands& op) const {
    if (root(op.source).holds == Holds::kNothing || !maybe_object(op.root)) return;
    if (root(op.source).holds == Holds::kUnknown) return lose_links();
    set_link(op.root, op.link, root(op.source).object, root(op.source).map);
  }
  void apply(const UnlinkOperands& op) const {
    if (maybe_object(op.root)) set_link(op.root, op.link, 0, nullptr);
  }
  void apply(const LoadOperands& op) const {
    if (!maybe_object(op.source)) return;
    const ObjectForecast* const node = known_object(op.source);
    if (node != nullptr && node->plain) return;
    const ObjectForecast::Link* const link = node == nullptr ? nullptr : find_link(*node, op.link);
    if (link != nullptr && link->map) {
      root(op.root) = {Holds::kMap, 0, link->map};
    } else if (link != nullptr) {
      hold(op.root, link->object);
    } else if (node == nullptr) {
      hold_unknown(op.root, 0);
    } else {
      root(op.root) = {};
    }
  }
  // Other links than the last of so many are those of before.
  void apply(const LinkRunOperands& op) const {
    for (uint32_t i = 0; i < std::min<uint64_t>(op.count, cells_of(op.root)); ++i)
      apply(LinkOperands{.root = op.root, .link = number(op.link + i), .source = op.source});
  }
  void apply(const UnlinkRunOperands& op) const {
    for (uint32_t i = 0; i < std::min<uint64_t>(op.count, cells_of(op.root)); ++i)
      apply(UnlinkOperands{.root = op.root, .link = number(op.link + i)});
  }
  void apply(const LoadRunOperands& op) const {
    for (uint64_t i = 0; i < op.count && root(i == 0 ? op.source : op.root).holds == Holds::kObject; ++i)
      apply(LoadOperands{.root = op.root, .source = i == 0 ? op.source : op.root, .link = op.link});
    if (root(op.source).holds == Holds::kUnknown) hold_unknown(op.root, 0);
  }
  void apply(const CopyOperands& op) const { copy(op.root, op.source); }
  void apply(const MoveOperands& op) const {
    copy(op.root, op.source);
    if (op.root != op.source) root(op.source) = {};
  }
  void apply(const ReleaseOperands& op) const { root(op.root) = {}; }
  void apply(const NewChainOperands& op) const { hold(op.root, add({.opaque = true})); }

  // Lifetimes.
  void apply(const FinalizeOperands& op) const {
    ObjectForecast* const node = object(op.root);
    if (node == nullptr || node->in_arena || node->has_finalizer) return;
    node->has_finalizer = true;
    ++f.finalizers_;
  }
  void apply(const UnfinalizeOperands& op) const {
    ObjectForecast* const node = object(op.root);
    if (node == nullptr || !node->has_finalizer) return;
    node->has_finalizer = false;
    --f.finalizers_;
  }
  // A finalizer may put its object into any root.
  void apply(const RunFinalizersOperands&) const {
    if (f.finalizers_ == 0) return;
    for (RootForecast& each : f.roots_) each.holds = Holds::kUnknown;
  }
  void apply(const WeakenOperands& op) const {
    const ObjectForecast* const node = object(op.root);
    f.weaks_[op.weak.index] = node != nullptr && !node->in_arena ? root(op.root).object : 0;
  }
  void apply(const StrengthenOperands& op) const {
    const uint32_t weak = f.weaks_[op.weak.index];
    if (weak == 0) return hold_unknown(op.root, root(op.root).object);
    is_held(weak) ? hold(op.root, weak) : hold_unknown(op.root, weak);
  }
  void apply(const DropWeakOperands& op) const { f.weaks_[op.weak.index] = 0; }
  void apply(const WeakLinkOperands& op) const {
    const ObjectForecast* const source = object(op.source);
    if (!maybe_object(op.root) || !maybe_object(op.source) || (source != nullptr && source->in_arena)) return;
    if (root(op.source).holds == Holds::kUnknown) return lose_links();
    set_link(op.root, op.link, 0, nullptr);
  }
  void apply(const WeakLoadOperands& op) const {
    if (maybe_object(op.source)) hold_unknown(op.root, 0);
  }
  void apply(const WatchOperands& op) const {
    if (ObjectForecast* const node = object(op.root)) node->watched = true;
  }
  void apply(const AnnotateOperands& op) const {
    ObjectForecast* const node = object(op.root);
    if (node != nullptr && !node->in_arena) node->annotated[op.table.index] = root(op.source).object;
  }
  void apply(const UnannotateOperands& op) const {
    if (ObjectForecast* const node = object(op.root)) node->annotated[op.table.index] = 0;
  }
  void apply(const RecallOperands& op) const {
    const ObjectForecast* const node = object(op.source);
    if (node == nullptr && root(op.source).holds != Holds::kUnknown) return;
    hold_unknown(op.root, node == nullptr ? 0 : node->annotated[op.table.index]);
  }

  // Reuse.
  void apply(const PoolPutOperands& op) const {
    ObjectForecast* const node = object(op.root);
    if (node == nullptr || node->in_arena || node->pooled) return;
    if (node->opaque) return hold_unknown(op.root, root(op.root).object);
    node->pooled = true;
    ++f.reuse_.pool_fresh;
    root(op.root) = {};
  }
  void apply(const PoolGetOperands& op) const {
    if (f.pooled() == 0) return hold_unknown(op.root, root(op.root).object);
    --(f.reuse_.pool_fresh != 0 ? f.reuse_.pool_fresh : f.reuse_.pool_stale);
    hold_unknown(op.root, 0);
  }
  void apply(const WeakPutOperands& op) const {
    if (const ObjectForecast* const node = object(op.root); node != nullptr && !node->in_arena)
      f.reuse_.weak_values.insert(op.key);
  }
  void apply(const PoolGetOrOperands& op) const {
    take_from_pool(1);
    hold(op.root, add({.opaque = true}));
  }
  void apply(const PoolClearOperands&) const { f.reuse_.pool_fresh = f.reuse_.pool_stale = 0; }
  void apply(const PoolPutNewOperands& op) const { f.reuse_.pool_fresh += op.count; }
  void apply(const PoolTakeOperands& op) const { take_from_pool(op.count); }
  void apply(const WeakGetOperands& op) const { hold_unknown(op.root, 0); }
  void apply(const WeakGetRunOperands& op) const { hold_unknown(op.root, 0); }
  void apply(const WeakEraseOperands& op) const { f.reuse_.weak_values.erase(op.key); }
  void apply(const WeakPutRunOperands& op) const {
    const ObjectForecast* const node = object(op.root);
    if (node == nullptr || node->in_arena) return;
    for (uint64_t i = 0; i < op.count; ++i) f.reuse_.weak_values.insert(op.key + i);
  }
  void apply(const WeakEraseRunOperands& op) const {
    for (uint64_t i = 0; i < op.count; ++i) f.reuse_.weak_values.erase(op.key + i);
  }
  void apply(const ArenaNewOperands& op) const {
    const uint64_t bytes = op.cells * kCellBytes;
    if (bytes <= kArenaChunkBytes / 2)  // larger ones have a chunk of their own
      f.reuse_.arena_bytes =
          f.reuse_.arena_bytes + bytes > kArenaChunkBytes ? bytes : f.reuse_.arena_bytes + bytes;
    hold(op.root, add({.cells = op.cells, .in_arena = true}));
  }
  void apply(const ArenaFreeOperands&) const {
    f.reuse_.arena_bytes = 0;
    lose_links();  // those that lead into it are not followed
    for (RootForecast& each : f.roots_) {
      if (each.holds != Holds::kUnknown && f.objects_[each.object].in_arena) each = {};
    }
  }

  // Memory and the collector.
  void apply(const SetLimitOperands& op) const { f.limited_ |= op.pages != 0; }
  void apply(const StartOperands&) const {
    if (f.phase_ != PhaseForecast::kIdle) return;
    f.phase_ = PhaseForecast::kMarking;
    age_pool();
  }
  void apply(const MarkOperands& op) const {
    if (f.phase_ == PhaseForecast::kMarking && op.units >= kMuch) f.phase_ = PhaseForecast::kMarked;
  }
  void apply(const TerminateOperands&) const {
    if (f.phase_ == PhaseForecast::kMarked) f.phase_ = PhaseForecast::kSweeping;
  }
  void apply(const SweepOperands& op) const {
    if (f.phase_ == PhaseForecast::kSweeping && op.spans >= kMuch) f.phase_ = PhaseForecast::kIdle;
  }
  void apply(const CollectOperands&) const {
    f.phase_ = PhaseForecast::kIdle;
    age_pool();
  }
  void apply(const ExchangeOperands& op) const {
    if (!slot(op.map)) return;
    if (op.step == CollectorStep::kStart) apply(StartOperands{});
    if (op.step == CollectorStep::kMark) apply(MarkOperands{op.units});
    if (op.step == CollectorStep::kTerminate) apply(TerminateOperands{});
    if (op.step == CollectorStep::kSweep) apply(SweepOperands{op.units});
    if (op.step == CollectorStep::kCollect) apply(CollectOperands{});
  }

  std::shared_ptr<MapForecast>& slot(MapName name) const { return f.maps_[name.index]; }
  std::shared_ptr<MapForecast> made(uint64_t hint) const {
    return std::make_shared<MapForecast>(f.kind_, hint);
  }
  MapForecast& ensured(MapName name) const {
    if (!slot(name)) slot(name) = made(0);
    return *slot(name);
  }
  void put_run(MapName name, uint64_t key, uint64_t count) const {
    MapForecast& map = ensured(name);
    for (uint64_t i = 0; i < count; ++i) map.put(key + i);
  }
  void store(MapName name, RootName source, uint64_t key, uint64_t count) const {
    if (!maybe_object(source) || (object(source) != nullptr && object(source)->in_arena)) return;
    MapForecast& map = ensured(name);
    if (root(source).holds == Holds::kUnknown) map.doubt();
    if (has_node_values(map.kind())) put_run(name, key, count);
  }
  void erase(MapName name, uint64_t key, uint64_t count) const {
    if (!slot(name)) return;
    const uint64_t before = slot(name)->size();
    for (uint64_t i = 0; i < count; ++i) slot(name)->erase(key + i);
    lose(*slot(name), before);
  }
  // The map had `before` entries: what it lost its iterators need not produce.
  void lose(const MapForecast& map, uint64_t before) const {
    for (IteratorForecast& iterator : f.iterators_) {
      if (iterator.map.get() == &map)
        iterator.left_least -= std::min(iterator.left_least, before - map.size());
    }
  }
  // The name leads to one of the maps that objects and maps lead to, or to one nobody knows of.
  void open_unseen(MapName name, MapKind kind) const {
    for (const auto& map : f.hidden_) map->doubt();
    slot(name) = std::make_shared<MapForecast>(kind, 0);
    slot(name)->doubt();
    f.hidden_.push_back(slot(name));
  }

  RootForecast& root(RootName name) const { return f.roots_[name.index]; }
  ObjectForecast* object(RootName name) const { return const_cast<ObjectForecast*>(f.object(name)); }
  // Null unless it is told apart from all others and its links are known.
  const ObjectForecast* known_object(RootName name) const {
    const ObjectForecast* const node = object(name);
    const bool known = f.links_known_ && root(name).holds == Holds::kObject && !node->opaque;
    return known ? node : nullptr;
  }
  bool maybe_object(RootName name) const {
    return root(name).holds == Holds::kObject || root(name).holds == Holds::kUnknown;
  }
  uint64_t cells_of(RootName name) const { return object(name) == nullptr ? 1 : object(name)->cells; }
  uint32_t add(ObjectForecast object) const {
    f.objects_.push_back(std::move(object));
    return static_cast<uint32_t>(f.objects_.size() - 1);
  }
  void hold(RootName name, uint32_t object) const {
    root(name) = {object == 0 ? Holds::kNothing : Holds::kObject, object, nullptr};
  }
  void hold_unknown(RootName name, uint32_t likely) const { root(name) = {Holds::kUnknown, likely, nullptr}; }
  bool is_held(uint32_t object) const {
    return std::any_of(f.roots_.begin(), f.roots_.end(), [object](const RootForecast& root) {
      return root.holds == Holds::kObject && root.object == object;
    });
  }
  void copy(RootName name, RootName source) const {
    if (name != source && root(source).holds != Holds::kNothing) root(name) = root(source);
  }
  static const ObjectForecast::Link* find_link(const ObjectForecast& node, uint64_t link) {
    for (const ObjectForecast::Link& each : node.links) {
      if (each.at == link % node.cells) return &each;
    }
    return nullptr;
  }
  void set_link(RootName name, uint64_t link, uint32_t target, std::shared_ptr<MapForecast> map) const {
    ObjectForecast* const node = object(name);
    if (node != nullptr && node->plain && root(name).holds == Holds::kObject) return;
    if (node == nullptr || node->opaque || root(name).holds != Holds::kObject) return lose_links();
    std::erase_if(node->links, [&](const auto& each) { return each.at == link % node->cells; });
    if (target != 0 || map != nullptr) node->links.push_back({link % node->cells, target, std::move(map)});
  }
  void lose_links() const { f.links_known_ = false; }
  void take_from_pool(uint64_t count) const {
    uint64_t& fresh = f.reuse_.pool_fresh;
    uint64_t& stale = f.reuse_.pool_stale;
    const uint64_t of_fresh = std::min(count, fresh);
    fresh -= of_fresh;
    stale -= std::min(count - of_fresh, stale);
  }
  void age_pool() const {
    f.reuse_.pool_stale = f.reuse_.pool_fresh;
    f.reuse_.pool_fresh = 0;
  }

  Forecast& f;
};

Forecast::Forecast(const Config& config) : kind_(static_cast<MapKind>(config.kind)) {}

void Forecast::step(const Operation& operation) {
  if (is_arm(operation.kind)) {
    ++armed_;
    strikes_ |= operation.kind != OpKind::kInside;
    return;
  }
  const auto doubt = [&] {
    for_each_operand_of(operation.kind, OperandKind::kRoot, [&](const OperandInfo& operand) {
      roots_[operation.get(operand.field)].holds = Holds::kUnknown;
    });
    for_each_operand_of(operation.kind, OperandKind::kMap, [&](const OperandInfo& operand) {
      if (const auto& map = maps_[operation.get(operand.field)]) map->doubt();
    });
  };
  const bool may_end = strikes_ || limited_;
  if (may_end) doubt();
  visit(operation, ForecastStep(*this));
  if (may_end) doubt();
  armed_ = 0;
  strikes_ = false;
}

bool Forecast::iterates(MapName name) const {
  return std::any_of(iterators_.begin(), iterators_.end(), [&](const IteratorForecast& iterator) {
    return iterator.map != nullptr && iterator.map == maps_[name.index];
  });
}

const ObjectForecast* Forecast::object(RootName name) const {
  const RootForecast& root = roots_[name.index];
  return root.object == 0 ? nullptr : &objects_[root.object];
}

}  // namespace gcmap::harness
