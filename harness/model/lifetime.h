// What a program knows of objects' deaths: pending finalizers, weak references, entries of weak-keyed
// maps, watches.
//
// When the library notices that an object is unreachable is its own business; the model knows what it must
// not have noticed, and what follows once it has. An object has lives: weak references to it and entries it
// is the weak key or value (weak_values.h) of belong to the life they were made in, which ends when the
// library is seen to have given the object up - a weak reference leads nowhere, its finalizer runs. A
// finalizer may begin another one by keeping the object.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "harness/model/graph.h"

namespace gcmap::harness {

inline constexpr size_t kWeakTables = 2;

class LifetimeModel {
 public:
  // A finalizer is pending while it is set and has neither run nor been cleared.
  bool pending(ObjectId object) const { return pending_.contains(object); }
  void set_pending(ObjectId object, bool on);
  const std::set<ObjectId>& all_pending() const { return pending_; }

  uint32_t life(ObjectId object) const;
  // The library has given the object up: nothing leads to it weakly, it is the key of nothing.
  void end_life(ObjectId object);

  // Has the object had a weak reference in its present life?
  void refer_weakly(ObjectId object) { referred_.insert(object); }
  const std::set<ObjectId>& all_referred() const { return referred_; }

  // Entries of a table: the value, or kNoObject.
  ObjectId value(size_t table, ObjectId key) const;
  void set_value(size_t table, ObjectId key, ObjectId value);  // kNoObject: erases
  void clear(size_t table) { tables_[table].clear(); }
  size_t size(size_t table) const { return tables_[table].size(); }
  // The keys of a table, that of the oldest entry first. Another value makes no entry younger.
  std::vector<ObjectId> keys(size_t table) const;

  // How often the object is watched, and has been told dead.
  void watch(ObjectId object) { ++watched_[object]; }
  uint32_t watches(ObjectId object) const;
  // Takes one watch.
  // Returns false if there is none left.
  bool take_watch(ObjectId object);

  bool used() const { return used_; }
  void use() { used_ = true; }

  // On a walk that has reached what has names: reaches what finalizers will need, and, as often as there is
  // more, the values of keys that are reached.
  void reach_all(ModelWalk& walk) const;

 private:
  struct Entry {
    ObjectId value = kNoObject;
    uint64_t serial = 0;  // of its insertion
  };

  std::set<ObjectId> pending_;
  std::map<ObjectId, uint32_t> lives_;  // of those that have ended one
  std::set<ObjectId> referred_;
  std::array<std::map<ObjectId, Entry>, kWeakTables> tables_;
  uint64_t insertions_ = 0;
  std::map<ObjectId, uint32_t> watched_;
  bool used_ = false;
};

}  // namespace gcmap::harness
