#include "harness/model/lifetime.h"

#include <algorithm>

namespace gcmap::harness {

void LifetimeModel::set_pending(ObjectId object, bool on) {
  if (on) {
    pending_.insert(object);
  } else {
    pending_.erase(object);
  }
}

uint32_t LifetimeModel::life(ObjectId object) const {
  const auto found = lives_.find(object);
  return found != lives_.end() ? found->second : 0;
}

void LifetimeModel::end_life(ObjectId object) {
  ++lives_[object];
  referred_.erase(object);
  for (auto& table : tables_) table.erase(object);
}

ObjectId LifetimeModel::value(size_t table, ObjectId key) const {
  const auto found = tables_[table].find(key);
  return found != tables_[table].end() ? found->second.value : kNoObject;
}

void LifetimeModel::set_value(size_t table, ObjectId key, ObjectId value) {
  if (value == kNoObject) {
    tables_[table].erase(key);
  } else {
    const auto [entry, inserted] = tables_[table].try_emplace(key);
    if (inserted) entry->second.serial = ++insertions_;
    entry->second.value = value;
  }
}

std::vector<ObjectId> LifetimeModel::keys(size_t table) const {
  std::vector<ObjectId> keys;
  for (const auto& [key, entry] : tables_[table]) keys.push_back(key);
  std::sort(keys.begin(), keys.end(), [&](ObjectId a, ObjectId b) {
    return tables_[table].at(a).serial < tables_[table].at(b).serial;
  });
  return keys;
}

uint32_t LifetimeModel::watches(ObjectId object) const {
  const auto found = watched_.find(object);
  return found != watched_.end() ? found->second : 0;
}

bool LifetimeModel::take_watch(ObjectId object) {
  const auto found = watched_.find(object);
  if (found == watched_.end()) return false;
  if (--found->second == 0) watched_.erase(found);
  return true;
}

void LifetimeModel::reach_all(ModelWalk& walk) const {
  for (const ObjectId object : pending_)
    walk.graph().for_each_target(object, [&](ObjectId target) { walk.reach(target); });
  for (bool more = true; more;) {
    more = false;
    for (const auto& table : tables_) {
      for (const auto& [key, entry] : table) {
        if (!walk.reached(key) || walk.reached(entry.value)) continue;
        walk.reach(entry.value);
        more = true;
      }
    }
  }
}

}  // namespace gcmap::harness
