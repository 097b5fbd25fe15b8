// Lifetimes: finalizers, weak references, watches and the entries of weak-keyed maps.
//
// When the library notices that an object is unreachable is its own business; what it must not have noticed,
// and what follows once it has, the model says (harness/model/lifetime.h).
#pragma once

#include <array>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "gcmap/internal/gc/verify/inspector.h"
#include "gcmap/reference_queue.h"
#include "gcmap/weak.h"
#include "gcmap/weak_key_map.h"
#include "harness/model/lifetime.h"
#include "harness/run/environment.h"
#include "harness/run/objects/objects.h"
#include "harness/run/step.h"

namespace gcmap::harness {

inline constexpr size_t kWeaks = count_of(OperandKind::kWeak);
static_assert(kWeakTables == count_of(OperandKind::kTable),
              "operand.def and the model have other numbers of tables");

// A weak model, and the life of the object it was made in.
struct WeakSlot {
  std::optional<Weak<Node>> weak;
  ObjectId object_id = kNoObject;
  uint32_t life = 0;
};

class Lifetimes final : public NameOwner {
 public:
  Lifetimes(Environment& environment, Objects& objects);

  // Does the operation on both sides.
  // Returns whether it did anything, or how often.
  // Errors: Failure; std::bad_alloc, and it has not happened.
  template <typename Operands>
  auto run(const Operands& operands, Step& step) {
    return do_operation(operands, step);
  }

  const LifetimeModel& model() const { return model_; }
  // The model is told by other families: objects may die unseen from now on; the object has a weak cell.
  void use() { model_.use(); }
  void refer_weakly(ObjectId object_id) { model_.refer_weakly(object_id); }

  // The library says the object is dead: nothing may lead to it. From now on it is.
  void expect_given_up(ObjectId object_id, const char* oracle, const std::string& what);

  // What the model says finalizers and entries lead to. Added to the environment last, as it depends on what
  // is reached otherwise.
  void reach(ModelWalk& walk) const override {
    for (const ObjectId object_id : met_) walk.reach(object_id);
    model_.reach_all(walk);
  }

  // Returns how many ran.
  uint64_t run_finalizers(uint64_t limit);
  // Returns how many deaths the reference queue told of.
  uint64_t poll();

  // G4: an object whose finalizer is pending is not freed.
  void check_pending() const;
  // G10 while the sweeper is on its way: at least the entries of keys that can be reached count.
  void check_table_sizes() const;
  // When nothing dies any more: every finalizer whose object nothing leads to has run, weak references and
  // entries are those of what is alive, by a walk of now.
  void check_when_nothing_dies(const ModelWalk& walk);
  // Adds to `owned` what must be alive besides objects, a weak cell for each object that is referred to
  // weakly, and returns how many, by a walk of now.
  uint64_t own_cells(ObjectSet& owned, const ModelWalk& walk) const;
  // When everything was let go: no entries and no watches are left.
  void check_gone() const;

  // In names and in links.
  void drop_weak_references();
  void clear_finalizers();

 private:
  bool do_operation(const FinalizeOperands& op, Step& step);
  bool do_operation(const UnfinalizeOperands& op, Step& step);
  uint64_t do_operation(const RunFinalizersOperands& op, Step& step);
  bool do_operation(const WeakenOperands& op, Step& step);
  bool do_operation(const StrengthenOperands& op, Step& step);
  void do_operation(const DropWeakOperands& op, Step& step);
  bool do_operation(const WatchOperands& op, Step& step);
  uint64_t do_operation(const PollOperands& op, Step& step);
  bool do_operation(const AnnotateOperands& op, Step& step);
  bool do_operation(const UnannotateOperands& op, Step& step);
  bool do_operation(const RecallOperands& op, Step& step);
  uint64_t do_operation(const VisitWeakKeysOperands& op, Step& step);
  bool do_operation(const AnnotateNewOperands& op, Step& step);
  bool do_operation(const WeakLinkOperands& op, Step& step);
  bool do_operation(const WeakLoadOperands& op, Step& step);

  bool set_finalizer_of(ObjectId object_id, Node* node, FinalizerAction action);
  bool unfinalize(RootName root);
  void run_finalizer(ObjectId object_id, void* object, FinalizerAction action);
  void judge_finalizer(ObjectId object_id, void* object);
  void act(ObjectId object_id, void* object, FinalizerAction action);

  bool leads_to(const WeakSlot& slot, ObjectId object_id) const;
  bool make_weak(WeakName weak, RootName root);
  bool read_weak(RootName root, WeakName weak);
  bool take_weak(RootName root, Node* target, ObjectId object_id, uint32_t life);
  void expect_one_cell(const Weak<Node>& weak, ObjectId object_id) const;
  bool link_weakly(RootName root, uint32_t link, RootName source);
  bool load_weak(RootName root, RootName source, uint32_t link);
  void check_weak_references(const ModelWalk& walk) const;
  void expect_agrees(bool leads, ObjectId object_id, uint32_t life, const ModelWalk& walk) const;
  // visit(WeakMember<Node>&, const ModelGraph::WeakLink&) for the weak links of nodes that are not dead.
  template <typename Visit>
  void for_each_weak_member(Visit&& visit) const;
  bool watch(RootName root);

  bool annotate(TableName table, RootName root, RootName source);
  void annotate_new(TableName table, RootName root);
  bool unannotate(TableName table, RootName root);
  bool recall(RootName root, TableName table, RootName source);
  void check_table(size_t table, const ModelWalk& walk);

  uint64_t visit(const VisitWeakKeysOperands& op);
  void judge_met(TableName table, Node& key, Node& value, std::deque<ObjectId>& awaited);
  void pass_over(TableName table, std::deque<ObjectId>& awaited, ObjectId until);
  void act(const VisitWeakKeysOperands& op, Node& key, std::deque<ObjectId>& awaited);

  ObjectId id_of(RootName root) const { return objects_.root(root).object_id; }
  Node* node_of(RootName root) const { return objects_.root(root).node(); }

  Environment& environment_;
  Objects& objects_;
  LifetimeModel model_;
  std::array<WeakSlot, kWeaks> weaks_;
  ReferenceQueue dead_;
  std::array<WeakKeyMap<Node, Node>, kWeakTables> tables_;
  std::vector<ObjectId> met_;  // what loops that run stand on
  uint64_t finalizers_ran_ = 0;
  uint64_t finalizers_threw_ = 0;
};

}  // namespace gcmap::harness
