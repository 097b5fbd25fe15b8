#include "properties/model.h"

#include "harness/program/operands.h"
#include "harness/subject/subject.h"

namespace gcmap::properties {

using harness::MapKind;
using harness::Operation;
using harness::OpKind;

bool Model::knows(OpKind kind) {
  switch (kind) {
    case OpKind::kStrengthen:
    case OpKind::kWeakGet:
    case OpKind::kPoolPut:
    case OpKind::kPoolGet:
    case OpKind::kArenaNew:
    case OpKind::kArenaFree:
      return false;  // what roots hold then is the collector's to say, the pool's or the arena's
    case OpKind::kFail:
    case OpKind::kCallback:
    case OpKind::kSetLimit:
      return false;  // whether they strike is not the model's to know; allocation_failure_test fails each
                     // allocation in turn, callback_test each hash
    default:
      return true;
  }
}

bool Model::makes_sense(const Operation& op) const {
  switch (op.kind) {
    case OpKind::kAdvance:
    case OpKind::kStop:
      return iterating_[op.a];
    case OpKind::kDrop:
    case OpKind::kIterate:
    case OpKind::kClear:
    case OpKind::kFinish:
    case OpKind::kFit:
    case OpKind::kEraseIf:
    case OpKind::kClone:
      return made(op.a);
    case OpKind::kLink:
    case OpKind::kUnlink:
      return is_object(op.a);
    case OpKind::kLoad:
    case OpKind::kStore:
    case OpKind::kOpen:
      return is_object(op.b);
    case OpKind::kCopy:
    case OpKind::kMove:
      return holds(op.b) && op.a != op.b;
    case OpKind::kFetch:
      return made(op.a);
    case OpKind::kLinkMap:
      return is_object(op.b) && made(op.a);
    case OpKind::kStoreMap:
      return made(op.b);
    case OpKind::kFetchMap:
      return made(op.a);
    case OpKind::kWeaken:
      return is_object(op.b);
    case OpKind::kWeakPut:
    case OpKind::kUnfinalize:
    case OpKind::kWatch:
    case OpKind::kUnannotate:
      return is_object(op.a);
    case OpKind::kAnnotate:
      return is_object(op.a) && is_object(op.b);
    case OpKind::kRecall:
      return is_object(op.b);
    case OpKind::kFinalize:
      return is_object(op.a) && op.b != static_cast<uint16_t>(harness::FinalizerDeed::kKeep);
    default:
      return knows(op.kind);
  }
}

Model::Thing Model::new_object(uint32_t links) {
  things_.emplace_back().link_count = links;
  return things_.size() - 1;
}

Model::Thing Model::new_map(MapKind kind) {
  Body& body = things_.emplace_back();
  body.is_map = true;
  body.kind = kind;
  return things_.size() - 1;
}

Model::Thing Model::new_value(MapKind kind) {
  if (harness::has_map_values(kind)) return new_map(harness::kInnerKind);
  return harness::has_node_values(kind) ? new_object(2) : kNothing;
}

Model::Thing& Model::ensure(size_t map) {
  if (!made(map)) maps_[map] = new_map(kind_);
  return maps_[map];
}

// Numbers that name one key are one. Inner maps are no exception: where there are some, keys are their
// numbers.
uint64_t Model::key_of(uint64_t number) const {
  return harness::identity_of(kind_, harness::key_named(kind_, number));
}

void Model::put(size_t map, uint64_t number, bool only_if_absent) {
  const Thing at = ensure(map);
  uint64_t key = key_of(number);
  if (harness::is_nan(kind_, key)) key += ++nans_;
  const Thing value = new_value(things_[at].kind);
  auto& entries = things_[at].entries;
  if (!only_if_absent || !entries.contains(key)) entries[key] = value;
}

void Model::apply(const Operation& op) {
  const uint64_t keys = harness::is_run(op.kind) ? op.b : 1;
  switch (op.kind) {
    case OpKind::kMake:
      maps_[op.a] = new_map(kind_);
      return;
    case OpKind::kDrop:
      maps_[op.a] = kNothing;
      return;
    case OpKind::kPut:
    case OpKind::kInsert:
    case OpKind::kIncrement:
    case OpKind::kPutRun:
      for (uint64_t i = 0; i < keys; ++i) put(op.a, op.c + i, op.kind == OpKind::kInsert);
      return;
    case OpKind::kErase:
    case OpKind::kEraseAs:
    case OpKind::kEraseRun:
      for (uint64_t i = 0; made(op.a) && i < keys; ++i) things_[maps_[op.a]].entries.erase(key_of(op.c + i));
      return;
    case OpKind::kClear:
      if (made(op.a)) things_[maps_[op.a]].entries.clear();
      return;
    case OpKind::kReserve:
    case OpKind::kShrink:
      ensure(op.a);
      return;
    case OpKind::kEraseIf:
      if (made(op.a)) {
        std::erase_if(things_[maps_[op.a]].entries, [&](const auto& entry) {
          return !harness::is_nan(things_[maps_[op.a]].kind, entry.first) && entry.first % op.b == op.c;
        });
      }
      return;
    case OpKind::kClone:
      if (made(op.a)) things_.push_back(Body(things_[maps_[op.a]]));
      maps_[op.b] = made(op.a) ? things_.size() - 1 : kNothing;
      return;
    case OpKind::kSwap:
      std::swap(maps_[op.a], maps_[op.b]);
      return;
    case OpKind::kIterate:
      iterating_[op.b] = made(op.a);
      return;
    case OpKind::kStop:
      iterating_[op.a] = false;
      return;
    default:
      apply_to_objects(op);
      apply_to_maps_of_references(op);
  }
}

void Model::set_link(size_t root, uint64_t link, Thing target) {
  if (!is_object(root)) return;
  Body& body = things_[roots_[root]];
  body.links[static_cast<uint32_t>(link % body.link_count)] = target;
}

Model::Thing Model::link(size_t root, uint64_t link) const {
  if (!is_object(root)) return kNothing;
  const Body& body = things_[roots_[root]];
  const auto found = body.links.find(static_cast<uint32_t>(link % body.link_count));
  return found == body.links.end() ? kNothing : found->second;
}

void Model::apply_to_objects(const Operation& op) {
  switch (op.kind) {
    case OpKind::kNew:
      roots_[op.a] = new_object(op.b);
      return;
    case OpKind::kLink:
      return set_link(op.a, op.c, roots_[op.b]);
    case OpKind::kUnlink:
      return set_link(op.a, op.c, kNothing);
    case OpKind::kLoad:
      if (is_object(op.b)) roots_[op.a] = link(op.b, op.c);
      return;
    case OpKind::kCopy:
    case OpKind::kMove:
      if (op.a == op.b || !holds(op.b)) return;
      roots_[op.a] = roots_[op.b];
      if (op.kind == OpKind::kMove) roots_[op.b] = kNothing;
      return;
    case OpKind::kRelease:
      roots_[op.a] = kNothing;
      return;
    case OpKind::kAnnotate:
      if (is_object(op.a) && is_object(op.b)) notes_[{op.c, roots_[op.a]}] = roots_[op.b];
      return;
    case OpKind::kUnannotate:
      notes_.erase({op.c, roots_[op.a]});
      return;
    case OpKind::kRecall:
      if (!is_object(op.b)) return;
      if (const auto found = notes_.find({op.c, roots_[op.b]}); found != notes_.end()) {
        roots_[op.a] = found->second;
      } else {
        roots_[op.a] = kNothing;
      }
      return;
    case OpKind::kLinkMap:
      if (made(op.a)) set_link(op.b, op.c, maps_[op.a]);
      return;
    case OpKind::kOpen:
      if (const Thing target = link(op.b, op.c); things_[target].is_map) maps_[op.a] = target;
      return;
    default:
      return;
  }
}

Model::Thing Model::value(size_t map, uint64_t key) const {
  if (!made(map)) return kNothing;
  const auto& entries = things_[maps_[map]].entries;
  const auto found = entries.find(key);
  return found == entries.end() ? kNothing : found->second;
}

void Model::apply_to_maps_of_references(const Operation& op) {
  switch (op.kind) {
    case OpKind::kStore:
      if (!is_object(op.b)) return;
      if (const Thing map = ensure(op.a); harness::has_node_values(things_[map].kind))
        things_[map].entries[op.c] = roots_[op.b];
      return;
    case OpKind::kFetch:
      if (const Thing found = value(op.a, op.c); found != kNothing && !things_[found].is_map)
        roots_[op.b] = found;
      return;
    case OpKind::kStoreMap:
      if (!made(op.b) || things_[maps_[op.b]].kind != harness::kInnerKind) return;
      if (const Thing map = ensure(op.a); harness::has_map_values(things_[map].kind))
        things_[map].entries[op.c] = maps_[op.b];
      return;
    case OpKind::kFetchMap:
      if (const Thing found = value(op.a, op.c); things_[found].is_map) maps_[op.b] = found;
      return;
    default:
      return;
  }
}

}  // namespace gcmap::properties
