// Reuse: the pool, the weak-valued map and the arena, each made when it is first needed.
//
// What hangs things on objects - finalizers, weak references, watches, weak keys and values - must refuse the
// arena's; maps and the pool are not given them.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "gcmap/arena.h"
#include "gcmap/internal/gc/verify/inspector.h"
#include "gcmap/pool.h"
#include "gcmap/weak_value_map.h"
#include "harness/model/pool.h"
#include "harness/model/weak_values.h"
#include "harness/program/abstract_state.h"
#include "harness/run/environment.h"
#include "harness/run/lifetimes/lifetimes.h"
#include "harness/run/objects/objects.h"
#include "harness/run/step.h"

namespace gcmap::harness {

// Of the weak-valued map, whose keys hash as the program says; callbacks do not strike in it.
struct WeakValueHash {
  const ProgramHasher* hasher = nullptr;

  uint64_t operator()(uint64_t key, uint64_t seed) const { return hasher->hash_of(key, seed); }
};

class Reuse final : public NameOwner {
 public:
  Reuse(Environment& environment, Objects& objects, Lifetimes& lifetimes);

  // Does the operation on both sides.
  // Returns whether it did anything.
  // Errors: Failure; std::bad_alloc, and it has not happened.
  template <typename Operands>
  bool run(const Operands& operands, Step& step) {
    return do_operation(operands, step);
  }

  void reach(ModelWalk& walk) const override;

  // Would another hash of the key, by its identity, be one of an entry that the weak-valued map may have?
  bool may_have_weak_value(uint64_t id) const;

  // May all that an allocation failure ended be the removal of dead entries, which is tried again?
  bool tries_again() const { return weak_values_ && !weak_values_->up_to_date(); }
  // How many objects the pool holds, and entries the weak-valued map; nothing where there is none.
  std::optional<uint64_t> pool_size() const;
  std::optional<uint64_t> weak_values_size() const;

  // How full they are. `next`: the operation that may need room in the arena; if it makes nothing there, the
  // smallest object would.
  Fill pool_fill() const;
  Fill arena_fill(const Operation& next) const;

  // G11: what two cycles have found in the pool is gone, and everything else is there.
  void check_pool() const;
  // G3: while the arena lives, its objects lie in chunks that are in use, as they were made.
  void check_arena() const;
  // M18: the weak-valued map counts those of its entries that it shows.
  void check_weak_size() const;
  // M18 when nothing dies any more, by a walk of now.
  void check_weak_values(const ModelWalk& walk);
  // Adds to `owned` what must be alive besides objects, the chunks of the arena and those of freed ones that
  // links lead to, and returns how many, by a walk of now.
  uint64_t own_chunks(ObjectSet& owned, const ModelWalk& walk) const;

  bool free_arena();
  void drop_pool() { pool_.reset(); }
  void drop_weak_values() { weak_values_.reset(); }

 private:
  bool do_operation(const PoolPutOperands& op, Step& step);
  bool do_operation(const PoolGetOperands& op, Step& step);
  bool do_operation(const PoolPutNewOperands& op, Step& step);
  bool do_operation(const PoolTakeOperands& op, Step& step);
  bool do_operation(const PoolPassOperands& op, Step& step);
  bool do_operation(const PoolGetOrOperands& op, Step& step);
  bool do_operation(const PoolClearOperands& op, Step& step);
  bool do_operation(const WeakPutOperands& op, Step& step);
  bool do_operation(const WeakPutRunOperands& op, Step& step);
  bool do_operation(const WeakGetOperands& op, Step& step);
  bool do_operation(const WeakGetRunOperands& op, Step& step);
  bool do_operation(const WeakEraseOperands& op, Step& step);
  bool do_operation(const WeakEraseRunOperands& op, Step& step);
  bool do_operation(const VisitWeakValuesOperands& op, Step& step);
  bool do_operation(const ArenaNewOperands& op, Step& step);
  bool do_operation(const ArenaFreeOperands& op, Step& step);

  uint64_t cycles_started() const;
  bool pool_put(RootName root, Step& step);
  bool pool_get(RootName root);
  bool put_into_pool(Node* node, ObjectId object_id, Step& step);
  Node* take_from_pool(ObjectId& object_id);
  bool pool_get_or(RootName root);
  void clear_pool();
  void expect_next_of_pool(const Node* object, ObjectId expected) const;
  bool weak_put(uint64_t key, RootName root);
  bool weak_get(RootName root, uint64_t key);
  bool weak_erase(uint64_t key);
  void judge_weak_value(uint64_t key, bool found);

  uint64_t arena_bytes_left() const;
  struct WeakVisit {
    std::set<uint64_t> awaited;  // keys that must be met unless their values die
    std::set<uint64_t> met;
  };
  uint64_t visit(const VisitWeakValuesOperands& op);
  void judge_met(uint64_t key, Node& value, WeakVisit& loop);
  void act(const VisitWeakValuesOperands& op, uint64_t key, WeakVisit& loop);

  ObjectId id_of(RootName root) const { return objects_.root(root).object_id; }
  Node* node_of(RootName root) const { return objects_.root(root).node(); }

  Environment& environment_;
  Objects& objects_;
  Lifetimes& lifetimes_;
  std::optional<Pool<Node>> pool_;
  PoolModel pooled_;
  std::optional<WeakValueMap<uint64_t, Node, WeakValueHash>> weak_values_;
  WeakValueModel weak_entries_;
  std::vector<ObjectId> met_;  // what loops that run stand on
  std::optional<Arena> arena_;
};

}  // namespace gcmap::harness
