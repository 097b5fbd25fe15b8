// The model's object graph: every node and every map a program made, who leads to whom, and hence exactly
// what must be alive.
//
// Objects are numbered from 1 in the order they are made and never again: liveness is judged by number, never
// by address. A node leads where its links lead, unless weakly, a map to the keys and values of its entries.
// What a walk starts from - names, iterators - is the caller's to say, object by object.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "harness/model/map.h"

namespace gcmap::harness {

class ModelGraph {
 public:
  // Each returns the new object's number. A node without links is plain.
  ObjectId add_node(uint64_t number, uint32_t links);
  ObjectId add_map(std::shared_ptr<ModelMap> entries);

  // Where the library put it. Nodes are numbered before they are allocated, so that they can carry
  // the number.
  void set_address(ObjectId object_id, const void* address) {
    objects_[object_id].address = address;
    if (is_plain(object_id)) plain_at_.insert_or_assign(address, object_id);
  }
  const void* address(ObjectId object_id) const { return objects_[object_id].address; }  // null for kNoObject

  size_t size() const { return objects_.size() - 1; }
  bool contains(ObjectId object_id) const { return object_id != kNoObject && object_id < objects_.size(); }
  bool is_map(ObjectId object_id) const { return objects_[object_id].entries != nullptr; }
  bool is_plain(ObjectId object_id) const {
    return !is_map(object_id) && objects_[object_id].link_count == 0;
  }
  // The plain node that lies there and is not freed; kNoObject: there is none.
  ObjectId plain_at(const void* address) const {
    const auto found = plain_at_.find(address);
    return found == plain_at_.end() ? kNoObject : found->second;
  }
  const std::shared_ptr<ModelMap>& entries(ObjectId map) const { return objects_[map].entries; }

  uint64_t number(ObjectId node) const { return objects_[node].number; }
  uint32_t links(ObjectId node) const { return objects_[node].link_count; }
  ObjectId link(ObjectId node, uint32_t i) const { return links_[objects_[node].first_link + i]; }
  void set_link(ObjectId node, uint32_t i, ObjectId target) {
    links_[objects_[node].first_link + i] = target;
    if (!weak_links_.empty()) weak_links_.erase(objects_[node].first_link + i);
  }

  // A link to an object in one of its lives (harness/model/lifetime.h), by which nobody gets there.
  struct WeakLink {
    ObjectId node;
    uint32_t link;
    ObjectId target;
    uint32_t life;
  };
  void set_weak_link(const WeakLink& weak) {
    set_link(weak.node, weak.link, kNoObject);
    weak_links_.insert_or_assign(objects_[weak.node].first_link + weak.link, weak);
  }
  // Null: the link does not lead weakly.
  const WeakLink* weak_link(ObjectId node, uint32_t i) const {
    const auto found = weak_links_.find(objects_[node].first_link + i);
    return found == weak_links_.end() ? nullptr : &found->second;
  }
  template <typename Visit>
  void for_each_weak_link(Visit&& visit) const {
    for (const auto& [at, weak] : weak_links_) visit(weak);
  }

  // The library freed it.
  void set_freed(ObjectId object_id) {
    objects_[object_id].freed = true;
    if (is_plain(object_id)) plain_at_.erase(objects_[object_id].address);
  }
  bool freed(ObjectId object_id) const { return objects_[object_id].freed; }

  // visit(ObjectId) for what the object leads to, kNoObject among it.
  template <typename Visit>
  void for_each_target(ObjectId object_id, Visit&& visit) const {
    const Object& object = objects_[object_id];
    for (uint32_t i = 0; i < object.link_count; ++i) visit(links_[object.first_link + i]);
    if (object.entries == nullptr || !object.entries->leads()) return;
    for (const auto& [key, entry] : object.entries->entries()) {
      visit(entry.key_object_id);
      visit(entry.value_object_id);
    }
  }

 private:
  struct Object {
    const void* address = nullptr;
    uint64_t number = 0;
    std::shared_ptr<ModelMap> entries;  // of a map; null: a node
    size_t first_link = 0;              // in links_
    uint32_t link_count = 0;
    bool freed = false;
  };

  std::vector<Object> objects_ = std::vector<Object>(1);  // [0]: nothing
  std::vector<ObjectId> links_;
  std::map<size_t, WeakLink> weak_links_;  // by index in links_
  std::unordered_map<const void*, ObjectId> plain_at_;
};

// What can be reached in a graph as it is now: reach every object the walk starts from, then ask. Later
// changes of the graph it does not see.
// Cost: what is reachable, and a bit for every object.
class ModelWalk {
 public:
  // `graph` must outlive the walk.
  explicit ModelWalk(const ModelGraph& graph) : graph_(graph), reached_(graph.size() + 1) {}

  const ModelGraph& graph() const { return graph_; }

  void reach(ObjectId object_id);
  // Objects made since are not.
  bool reached(ObjectId object_id) const { return object_id < reached_.size() && reached_[object_id]; }

 private:
  void push(ObjectId object_id);

  const ModelGraph& graph_;
  std::vector<bool> reached_;
  std::vector<ObjectId> work_;
};

}  // namespace gcmap::harness
