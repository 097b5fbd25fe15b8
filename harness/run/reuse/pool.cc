// The pool: every operation on both sides.
#include <string>

#include "harness/program/boundaries.h"
#include "harness/run/reuse/reuse.h"

namespace gcmap::harness {

using std::to_string;

// A cycle that runs has started and is not counted yet.
uint64_t Reuse::cycles_started() const {
  const Heap& heap = environment_.heap();
  return heap.stats().cycles + (heap.phase() != Phase::kIdle);
}

std::optional<uint64_t> Reuse::pool_size() const {
  return pool_ ? std::optional<uint64_t>(pool_->size()) : std::nullopt;
}

// What is put goes to those that no cycle has found there.
Fill Reuse::pool_fill() const {
  if (!pool_ || pool_->size() == 0) return Fill::kEmpty;
  const uint64_t fresh = pool_->size() - pool_->victims();
  return fresh != 0 && fresh % kPoolChunkObjects == 0 ? Fill::kBoundary : Fill::kPartly;
}

// G11: what two cycles have found in the pool is gone, and everything else is there.
void Reuse::check_pool() const {
  if (!pool_) return;
  const uint64_t size = pooled_.size(cycles_started());
  const uint64_t stale = pooled_.stale(cycles_started());
  if (pool_->size() == size && pool_->victims() == stale) return;
  throw Failure{"G11", "the pool should hold " + to_string(size) + " objects, " + to_string(stale) +
                           " of which the next cycle gives up, and says " + to_string(pool_->size()) +
                           " and " + to_string(pool_->victims())};
}

// An object the pool drops is told to the step: whether it may, the checks know.
bool Reuse::put_into_pool(Node* node, ObjectId object_id, Step& step) {
  lifetimes_.use();
  if (!pool_) pool_.emplace(environment_.heap());
  pool_->put(node);
  pooled_.catch_up(cycles_started());
  const bool dropped = pool_->size() == pooled_.size(cycles_started());
  if (environment_.config().bypass_pools != 0) {
    if (!dropped) throw Failure{"G11", "a pool that is bypassed took object " + to_string(object_id)};
  } else if (dropped) {
    step.drop(object_id);
  } else {
    pooled_.put(object_id);
  }
  return !dropped;
}

bool Reuse::pool_put(RootName root, Step& step) {
  if (!objects_.is_heap_node(root)) return false;
  const ObjectId object_id = id_of(root);
  pooled_.catch_up(cycles_started());
  if (pooled_.contains(object_id)) return false;
  const bool put = put_into_pool(node_of(root), object_id, step);
  objects_.set_root(root, nullptr, kNoObject);
  check_pool();
  return put;
}

bool Reuse::pool_get(RootName root) {
  ObjectId object_id = kNoObject;
  Node* const object = take_from_pool(object_id);
  if (object == nullptr) return false;
  objects_.set_root(root, object, object_id);
  return true;
}

// Unrooted.
Node* Reuse::take_from_pool(ObjectId& object_id) {
  if (!pool_) return nullptr;
  pooled_.catch_up(cycles_started());
  const ObjectId expected = pooled_.next();
  Node* const object = pool_->get();
  expect_next_of_pool(object, expected);
  if (object == nullptr) return nullptr;
  pooled_.take_next();
  object_id = expected;
  return object;
}

void Reuse::expect_next_of_pool(const Node* object, ObjectId expected) const {
  if (object != environment_.graph().address(expected)) {
    throw Failure{"G11", std::string("the pool gave ") + (object == nullptr ? "nothing" : "something else") +
                             " where it should give " +
                             (expected == kNoObject ? "nothing" : "object " + to_string(expected))};
  }
  if (expected != kNoObject && environment_.graph().freed(expected))
    throw Failure{"G3", "the pool gave object " + to_string(expected) + ", which the sweeper freed"};
  environment_.expect_alive(object, expected, "G3");
}

// G11: it makes one exactly if it has none.
bool Reuse::pool_get_or(RootName root) {
  if (!pool_) pool_.emplace(environment_.heap());
  lifetimes_.use();
  pooled_.catch_up(cycles_started());
  ObjectId object_id = pooled_.next();
  const bool makes = object_id == kNoObject;
  bool made = false;
  Node* const object = pool_->get_or([&] {
    made = true;
    return reinterpret_cast<Node*>(environment_.new_node(0, 2, object_id));
  });
  if (made != makes)
    throw Failure{"G11",
                  made ? "the pool made an object, and had one" : "the pool has an object, and had none"};
  expect_next_of_pool(object, object_id);
  if (!made) pooled_.take_next();
  objects_.set_root(root, object, object_id);
  return made;
}

void Reuse::clear_pool() {
  pool_->clear();
  pooled_.catch_up(cycles_started());
  pooled_.clear();
  check_pool();
}

}  // namespace gcmap::harness
