// What the properties believe about a world: which names stand for which things, which keys maps hold, where
// links lead. A third opinion beside library and reference, and what keeps generated sequences meaningful.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "harness/program/op.h"
#include "harness/run/world.h"

namespace gcmap::properties {

class Model {
 public:
  // Maps are made of this kind.
  explicit Model(harness::MapKind kind) : kind_(kind) { things_.resize(1); }

  // Can it be known what names stand for after such an operation?
  static bool knows(harness::OpKind kind);

  // Is that known, and would the operation do anything?
  bool makes_sense(const harness::Operation& op) const;
  void apply(const harness::Operation& op);

  bool made(size_t map) const { return maps_[map] != kNothing; }
  size_t size(size_t map) const { return things_[maps_[map]].entries.size(); }
  bool holds(size_t root) const { return roots_[root] != kNothing; }

 private:
  using Thing = size_t;  // index in things_
  static constexpr Thing kNothing = 0;

  struct Body {
    bool is_map = false;
    harness::MapKind kind{};
    std::map<uint64_t, Thing> entries;  // of a map: key to value, kNothing for what is no reference
    uint32_t link_count = 0;
    std::map<uint32_t, Thing> links;  // of an object
  };

  Thing new_object(uint32_t links);
  Thing new_map(harness::MapKind kind);
  Thing new_value(harness::MapKind kind);
  Thing& ensure(size_t map);
  void put(size_t map, uint64_t number, bool only_if_absent);
  uint64_t key_of(uint64_t number) const;
  void apply_to_objects(const harness::Operation& op);
  void apply_to_maps_of_references(const harness::Operation& op);
  bool is_object(size_t root) const { return holds(root) && !things_[roots_[root]].is_map; }
  void set_link(size_t root, uint64_t link, Thing target);
  Thing link(size_t root, uint64_t link) const;
  Thing value(size_t map, uint64_t key) const;

  harness::MapKind kind_;
  uint64_t nans_ = 0;  // put so far
  std::vector<Body> things_;
  std::array<Thing, harness::kMaps> maps_{};
  std::array<Thing, harness::kRoots> roots_{};
  std::array<bool, harness::kIterators> iterating_{};
  std::map<std::pair<uint64_t, Thing>, Thing>
      notes_;  // entries of the weak-keyed maps: table and key to value
};

}  // namespace gcmap::properties
