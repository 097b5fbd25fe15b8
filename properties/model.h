// What the properties believe about a run: which names stand for which objects, which keys maps hold, where
// links lead. A third opinion beside library and model, and what keeps generated sequences meaningful.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "harness/program/op.h"
#include "harness/program/typed_operands.h"
#include "harness/run/families.h"

namespace gcmap::properties {

class Model {
 public:
  // Maps are made of this kind.
  explicit Model(harness::MapKind kind) : kind_(kind) { objects_.resize(1); }

  // Can it be known what names stand for after such an operation? Not where its row says IS(unforeseen); what
  // strikes, harness/run/allocation_failure_test.cc and callback_test.cc let strike in turn.
  static bool knows(harness::OpKind kind);

  // Is that known, and would the operation do anything?
  bool makes_sense(const harness::Operation& op) const;
  void apply(const harness::Operation& op);

  bool made(harness::MapName map) const { return object_id(map) != kNothing; }
  size_t size(harness::MapName map) const { return objects_[object_id(map)].entries.size(); }
  bool holds(harness::RootName root) const { return object_id(root) != kNothing; }

 private:
  using ObjectId = size_t;  // index in objects_
  static constexpr ObjectId kNothing = 0;

  struct Object {
    bool is_map = false;
    harness::MapKind kind{};
    std::map<uint64_t, ObjectId> entries;  // of a map: key to value, kNothing for what is no reference
    uint32_t link_count = 0;
    std::map<uint32_t, ObjectId> links;  // of an object
  };

  ObjectId new_object(uint32_t links);
  ObjectId new_map(harness::MapKind kind);
  ObjectId new_value(harness::MapKind kind);
  ObjectId& object_id(harness::MapName map) { return maps_[map.index]; }
  ObjectId object_id(harness::MapName map) const { return maps_[map.index]; }
  ObjectId& object_id(harness::RootName root) { return roots_[root.index]; }
  ObjectId object_id(harness::RootName root) const { return roots_[root.index]; }
  bool& iterating(harness::IteratorName iterator) { return iterating_[iterator.index]; }
  bool iterating(harness::IteratorName iterator) const { return iterating_[iterator.index]; }

  template <typename Operands>
  bool makes_sense(const Operands& operands) const;
  template <typename Operands>
  void apply_to_maps(const Operands& operands);
  template <typename Operands>
  void apply_to_objects(const Operands& operands);
  template <typename Operands>
  void apply_to_maps_of_references(const Operands& operands);

  ObjectId& ensure(harness::MapName map);
  void put(harness::MapName map, uint64_t number, bool only_if_absent);
  void erase(harness::MapName map, uint64_t number);
  uint64_t key_of(uint64_t number) const;
  bool has_links(harness::RootName root) const {
    return is_object(root) && objects_[object_id(root)].link_count != 0;
  }
  bool is_object(harness::RootName root) const { return holds(root) && !objects_[object_id(root)].is_map; }
  void set_link(harness::RootName root, uint64_t link, ObjectId target);
  ObjectId link(harness::RootName root, uint64_t link) const;
  ObjectId value(harness::MapName map, uint64_t key) const;

  harness::MapKind kind_;
  uint64_t nans_ = 0;  // put so far
  std::vector<Object> objects_;
  std::array<ObjectId, harness::kMaps> maps_{};
  std::array<ObjectId, harness::kRoots> roots_{};
  std::array<bool, harness::kIterators> iterating_{};
  // Entries of the weak-keyed maps: table and key to value.
  std::map<std::pair<harness::TableName, ObjectId>, ObjectId> notes_;
};

}  // namespace gcmap::properties
