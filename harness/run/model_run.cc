#include "harness/run/model_run.h"

#include <array>
#include <memory>
#include <optional>
#include <utility>

#include "harness/model/graph.h"
#include "harness/model/map.h"
#include "harness/program/digest.h"
#include "harness/program/typed_operands.h"
#include "harness/subject/map_adapter.h"

namespace gcmap::harness {
namespace {

// What the model alone cannot tell, or what takes no time that would weigh in its cost.
constexpr bool is_left_out(const OpTraits& traits) {
  return traits.neutral || traits.unforeseen || traits.rare;
}

class ModelRun {
 public:
  uint64_t run(const Program& program) {
    kind_ = static_cast<MapKind>(program.config.kind);
    for (const Operation& operation : program.operations)
      visit(operation, [this](const auto& operands) { do_operation(operands); });
    return digest_.value();
  }

 private:
  template <typename Other>
  void do_operation(const Other&) {
    static_assert(
        is_left_out(Other::kTraits),
        "harness/run/model_run.cc: do the operation on the model here, or let its row in op.def say "
        "IS(neutral), IS(unforeseen) or IS(rare)");
  }

  void do_operation(const MakeOperands& op) { slot(op.map) = std::make_shared<ModelMap>(); }
  void do_operation(const DropOperands& op) { slot(op.map).reset(); }
  void do_operation(const PutOperands& op) { put(op.map, op.key, op.value); }
  void do_operation(const InsertOperands& op) { put(op.map, op.key, op.value); }
  void do_operation(const IncrementOperands& op) { put(op.map, op.key, op.value); }
  void do_operation(const PutRunOperands& op) {
    for (uint32_t i = 0; i < op.count; ++i) put(op.map, op.key + i, op.value + i);
  }
  void do_operation(const InsertRunOperands& op) {
    for (uint32_t i = 0; i < op.count; ++i) put(op.map, op.key + i, op.value + i);
  }
  void do_operation(const IncrementRunOperands& op) {
    for (uint32_t i = 0; i < op.count; ++i) put(op.map, op.key + i, op.value + i);
  }
  void do_operation(const InsertRangeOperands& op) {
    for (uint32_t i = 0; i < op.count; ++i) put(op.map, op.key + i, op.value + i);
  }
  void do_operation(const EraseOperands& op) { digest_.add(map(op.map).erase(id(op.key))); }
  void do_operation(const EraseRunOperands& op) {
    for (uint32_t i = 0; i < op.count; ++i) digest_.add(map(op.map).erase(id(op.key + i)));
  }
  void do_operation(const GetOperands& op) { digest_.add(map(op.map).value(id(op.key)).value_or(0)); }
  void do_operation(const GetRunOperands& op) {
    for (uint32_t i = 0; i < op.count; ++i) digest_.add(map(op.map).value(id(op.key + i)).value_or(0));
  }
  void do_operation(const ClearOperands& op) { map(op.map).clear(); }
  void do_operation(const IterateOperands& op) {
    const size_t iterator = op.iterator.index;
    iterations_[iterator].emplace(slot(op.map), iterator, serial_, ++iteration_);
  }

  void do_operation(const NewOperands& op) { root(op.root) = graph_.add_node(0, op.cells); }
  void do_operation(const NewRunOperands& op) {
    for (uint32_t i = 0; i < op.count; ++i) root(op.root) = graph_.add_node(0, op.cells);
  }
  void do_operation(const LinkRunOperands& op) {
    for (uint32_t i = 0; i < op.count; ++i) link(root(op.root), op.link + i, root(op.source));
  }
  void do_operation(const UnlinkRunOperands& op) {
    for (uint32_t i = 0; i < op.count; ++i) link(root(op.root), op.link + i, kNoObject);
  }
  void do_operation(const LoadRunOperands& op) {
    for (uint32_t i = 0; i < op.count; ++i) load(op.root, i == 0 ? op.source : op.root, op.link);
  }
  void do_operation(const LinkOperands& op) { link(root(op.root), op.link, root(op.source)); }
  void do_operation(const UnlinkOperands& op) { link(root(op.root), op.link, kNoObject); }
  void do_operation(const NewPlainOperands& op) { root(op.root) = graph_.add_node(0, 0); }
  void do_operation(const LoadOperands& op) { load(op.root, op.source, op.link); }
  void do_operation(const CopyOperands& op) { root(op.root) = root(op.source); }
  void do_operation(const MoveOperands& op) {
    root(op.root) = root(op.source);
    root(op.source) = kNoObject;
  }
  void do_operation(const ReleaseOperands& op) { root(op.root) = kNoObject; }
  void do_operation(const StoreOperands& op) {
    digest_.add(map(op.map).put(op.key, 0, serial_, kNoObject, root(op.source)));
  }
  void do_operation(const StoreRunOperands& op) {
    for (uint32_t i = 0; i < op.count; ++i)
      digest_.add(map(op.map).put(op.key + i, 0, serial_, kNoObject, root(op.source)));
  }
  void do_operation(const NewChainOperands& op) {
    for (uint32_t i = 0; i < op.count; ++i) {
      const ObjectId before = std::exchange(root(op.root), graph_.add_node(0, 2));
      link(root(op.root), 0, before);
    }
  }
  void do_operation(const FetchOperands& op) {
    if (const auto* const entry = map(op.map).find(op.key)) root(op.root) = entry->value_object_id;
  }

  void load(RootName taker, RootName source, uint32_t link) {
    const ObjectId node = root(source);
    if (node != kNoObject && graph_.links(node) != 0)
      root(taker) = graph_.link(node, link % graph_.links(node));
  }
  void link(ObjectId node, uint32_t link, ObjectId target) {
    if (node != kNoObject && graph_.links(node) != 0)
      graph_.set_link(node, link % graph_.links(node), target);
  }

  void put(MapName name, uint64_t key, uint64_t value) {
    const ObjectId key_object_id = has_node_keys(kind_) ? graph_.add_node(key, 2) : kNoObject;
    const bool refers = has_node_values(kind_) || has_map_values(kind_);
    const ObjectId value_object_id = refers ? graph_.add_node(value, 2) : kNoObject;
    const uint64_t written = is_nan(kind_, id(key)) ? kNanKey + ++nans_ : id(key);
    digest_.add(map(name).put(written, value_named(kind_, value), serial_, key_object_id, value_object_id));
  }

  uint64_t id(uint64_t key) const { return identity_of(kind_, key_named(kind_, key)); }

  std::shared_ptr<ModelMap>& slot(MapName name) { return maps_[name.index]; }
  ModelMap& map(MapName name) {
    if (slot(name) == nullptr) slot(name) = std::make_shared<ModelMap>();
    return *slot(name);
  }
  ObjectId& root(RootName name) { return roots_[name.index]; }

  std::array<std::shared_ptr<ModelMap>, count_of(OperandKind::kMap)> maps_;
  std::array<std::optional<ModelIteration>, kIterators> iterations_;
  std::array<ObjectId, count_of(OperandKind::kRoot)> roots_{};
  ModelGraph graph_;
  MapKind kind_ = MapKind::kU64;
  Digest digest_;
  uint64_t serial_ = 0;
  uint64_t nans_ = 0;
  uint64_t iteration_ = 0;
};

}  // namespace

uint64_t run_model_only(const Program& program) {
  return ModelRun().run(program);
}

}  // namespace gcmap::harness
