// The weak-valued map: every operation on both sides.
#include <string>

#include "gcmap/internal/gc/heap_door.h"
#include "gcmap/internal/gc/lifetime/lifetimes.h"
#include "harness/run/reuse/reuse.h"

namespace gcmap::harness {

using std::to_string;

std::optional<uint64_t> Reuse::weak_values_size() const {
  return weak_values_ ? std::optional<uint64_t>(weak_values_->size()) : std::nullopt;
}

// M18: an entry is shown until its value is given up, and never after.
void Reuse::judge_weak_value(uint64_t key, bool found) {
  const ObjectId known = weak_entries_.value(key);
  const std::string what = "the entry of a weak value under key " + to_string(key);
  if (!found) {
    if (known != kNoObject) lifetimes_.expect_given_up(known, "M18", what);
  } else if (known == kNoObject) {
    throw Failure{"M18", what + " is shown, and there is none, or its value was given up"};
  } else if (environment_.graph().freed(known)) {
    throw Failure{"M18", what + " is shown after the sweeper freed object " + to_string(known)};
  }
}

bool Reuse::weak_put(uint64_t key, RootName root) {
  if (!objects_.is_node(root)) return false;
  const ObjectId object_id = id_of(root);
  Node* const node = node_of(root);
  lifetimes_.use();
  if (!weak_values_) weak_values_.emplace(environment_.heap(), WeakValueHash{&environment_.hasher()});
  const auto insert = [&](Node* value) { weak_values_->insert_or_assign(key, value); };
  if (objects_.refused(root, "M18", "a weak-valued map", insert)) return false;
  bool found = false;
  try {
    found = !weak_values_->insert_or_assign(key, node);
  } catch (...) {  // the object may have got its cell
    if (HeapDoor::lifetimes(environment_.heap()).weak_cells.find(node) != nullptr)
      lifetimes_.refer_weakly(object_id);
    throw;
  }
  judge_weak_value(key, found);
  weak_entries_.set_value(key, object_id);
  lifetimes_.refer_weakly(object_id);
  return true;
}

bool Reuse::weak_get(RootName root, uint64_t key) {
  if (!weak_values_) return false;
  Node* const found = weak_values_->find(key);
  judge_weak_value(key, found != nullptr);
  const ObjectId object_id = found != nullptr ? weak_entries_.value(key) : kNoObject;
  if (found != environment_.graph().address(object_id))
    throw Failure{"M18",
                  "the weak value of key " + to_string(key) + " is not object " + to_string(object_id)};
  if (weak_values_->contains(key) != (found != nullptr))
    throw Failure{"M18", "key " + to_string(key) + " has a weak value or has none, as one asks"};
  objects_.set_root(root, found, object_id);
  return found != nullptr;
}

bool Reuse::weak_erase(uint64_t key) {
  if (!weak_values_) return false;
  const bool found = weak_values_->erase(key);
  judge_weak_value(key, found);
  weak_entries_.erase(key);
  return found;
}

// Entries whose values are dead may be there still.
bool Reuse::may_have_weak_value(uint64_t id) const {
  const MapKind kind = environment_.kind();
  bool found = false;
  weak_entries_.for_each_key([&](uint64_t key) {
    const uint64_t other = identity_of(kind, key);
    found = found || (is_nan(kind, other) ? is_nan(kind, id) : other == id);
  });
  return found;
}

void Reuse::check_weak_size() const {
  if (!weak_values_) return;
  uint64_t shown = 0;
  weak_entries_.for_each_key([&](uint64_t key) { shown += weak_values_->contains(key); });
  if (shown != weak_values_->size()) {
    throw Failure{"M18", "of the weak-valued map " + to_string(shown) +
                             " entries are shown, and its size is " + to_string(weak_values_->size())};
  }
}

// In the end, when nothing dies any more.
void Reuse::check_weak_values(const ModelWalk& walk) {
  if (!weak_values_) return;
  uint64_t expected = 0;
  weak_entries_.for_each([&](uint64_t, ObjectId object) { expected += walk.reached(object); });
  uint64_t found = 0;
  weak_values_->for_each([&](uint64_t key, const Node& value) {
    ++found;
    if (weak_entries_.value(key) != static_cast<ObjectId>(value.id()))
      throw Failure{"M18", "in the end the weak value of key " + to_string(key) + " is wrong"};
  });
  if (found != expected || weak_values_->size() != expected) {
    throw Failure{"M18", "in the end " + to_string(expected) + " weak values are alive, found " +
                             to_string(found) + ", size " + to_string(weak_values_->size())};
  }
}

}  // namespace gcmap::harness
