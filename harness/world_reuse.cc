// The pool: every operation on both sides.
#include <string>

#include "harness/world.h"

namespace gcmap::harness {
namespace {

using std::to_string;

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
  if (!is_node(root)) return false;
  const Ref ref = roots_[root].ref;
  age_pool();
  if (pooled_.contains(ref)) return false;
  lifetimes_.use();
  if (!pool_) pool_.emplace(heap_);
  pool_->put(static_cast<Node*>(roots_[root].handle->get()));
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

}  // namespace gcmap::harness
