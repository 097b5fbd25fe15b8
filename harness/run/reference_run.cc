// A program on the reference alone: what the model costs without the library and its oracles.
#include <array>
#include <memory>
#include <optional>

#include "harness/model/reference.h"
#include "harness/model/reference_graph.h"
#include "harness/program/digest.h"
#include "harness/run/interpreter.h"
#include "harness/subject/subject.h"

namespace gcmap::harness {
namespace {

class ReferenceRun {
 public:
  uint64_t run(const Program& program) {
    kind_ = static_cast<MapKind>(program.config.kind);
    for (const Operation& op : program.operations) execute(op);
    return digest_.value();
  }

 private:
  void execute(const Operation& op) {
    const uint32_t count = op.b;
    switch (op.kind) {
      case OpKind::kMake:
        maps_[op.a] = std::make_shared<ReferenceMap>();
        return;
      case OpKind::kDrop:
        maps_[op.a].reset();
        return;
      case OpKind::kPut:
      case OpKind::kInsert:
      case OpKind::kIncrement:
        return put(op.a, op.c, op.d);
      case OpKind::kPutRun:
        for (uint32_t i = 0; i < count; ++i) put(op.a, op.c + i, op.d + i);
        return;
      case OpKind::kErase:
        return digest_.add(map(op.a).erase(id(op.c)));
      case OpKind::kEraseRun:
        for (uint32_t i = 0; i < count; ++i) digest_.add(map(op.a).erase(id(op.c + i)));
        return;
      case OpKind::kGet:
        return digest_.add(map(op.a).value(id(op.c)).value_or(0));
      case OpKind::kGetRun:
        for (uint32_t i = 0; i < count; ++i) digest_.add(map(op.a).value(id(op.c + i)).value_or(0));
        return;
      case OpKind::kClear:
        return map(op.a).clear();
      case OpKind::kIterate:
        iterations_[op.b].emplace(maps_[op.a], op.b, serial_, ++iteration_);
        return;
      default:
        return execute_on_objects(op);
    }
  }

  void execute_on_objects(const Operation& op) {
    switch (op.kind) {
      case OpKind::kNew:
        roots_[op.a] = graph_.add_node(0, op.b);
        return;
      case OpKind::kLink:
        return link(roots_[op.a], op.c, roots_[op.b]);
      case OpKind::kUnlink:
        return link(roots_[op.a], op.c, kNoRef);
      case OpKind::kLoad:
        if (const Ref node = roots_[op.b]) roots_[op.a] = graph_.link(node, op.c % graph_.links(node));
        return;
      case OpKind::kCopy:
      case OpKind::kMove:
        roots_[op.a] = roots_[op.b];
        if (op.kind == OpKind::kMove) roots_[op.b] = kNoRef;
        return;
      case OpKind::kRelease:
        roots_[op.a] = kNoRef;
        return;
      case OpKind::kStore:
        return digest_.add(map(op.a).put(op.c, 0, serial_, kNoRef, roots_[op.b]));
      case OpKind::kFetch:
        if (const auto* const entry = map(op.a).find(op.c)) roots_[op.b] = entry->value_ref;
        return;
      default:
        return;
    }
  }

  void link(Ref node, uint32_t link, Ref target) {
    if (node != kNoRef) graph_.set_link(node, link % graph_.links(node), target);
  }

  void put(size_t i, uint64_t key, uint64_t value) {
    const Ref key_ref = has_node_keys(kind_) ? graph_.add_node(key, 2) : kNoRef;
    const bool refers = has_node_values(kind_) || has_map_values(kind_);
    const Ref value_ref = refers ? graph_.add_node(value, 2) : kNoRef;
    const uint64_t written = is_nan(kind_, id(key)) ? kNanKey + ++nans_ : id(key);
    digest_.add(map(i).put(written, value_named(kind_, value), serial_, key_ref, value_ref));
  }

  uint64_t id(uint64_t key) const { return identity_of(kind_, key_named(kind_, key)); }

  ReferenceMap& map(size_t i) {
    if (maps_[i] == nullptr) maps_[i] = std::make_shared<ReferenceMap>();
    return *maps_[i];
  }

  std::array<std::shared_ptr<ReferenceMap>, 4> maps_;
  std::array<std::optional<ReferenceIteration>, kIterators> iterations_;
  std::array<Ref, 16> roots_{};
  ReferenceGraph graph_;
  MapKind kind_ = MapKind::kU64;
  Digest digest_;
  uint64_t serial_ = 0;
  uint64_t nans_ = 0;
  uint64_t iteration_ = 0;
};

}  // namespace

uint64_t run_reference_only(const Program& program) {
  return ReferenceRun().run(program);
}

}  // namespace gcmap::harness
