// What a program knows of the entries of the weak-valued map: an entry belongs to the life of its object that
// it was put in during (harness/model/lifetime.h), and is shown until the library has given that up.
#pragma once

#include <cstdint>
#include <map>

#include "harness/model/lifetime.h"

namespace gcmap::harness {

class WeakValueModel {
 public:
  // `lives` must outlive the model.
  explicit WeakValueModel(const LifetimeModel& lives) : lives_(lives) {}

  // The object of a key unless it has been given up since; kNoObject.
  ObjectId value(uint64_t key) const {
    const auto found = entries_.find(key);
    return found != entries_.end() && is_shown(found->second) ? found->second.object : kNoObject;
  }
  void set_value(uint64_t key, ObjectId object) {
    entries_.insert_or_assign(key, Entry{object, lives_.life(object)});
  }
  void erase(uint64_t key) { entries_.erase(key); }
  void clear() { entries_.clear(); }

  // visit(uint64_t key) for every entry that was put in and neither erased nor cleared since.
  template <typename Visit>
  void for_each_key(Visit&& visit) const {
    for (const auto& [key, entry] : entries_) visit(key);
  }
  // visit(uint64_t key, ObjectId) for every entry that is shown.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (const auto& [key, entry] : entries_) {
      if (is_shown(entry)) visit(key, entry.object);
    }
  }

 private:
  struct Entry {
    ObjectId object;
    uint32_t life;
  };

  bool is_shown(const Entry& entry) const { return entry.life == lives_.life(entry.object); }

  const LifetimeModel& lives_;
  std::map<uint64_t, Entry> entries_;
};

}  // namespace gcmap::harness
