// The model's object graph: every node and every map a program made, who leads to whom, and hence exactly
// what must be alive.
//
// Objects are numbered from 1 in the order they are made and never again: liveness is judged by number, never
// by address. A node leads where its links lead, a map to the keys and values of its entries. What the graph
// starts from - names, iterators - is the caller's to say, object by object, on each walk.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "harness/model/map.h"

namespace gcmap::harness {

class ModelGraph {
 public:
  // Each returns the new object's number.
  ObjectId add_node(uint64_t number, uint32_t links);
  ObjectId add_map(std::shared_ptr<ModelMap> entries);

  // Where the library put it. Nodes are numbered before they are allocated, so that they can carry
  // the number.
  void set_address(ObjectId object_id, const void* address) { objects_[object_id].address = address; }
  const void* address(ObjectId object_id) const { return objects_[object_id].address; }  // null for kNoObject

  size_t size() const { return objects_.size() - 1; }
  bool contains(ObjectId object_id) const { return object_id != kNoObject && object_id < objects_.size(); }
  bool is_map(ObjectId object_id) const { return objects_[object_id].entries != nullptr; }
  const std::shared_ptr<ModelMap>& entries(ObjectId map) const { return objects_[map].entries; }

  uint64_t number(ObjectId node) const { return objects_[node].number; }
  uint32_t links(ObjectId node) const { return objects_[node].link_count; }
  ObjectId link(ObjectId node, uint32_t i) const { return links_[objects_[node].first_link + i]; }
  void set_link(ObjectId node, uint32_t i, ObjectId target) {
    links_[objects_[node].first_link + i] = target;
  }

  // The library freed it.
  void set_freed(ObjectId object_id) { objects_[object_id].freed = true; }
  bool freed(ObjectId object_id) const { return objects_[object_id].freed; }

  // A walk: begin, reach every object it starts from, then ask. It changes no object. Cost: what
  // is reachable.
  void begin_walk() const { ++walk_; }
  void reach(ObjectId object_id) const;
  bool reached(ObjectId object_id) const { return objects_[object_id].walk == walk_; }

 private:
  struct Object {
    const void* address = nullptr;
    uint64_t number = 0;
    std::shared_ptr<ModelMap> entries;  // of a map; null: a node
    mutable uint64_t walk = 0;          // the last walk that reached it
    size_t first_link = 0;              // in links_
    uint32_t link_count = 0;
    bool freed = false;
  };

  void push(ObjectId object_id) const;

  std::vector<Object> objects_ = std::vector<Object>(1);  // [0]: nothing
  std::vector<ObjectId> links_;
  mutable std::vector<ObjectId> work_;
  mutable uint64_t walk_ = 0;
};

}  // namespace gcmap::harness
