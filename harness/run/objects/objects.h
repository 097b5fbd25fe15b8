// Objects and roots: nodes that programs make, the links between them, and the sixteen names that root them.
//
// A root holds a node or the header of a map. Nodes of the arena (reuse/reuse.h) are held by the same roots;
// the model of the arena says which they are.
#pragma once

#include <array>
#include <functional>
#include <optional>

#include "gcmap/handles.h"
#include "gcmap/weak.h"
#include "harness/model/arena.h"
#include "harness/run/environment.h"
#include "harness/run/step.h"

namespace gcmap::harness {

inline constexpr size_t kRoots = count_of(OperandKind::kRoot);

// A root in the frame of the mutator that was current when it took its first value.
struct RootSlot {
  std::optional<RootHandle> handle;
  ObjectId object_id = kNoObject;

  // Requires: it holds a node.
  Node* node() const { return static_cast<Node*>(handle->get()); }
};

class Objects final : public NameOwner {
 public:
  explicit Objects(Environment& environment) : environment_(environment) { environment.add(*this); }

  // Does the operation on both sides.
  // Returns whether it did anything: it does not when a name stands for nothing, or for the wrong object.
  // Errors: Failure; std::bad_alloc, and it has not happened.
  template <typename Operands>
  bool run(const Operands& operands, Step& step) {
    return do_operation(operands, step);
  }

  const RootSlot& root(RootName name) const { return roots_[name.index]; }
  bool is_node(RootName root) const;
  bool is_heap_node(RootName root) const;
  bool has_links(RootName root) const;

  // The root takes a value: null, the node or map `object_id`.
  void set_root(RootName root, void* value, ObjectId object_id);
  // Links lie modulo their number.
  // Requires: has_links(root).
  void set_link(RootName root, uint32_t link, void* target, ObjectId object_id);
  // What a link of the source's node leads to, as the library has it; of one that leads weakly, nothing.
  // Requires: has_links(source).
  void* link_target(RootName source, uint32_t link, ObjectId& object_id) const;

  // A link of the root's node as the field that it is while it leads weakly.
  // Requires: has_links(root).
  WeakMember<Node>& weak_member(RootName root, uint32_t link) const {
    const uint32_t links = environment_.graph().links(roots_[root.index].object_id);
    return weak_member_in(roots_[root.index].node()[link % links]);
  }
  static WeakMember<Node>& weak_member_in(Node& cell) {
    static_assert(sizeof(WeakMember<Node>) == sizeof cell.link);
    return *reinterpret_cast<WeakMember<Node>*>(&cell.link);
  }

  // Objects of the arena, and addresses at which no object starts, must be refused.
  // Returns whether the root's is of the arena.
  // Requires: is_node(root).
  bool refused(RootName root, const char* oracle, const char* what,
               const std::function<void(Node*)>& ask) const;

  // The root takes a node that the arena gave.
  void take_arena_node(RootName root, Node* node, ObjectId object_id);
  // Roots let go of the arena's nodes.
  void release_arena_nodes();
  // They are dead: the arena was freed.
  void end_arena_nodes() { arena_nodes_.end(environment_.graph()); }
  const ArenaModel& arena_nodes() const { return arena_nodes_; }

  void release_all();
  void reach(ModelWalk& walk) const override;

 private:
  bool do_operation(const NewOperands& op, Step& step);
  bool do_operation(const NewChainOperands& op, Step& step);
  bool do_operation(const LinkOperands& op, Step& step);
  bool do_operation(const UnlinkOperands& op, Step& step);
  bool do_operation(const LoadOperands& op, Step& step);
  bool do_operation(const CopyOperands& op, Step& step);
  bool do_operation(const MoveOperands& op, Step& step);
  bool do_operation(const ReleaseOperands& op, Step& step);
  bool do_operation(const NewRunOperands& op, Step& step);
  bool do_operation(const NewPlainOperands& op, Step& step);
  bool do_operation(const LinkRunOperands& op, Step& step);
  bool do_operation(const UnlinkRunOperands& op, Step& step);
  bool do_operation(const LoadRunOperands& op, Step& step);
  bool do_operation(const EnterOperands& op, Step& step);
  bool do_operation(const RenewMutatorOperands& op, Step& step);
  bool copy(RootName root, RootName source);
  void make(RootName root, uint32_t cells);
  bool link(RootName root, uint32_t link, RootName source);
  bool load(RootName root, RootName source, uint32_t link);

  Environment& environment_;
  std::array<RootSlot, kRoots> roots_;
  ArenaModel arena_nodes_;
};

}  // namespace gcmap::harness
