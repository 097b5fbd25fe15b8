// The nodes that programs made in arenas: who lives there now, and who died when theirs was freed.
//
// They are objects of the graph like others, but not objects of the heap: chunks are. They live until the
// arena is freed, and so all of them are where walks start. The dead keep their numbers and addresses, since
// links may still lead to them, which nobody follows.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "harness/model/graph.h"

namespace gcmap::harness {

class ArenaModel {
 public:
  void add(ObjectId node) { nodes_.push_back(node); }
  bool contains(ObjectId node) const { return std::binary_search(nodes_.begin(), nodes_.end(), node); }
  bool is_dead(ObjectId node) const {
    return std::binary_search(nodes_.begin(), nodes_.begin() + static_cast<std::ptrdiff_t>(dead_), node);
  }

  // The arena is freed. Its nodes lead nowhere from now on.
  void end(ModelGraph& graph) {
    for_each_live([&](ObjectId node) {
      for (uint32_t i = 0; i < graph.links(node); ++i) graph.set_link(node, i, kNoObject);
    });
    dead_ = nodes_.size();
  }

  template <typename Visit>
  void for_each_live(Visit&& visit) const {
    for (size_t i = dead_; i < nodes_.size(); ++i) visit(nodes_[i]);
  }
  const std::vector<ObjectId>& all() const { return nodes_; }

 private:
  std::vector<ObjectId> nodes_;  // by number, which is by age: the dead come first
  size_t dead_ = 0;
};

}  // namespace gcmap::harness
