// The pool and the weak-valued map: every operation on both sides.
#include <new>
#include <string>

#include "gcmap/internal/gc/lifetimes.h"

#include "harness/run/world.h"

namespace gcmap::harness {
namespace {

using std::to_string;

Node* node_in(const RootSlot& root) {
  return static_cast<Node*>(root.handle->get());
}

}  // namespace

// A cycle that runs has started and is not counted yet.
void World::age_pool() {
  pooled_.catch_up(heap_.stats().cycles + (heap_.phase() != Phase::kIdle));
}

// G11: what two cycles have found in the pool is gone, and everything else is there.
void World::check_pool() {
  if (!pool_) return;
  age_pool();
  if (pool_->size() == pooled_.size() && pool_->victims() == pooled_.stale()) return;
  throw Failure{"G11", "the pool should hold " + to_string(pooled_.size()) + " objects, " +
                           to_string(pooled_.stale()) + " of which the next cycle gives up, and says " +
                           to_string(pool_->size()) + " and " + to_string(pool_->victims())};
}

bool World::pool_put(size_t root) {
  if (!is_heap_node(root)) return false;
  const Ref ref = roots_[root].ref;
  age_pool();
  if (pooled_.contains(ref)) return false;
  lifetimes_.use();
  if (!pool_) pool_.emplace(heap_);
  pool_->put(node_in(roots_[root]));
  age_pool();
  const bool dropped = pool_->size() == pooled_.size();
  if (dropped) {
    expect_dropped_for_lack_of_memory(ref);
  } else {
    pooled_.put(ref);
  }
  release(root);
  check_pool();
  return !dropped;
}

// One allocation failed because somebody asked for it, or a limit is set.
void World::expect_dropped_for_lack_of_memory(Ref ref) {
  disarm();
  if (take_struck() || limit_bytes_ != SIZE_MAX) return;
  throw Failure{"G11", "object " + to_string(ref) + " was put into the pool, which did not take it"};
}

bool World::pool_get(size_t root) {
  if (!pool_) return false;
  age_pool();
  const Ref expected = pooled_.next();
  Node* const object = pool_->get();
  if (object != graph_.address(expected)) {
    throw Failure{"G11", std::string("the pool gave ") + (object == nullptr ? "nothing" : "something else") +
                             " where it should give " +
                             (expected == kNoRef ? "nothing" : "object " + to_string(expected))};
  }
  if (object == nullptr) return false;
  if (graph_.freed(expected))
    throw Failure{"G3", "the pool gave object " + to_string(expected) + ", which the sweeper freed"};
  pooled_.take_next();
  set_root(root, object, expected);
  return true;
}

// M18: an entry is shown until its value is given up, and never after.
void World::judge_weak_value(uint64_t key, bool found) {
  const Ref known = lifetimes_.weak_value(key);
  const std::string what = "the entry of a weak value under key " + to_string(key);
  if (!found) {
    if (known != kNoRef) expect_given_up(known, "M18", what);
  } else if (known == kNoRef) {
    throw Failure{"M18", what + " is shown, and there is none, or its value was given up"};
  } else if (graph_.freed(known)) {
    throw Failure{"M18", what + " is shown after the sweeper freed object " + to_string(known)};
  }
}

bool World::weak_put(uint64_t key, size_t root) {
  if (!is_node(root)) return false;
  const Ref ref = roots_[root].ref;
  Node* const node = node_in(roots_[root]);
  lifetimes_.use();
  if (!weak_values_) weak_values_.emplace(heap_);
  const auto insert = [&](Node* value) { weak_values_->insert_or_assign(key, value); };
  if (refused(root, "M18", "a weak-valued map", insert)) return false;
  bool found = false;
  try {
    found = !weak_values_->insert_or_assign(key, node);
  } catch (const std::bad_alloc&) {  // the object may have got its cell
    if (heap_.lifetimes().weak_cells.find(node) != nullptr) lifetimes_.refer_weakly(ref);
    throw;
  }
  judge_weak_value(key, found);
  lifetimes_.set_weak_value(key, ref);
  lifetimes_.refer_weakly(ref);
  return true;
}

bool World::weak_get(size_t root, uint64_t key) {
  if (!weak_values_) return false;
  Node* const found = weak_values_->find(key);
  judge_weak_value(key, found != nullptr);
  const Ref ref = found != nullptr ? lifetimes_.weak_value(key) : kNoRef;
  if (found != graph_.address(ref))
    throw Failure{"M18", "the weak value of key " + to_string(key) + " is not object " + to_string(ref)};
  if (weak_values_->contains(key) != (found != nullptr))
    throw Failure{"M18", "key " + to_string(key) + " has a weak value or has none, as one asks"};
  set_root(root, found, ref);
  return found != nullptr;
}

bool World::weak_erase(uint64_t key) {
  if (!weak_values_) return false;
  const bool found = weak_values_->erase(key);
  judge_weak_value(key, found);
  lifetimes_.set_weak_value(key, kNoRef);
  return found;
}

// In the end, when nothing dies any more. Requires: a walk.
void World::check_weak_values() {
  if (!weak_values_) return;
  uint64_t expected = 0;
  lifetimes_.for_each_weak_value([&](uint64_t, Ref object) { expected += graph_.reached(object); });
  uint64_t found = 0;
  weak_values_->for_each([&](uint64_t key, const Node& value) {
    ++found;
    if (lifetimes_.weak_value(key) != static_cast<Ref>(value.id()))
      throw Failure{"M18", "in the end the weak value of key " + to_string(key) + " is wrong"};
  });
  if (found != expected || weak_values_->size() != expected) {
    throw Failure{"M18", "in the end " + to_string(expected) + " weak values are alive, found " +
                             to_string(found) + ", size " + to_string(weak_values_->size())};
  }
}

}  // namespace gcmap::harness
