#include "properties/model.h"

#include <utility>

#include "harness/subject/map_adapter.h"

namespace gcmap::properties {

using namespace harness;  // operands of every kind

bool Model::knows(OpKind kind) {
  return !info_of(kind).traits.unforeseen;
}

bool Model::makes_sense(const Operation& op) const {
  bool sense = false;
  visit(op, [&](const auto& operands) { sense = makes_sense(operands); });
  return sense;
}

template <typename Operands>
bool Model::makes_sense(const Operands& operands) const {
  return Overloaded{
      [&](const AdvanceOperands& op) { return iterating(op.iterator); },
      [&](const StopOperands& op) { return iterating(op.iterator); },
      [&](const DropOperands& op) { return made(op.map); },
      [&](const IterateOperands& op) { return made(op.map); },
      [&](const ClearOperands& op) { return made(op.map); },
      [&](const FinishOperands& op) { return made(op.map); },
      [&](const FitOperands& op) { return made(op.map); },
      [&](const EraseIfOperands& op) { return made(op.map); },
      [&](const CloneOperands& op) { return made(op.map); },
      [&](const FetchOperands& op) { return made(op.map); },
      [&](const FetchMapOperands& op) { return made(op.map); },
      [&](const StoreMapOperands& op) { return made(op.target); },
      [&](const LinkMapOperands& op) { return is_object(op.root) && made(op.map); },
      [&](const LinkOperands& op) { return is_object(op.root); },
      [&](const UnlinkOperands& op) { return is_object(op.root); },
      [&](const LoadOperands& op) { return is_object(op.source); },
      [&](const StoreOperands& op) { return is_object(op.source); },
      [&](const StoreRunOperands& op) { return is_object(op.source); },
      [&](const LinkRunOperands& op) { return is_object(op.root); },
      [&](const UnlinkRunOperands& op) { return is_object(op.root); },
      [&](const LoadRunOperands& op) { return is_object(op.source); },
      [&](const WeakLinkOperands& op) { return is_object(op.root) && is_object(op.source); },
      [&](const OpenOperands& op) { return is_object(op.source); },
      [&](const CopyOperands& op) { return holds(op.source) && op.root != op.source; },
      [&](const MoveOperands& op) { return holds(op.source) && op.root != op.source; },
      [&](const WeakenOperands& op) { return is_object(op.root); },
      [&](const WeakPutOperands& op) { return is_object(op.root); },
      [&](const WeakPutRunOperands& op) { return is_object(op.root); },
      [&](const AnnotateNewOperands& op) { return is_object(op.root); },
      [&](const UnfinalizeOperands& op) { return is_object(op.root); },
      [&](const WatchOperands& op) { return is_object(op.root); },
      [&](const UnannotateOperands& op) { return is_object(op.root); },
      [&](const AnnotateOperands& op) { return is_object(op.root) && is_object(op.source); },
      [&](const RecallOperands& op) { return is_object(op.source); },
      // Which root holds an object whose finalizer kept it is not known.
      [&](const FinalizeOperands& op) { return is_object(op.root) && op.action != FinalizerAction::kKeep; },
      [&](const auto& other) { return knows(other.kKind); },
  }(operands);
}

Model::ObjectId Model::new_object(uint32_t links) {
  objects_.emplace_back().link_count = links;
  return objects_.size() - 1;
}

Model::ObjectId Model::new_map(MapKind kind) {
  Object& object = objects_.emplace_back();
  object.is_map = true;
  object.kind = kind;
  return objects_.size() - 1;
}

Model::ObjectId Model::new_value(MapKind kind) {
  if (has_map_values(kind)) return new_map(kInnerKind);
  return has_node_values(kind) ? new_object(2) : kNothing;
}

Model::ObjectId& Model::ensure(MapName map) {
  if (!made(map)) object_id(map) = new_map(kind_);
  return object_id(map);
}

// Numbers that name one key are one. Inner maps are no exception: where there are some, keys are
// their numbers.
uint64_t Model::key_of(uint64_t number) const {
  return identity_of(kind_, key_named(kind_, number));
}

void Model::put(MapName map, uint64_t number, bool only_if_absent) {
  const ObjectId at = ensure(map);
  uint64_t key = key_of(number);
  if (is_nan(kind_, key)) key += ++nans_;
  const ObjectId value = new_value(objects_[at].kind);
  auto& entries = objects_[at].entries;
  if (!only_if_absent || !entries.contains(key)) entries[key] = value;
}

void Model::erase(MapName map, uint64_t number) {
  if (made(map)) objects_[object_id(map)].entries.erase(key_of(number));
}

void Model::apply(const Operation& operation) {
  visit(operation, [this](const auto& operands) { apply_to_maps(operands); });
}

template <typename Operands>
void Model::apply_to_maps(const Operands& operands) {
  Overloaded{
      [&](const MakeOperands& op) { object_id(op.map) = new_map(kind_); },
      [&](const DropOperands& op) { object_id(op.map) = kNothing; },
      [&](const PutOperands& op) { put(op.map, op.key, false); },
      [&](const InsertOperands& op) { put(op.map, op.key, true); },
      [&](const IncrementOperands& op) { put(op.map, op.key, false); },
      [&](const PutRunOperands& op) {
        for (uint64_t i = 0; i < op.count; ++i) put(op.map, op.key + i, false);
      },
      [&](const InsertRunOperands& op) {
        for (uint64_t i = 0; i < op.count; ++i) put(op.map, op.key + i, true);
      },
      [&](const IncrementRunOperands& op) {
        for (uint64_t i = 0; i < op.count; ++i) put(op.map, op.key + i, false);
      },
      [&](const InsertRangeOperands& op) {
        for (uint64_t i = 0; i < op.count; ++i) put(op.map, op.key + i, true);
      },
      [&](const EraseOperands& op) { erase(op.map, op.key); },
      [&](const EraseAsOperands& op) { erase(op.map, op.key); },
      [&](const EraseRunOperands& op) {
        for (uint64_t i = 0; i < op.count; ++i) erase(op.map, op.key + i);
      },
      [&](const EraseAsRunOperands& op) {
        for (uint64_t i = 0; i < op.count; ++i) erase(op.map, op.key + i);
      },
      [&](const ClearOperands& op) {
        if (made(op.map)) objects_[object_id(op.map)].entries.clear();
      },
      [&](const ReserveOperands& op) { ensure(op.map); },
      [&](const ShrinkOperands& op) { ensure(op.map); },
      [&](const EraseIfOperands& op) {
        if (!made(op.map)) return;
        Object& object = objects_[object_id(op.map)];
        std::erase_if(object.entries, [&](const auto& entry) {
          return !is_nan(object.kind, entry.first) && entry.first % op.modulus == op.rest;
        });
      },
      [&](const CloneOperands& op) {
        if (made(op.map)) objects_.push_back(Object(objects_[object_id(op.map)]));
        object_id(op.target) = made(op.map) ? objects_.size() - 1 : kNothing;
      },
      [&](const SwapOperands& op) { std::swap(object_id(op.map), object_id(op.target)); },
      [&](const IterateOperands& op) { iterating(op.iterator) = made(op.map); },
      [&](const StopOperands& op) { iterating(op.iterator) = false; },
      [&](const auto& other) { apply_to_objects(other); },
  }(operands);
}

void Model::set_link(RootName root, uint64_t link, ObjectId target) {
  if (!is_object(root)) return;
  Object& object = objects_[object_id(root)];
  if (object.link_count != 0) object.links[static_cast<uint32_t>(link % object.link_count)] = target;
}

Model::ObjectId Model::link(RootName root, uint64_t link) const {
  if (!has_links(root)) return kNothing;
  const Object& object = objects_[object_id(root)];
  const auto found = object.links.find(static_cast<uint32_t>(link % object.link_count));
  return found == object.links.end() ? kNothing : found->second;
}

template <typename Operands>
void Model::apply_to_objects(const Operands& operands) {
  Overloaded{
      [&](const NewOperands& op) { object_id(op.root) = new_object(op.cells); },
      [&](const NewRunOperands& op) { object_id(op.root) = new_object(op.cells); },
      [&](const NewPlainOperands& op) { object_id(op.root) = new_object(0); },
      [&](const NewChainOperands& op) {
        for (uint64_t i = 0; i < op.count; ++i) {
          const ObjectId before = std::exchange(object_id(op.root), new_object(2));
          set_link(op.root, 0, before);
        }
      },
      [&](const LinkOperands& op) { set_link(op.root, op.link, object_id(op.source)); },
      [&](const UnlinkOperands& op) { set_link(op.root, op.link, kNothing); },
      [&](const LoadOperands& op) {
        if (has_links(op.source)) object_id(op.root) = link(op.source, op.link);
      },
      [&](const LinkRunOperands& op) {
        for (uint64_t i = 0; i < op.count; ++i) set_link(op.root, op.link + i, object_id(op.source));
      },
      [&](const UnlinkRunOperands& op) {
        for (uint64_t i = 0; i < op.count; ++i) set_link(op.root, op.link + i, kNothing);
      },
      [&](const LoadRunOperands& op) {
        for (uint64_t i = 0; i < op.count && has_links(i == 0 ? op.source : op.root); ++i)
          object_id(op.root) = link(i == 0 ? op.source : op.root, op.link);
      },
      [&](const WeakLinkOperands& op) {
        if (has_links(op.root) && is_object(op.source)) set_link(op.root, op.link, kNothing);
      },
      [&](const CopyOperands& op) {
        if (op.root != op.source && holds(op.source)) object_id(op.root) = object_id(op.source);
      },
      [&](const MoveOperands& op) {
        if (op.root == op.source || !holds(op.source)) return;
        object_id(op.root) = std::exchange(object_id(op.source), kNothing);
      },
      [&](const ReleaseOperands& op) { object_id(op.root) = kNothing; },
      [&](const AnnotateOperands& op) {
        if (is_object(op.root) && is_object(op.source))
          notes_[{op.table, object_id(op.root)}] = object_id(op.source);
      },
      [&](const UnannotateOperands& op) {
        notes_.erase({op.table, object_id(op.root)});
      },
      [&](const RecallOperands& op) {
        if (!is_object(op.source)) return;
        const auto found = notes_.find({op.table, object_id(op.source)});
        object_id(op.root) = found != notes_.end() ? found->second : kNothing;
      },
      [&](const LinkMapOperands& op) {
        if (made(op.map)) set_link(op.root, op.link, object_id(op.map));
      },
      [&](const OpenOperands& op) {
        if (const ObjectId target = link(op.source, op.link); objects_[target].is_map)
          object_id(op.map) = target;
      },
      [&](const auto& other) { apply_to_maps_of_references(other); },
  }(operands);
}

Model::ObjectId Model::value(MapName map, uint64_t key) const {
  if (!made(map)) return kNothing;
  const auto& entries = objects_[object_id(map)].entries;
  const auto found = entries.find(key);
  return found == entries.end() ? kNothing : found->second;
}

template <typename Operands>
void Model::apply_to_maps_of_references(const Operands& operands) {
  Overloaded{
      [&](const StoreOperands& op) {
        if (!is_object(op.source)) return;
        if (const ObjectId map = ensure(op.map); has_node_values(objects_[map].kind))
          objects_[map].entries[op.key] = object_id(op.source);
      },
      [&](const StoreRunOperands& op) {
        if (!is_object(op.source)) return;
        if (const ObjectId map = ensure(op.map); has_node_values(objects_[map].kind)) {
          for (uint64_t i = 0; i < op.count; ++i) objects_[map].entries[op.key + i] = object_id(op.source);
        }
      },
      [&](const FetchOperands& op) {
        if (const ObjectId found = value(op.map, op.key); found != kNothing && !objects_[found].is_map)
          object_id(op.root) = found;
      },
      [&](const StoreMapOperands& op) {
        if (!made(op.target) || objects_[object_id(op.target)].kind != kInnerKind) return;
        if (const ObjectId map = ensure(op.map); has_map_values(objects_[map].kind))
          objects_[map].entries[op.key] = object_id(op.target);
      },
      [&](const FetchMapOperands& op) {
        if (const ObjectId found = value(op.map, op.key); objects_[found].is_map)
          object_id(op.target) = found;
      },
      [&]<typename Other>(const Other&) {
        static_assert(Other::kTraits.neutral || Other::kTraits.unforeseen,
                      "properties/model.cc: say here what the operation does to names and contents, or let "
                      "its row in op.def say IS(neutral) or IS(unforeseen)");
      },
  }(operands);
}

}  // namespace gcmap::properties
